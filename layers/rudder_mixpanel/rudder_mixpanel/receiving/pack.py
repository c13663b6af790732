"""Packs several events into one record of the queue, which SQS bills by the record."""

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from rudder_mixpanel.envelopes import Message, escape_for_sqs

# SQS bills this as one request: https://aws.amazon.com/sqs/pricing/ - a longer record is billed
# again, and repeats more events when it is redelivered.
RECORD_BYTES: Final = 65_536
PREFIX: Final = b'{"batch":['
SEPARATOR: Final = b","
SUFFIX: Final = b"]}"


class PackedRecord:
    """A record to which events are added while they fit; a long event has one to itself."""

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.size = len(PREFIX + SUFFIX)

    def fits(self, encoded: bytes) -> bool:
        """Whether an event belongs into this record, and not into the next one."""
        return not self.events or self.size + len(encoded) <= RECORD_BYTES

    def add(self, encoded: bytes) -> None:
        """Add the JSON of an event."""
        self.events.append(encoded)
        self.size += len(encoded) + len(SEPARATOR)

    @property
    def body(self) -> str:
        """The body of the record; characters that SQS rejects are escaped."""
        is_alone = len(self.events) == 1
        joined = self.events[0] if is_alone else PREFIX + SEPARATOR.join(self.events) + SUFFIX
        return escape_for_sqs(joined.decode())


def pack_records(events: Iterable[Message]) -> Iterator[str]:
    """Yield the bodies of records that hold all events in order; a long event has its own."""
    record = PackedRecord()
    for event in events:
        encoded = orjson.dumps(event)
        if not record.fits(encoded):
            yield record.body
            record = PackedRecord()
        record.add(encoded)
    if record.events:
        yield record.body
