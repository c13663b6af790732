"""Packs events into chunks: the records of one call, of which SQS takes ten."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from rudder_mixpanel.aws.sqs import BYTES, ENTRIES
from rudder_mixpanel.receiving.pack import RECORD_BYTES, PackedRecord
from rudder_mixpanel_cli.backfill.evaluation import ATTRIBUTE_BYTES, ToSend
from rudder_mixpanel_cli.backfill.reading import START, EvaluatedEvent, Position

CALL_BYTES: Final = BYTES - ENTRIES * ATTRIBUTE_BYTES


@dataclass(slots=True)
class RecordChunk:
    """Records that are sent together; `position` is the one behind their last event."""

    records: list[PackedRecord] = field(default_factory=list)
    position: Position = START
    events: int = 0

    @property
    def size(self) -> int:
        """The bytes of all records."""
        return sum(record.size for record in self.records)

    @property
    def weight(self) -> int:
        """The records as SQS bills them: a long one counts several times."""
        return sum(-(-record.size // RECORD_BYTES) for record in self.records)

    def fits(self, encoded: bytes) -> bool:
        """Whether an event can be added."""
        if not self.records:
            return True
        if self.size + len(encoded) > CALL_BYTES:
            return False
        return self.records[-1].fits(encoded) or len(self.records) < ENTRIES

    def add(self, encoded: bytes) -> None:
        """Add an event to the last record, or to a new one."""
        if not self.records or not self.records[-1].fits(encoded):
            self.records.append(PackedRecord())
        self.records[-1].add(encoded)
        self.events += 1


def pack_chunks(
    events: Iterable[EvaluatedEvent], count: Callable[[EvaluatedEvent], None]
) -> Iterator[RecordChunk]:
    """Pack the events to send, in order; the last chunk ends behind the last event, if any.

    Each event is counted before the chunk is yielded after which it need not be read again.
    """
    chunk = RecordChunk()
    for event in events:
        evaluation = event.evaluation
        if isinstance(evaluation, ToSend) and not chunk.fits(evaluation.encoded):
            yield chunk
            chunk = RecordChunk()
        count(event)
        chunk.position = event.after
        if isinstance(evaluation, ToSend):
            chunk.add(evaluation.encoded)
    # Without an event it has no position: a backfill that goes on at its end is not at its start.
    if chunk.position != START:
        yield chunk
