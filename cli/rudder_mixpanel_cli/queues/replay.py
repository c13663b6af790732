"""Send messages to the events queue again without losing any."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rudder_mixpanel.aws.sqs import BYTES, split_by_size
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.queue import Queue
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from rudder_mixpanel_cli.queues.reader import MessageReader

NOT_SELECTED: Final = "not selected"
TOO_NEW: Final = "rejected after the replay started"
UNKNOWN_OUTCOME: Final = "outcome unknown; replay with --as-not-applied"


@dataclass(slots=True)
class ReplayResult:
    """How many messages were replayed; how many were left or failed, by reason."""

    replayed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Replay:
    """Sends the selected messages that were in the queue when it `started`.

    With `dry_run` it only counts those that it would send.
    Messages that the function rejects again meanwhile are left, or the replay would never end.
    """

    reader: MessageReader
    events: Queue
    selected: Filter
    started: datetime
    largest: int
    rate_limit: RateLimit
    as_not_applied: bool = False
    dry_run: bool = False
    result: ReplayResult = field(default_factory=ReplayResult)
    found_ids: set[str] = field(default_factory=set)

    def run(self, advance: Callable[[float], None]) -> None:
        """Replay until the end or a stop; `advance` is called with the count of each batch."""
        for messages in self.reader:
            chosen = [message for message in messages if self.chooses(message)]
            if self.dry_run:
                self.result.replayed += len(chosen)
                chosen = []
            for batch in split_batches(chosen, self.rate_limit.batch_size):
                if not self.rate_limit.acquire(len(batch)):
                    return
                self.send(batch)
            advance(len(messages))
            if not self.rate_limit.acquire(0):
                return

    def chooses(self, message: QueuedMessage) -> bool:
        """Whether to replay a message; if not, it is counted with the reason."""
        if message not in self.selected:
            self.result.left[NOT_SELECTED] += 1
            return False
        self.found_ids |= self.selected.ids_in(message)
        if message.sent_at >= self.started:
            self.result.left[TOO_NEW] += 1
        elif message.outcome_unknown and not self.as_not_applied:
            self.result.left[UNKNOWN_OUTCOME] += 1
        elif message.outgoing.size > self.largest:
            self.result.failed[f"larger than the events queue allows ({self.largest:,} bytes)"] += 1
        else:
            return True
        return False

    def send(self, batch: list[QueuedMessage]) -> None:
        """Send first and delete after: a crash in between duplicates messages and loses none."""
        errors = self.events.send(batch)
        self.result.failed.update(errors.values())
        sent = [message for message in batch if message.id not in errors]
        self.result.replayed += len(sent)
        self.reader.settle(message.id for message in sent)


def split_batches(
    messages: Iterable[QueuedMessage], batch_size: int
) -> Iterator[list[QueuedMessage]]:
    """Batches of messages that fit one SendMessageBatch call."""
    return split_by_size(
        messages, lambda message: message.outgoing.size, most=batch_size, most_bytes=BYTES
    )
