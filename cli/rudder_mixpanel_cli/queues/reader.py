"""Read each message of a queue once, and make the messages visible again at the end."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.queue import Queue


class MessageReader:
    """Messages stay hidden from other consumers until the block ends, even with an error.

    If the process is killed, SQS makes them visible after the visibility timeout.
    """

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        # By message id, because SQS can return a message twice; only the newest receipt is valid.
        self.hidden: dict[str, str] = {}
        self.undeleted: dict[str, str] = {}
        self.settled: set[str] = set()
        self.seen: set[str] = set()

    def __enter__(self) -> Self:
        """Start without hidden messages."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Retry failed deletions, and make the other messages visible again."""
        with suppress(*AWS_ERRORS):
            self.delete(self.undeleted)
        with suppress(*AWS_ERRORS):
            self.queue.release(self.hidden.values())

    def __iter__(self) -> Iterator[list[QueuedMessage]]:
        """Batches of messages not returned before, until no message is visible."""
        while received := self.queue.receive():
            settled = {msg.id: msg.receipt for msg in received if msg.id in self.settled}
            self.hidden |= {msg.id: msg.receipt for msg in received if msg.id not in settled}
            self.delete(settled)
            new = {msg.id: msg for msg in received if msg.id not in self.seen}
            self.seen.update(new)
            if new:
                yield list(new.values())

    def settle(self, ids: Iterable[str]) -> None:
        """Delete messages that nobody needs in this queue any more."""
        receipts = {message_id: self.hidden.pop(message_id) for message_id in ids}
        self.settled.update(receipts)
        self.delete(receipts)

    def delete(self, receipts: dict[str, str]) -> None:
        """Delete messages, and remember those that SQS does not confirm as deleted."""
        self.undeleted |= receipts
        for message_id in self.queue.delete(receipts):
            del self.undeleted[message_id]
