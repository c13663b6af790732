"""To look at a queue's messages, each once, and to leave it as it was."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from rudder_mixpanel_cli.queues.held import Held
from rudder_mixpanel_cli.queues.queues import AWS_ERRORS, Queue


class Reading:
    """Messages are out of others' sight until the block ends, and then back, whatever happened.

    If it is killed, SQS puts them back by itself.
    """

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        # By id, as SQS may hand out a message twice; the newest receipt is the one that is good.
        self.held: dict[str, str] = {}
        self.undeleted: dict[str, str] = {}
        self.settled: set[str] = set()
        self.seen: set[str] = set()

    def __enter__(self) -> Self:
        """Nothing is held yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put back what is held, and delete once more what could not be deleted."""
        with suppress(*AWS_ERRORS):
            self.delete(self.undeleted)
        with suppress(*AWS_ERRORS):
            self.queue.put_back(self.held.values())

    def __iter__(self) -> Iterator[list[Held]]:
        """A few messages at a time that were not seen before, until none is in sight."""
        while received := self.queue.receive():
            late = {held.id: held.receipt for held in received if held.id in self.settled}
            self.held |= {held.id: held.receipt for held in received if held.id not in late}
            self.delete(late)
            fresh = {held.id: held for held in received if held.id not in self.seen}
            self.seen.update(fresh)
            if fresh:
                yield list(fresh.values())

    def settle(self, messages: Iterable[Held]) -> None:
        """Delete messages, which are safe elsewhere now."""
        receipts = {held.id: self.held.pop(held.id) for held in messages}
        self.settled.update(receipts)
        self.delete(receipts)

    def delete(self, receipts: dict[str, str]) -> None:
        """Delete them, and remember those that are not certainly gone."""
        self.undeleted |= receipts
        for one in self.queue.delete(receipts):
            del self.undeleted[one]
