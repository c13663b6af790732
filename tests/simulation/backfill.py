"""A backfill beside live events, on the clock of a simulation.

The command's own sender and pace put records on the queue, from which the function takes a batch at
a time. An invocation takes as long as its events need.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from rudder_mixpanel.aws.sqs import Queue as SendingQueue
from rudder_mixpanel.delivery.backfill import BackfillMode
from rudder_mixpanel_cli.backfill.checkpoint import BackfillPlan, Checkpoint
from rudder_mixpanel_cli.backfill.chunk import pack_chunks
from rudder_mixpanel_cli.backfill.counts import EventCounts
from rudder_mixpanel_cli.backfill.evaluation import Evaluator
from rudder_mixpanel_cli.backfill.pace import Pace
from rudder_mixpanel_cli.backfill.reading import START as FIRST
from rudder_mixpanel_cli.backfill.reading import EvaluatedEvent, Position
from rudder_mixpanel_cli.backfill.sending import BackfillSender
from rudder_mixpanel_cli.queues.queue import QueueStatus
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from tests.simulation.simulation import START, Simulation
from tests.simulation.traffic import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds that the function needs for an event, and at least for a batch.
AN_EVENT: Final = 0.0005
A_BATCH: Final = 0.1
# Seconds between two live events.
LIVE: Final = 0.25
RATE: Final = 10_000
PLAN: Final = BackfillPlan("events", "", "none", counters=False, retention_days=730)


@dataclass
class BackfilledQueue:
    """A simulation in which time passes while the command waits, and live events arrive."""

    simulation: Simulation
    file: Path
    live: int = 0
    # When live events were sent and delivered, by messageId, in seconds since the start.
    sent: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    busy_until: float = 0.0

    @property
    def now(self) -> float:
        """The seconds since the start."""
        return (self.simulation.clock() - START).total_seconds()

    def wait(self, seconds: float) -> bool:
        """Let time pass, in which live events arrive and the function runs."""
        end = self.now + seconds
        while self.now < end:
            self.arrive()
            self.deliver()
            self.simulation.clock.advance(min(0.05, max(end - self.now, 1e-6)))
        return False

    def arrive(self) -> None:
        """Put the live events on the queue that are due."""
        while self.live * LIVE <= self.now:
            id_ = f"live-{self.live}"
            event = {"type": "track", "event": "Live", "messageId": id_, "userId": id_}
            event["timestamp"] = START.isoformat()
            self.simulation.send(orjson.dumps(event).decode())
            self.sent[id_] = self.now
            self.live += 1

    def deliver(self) -> None:
        """Invoke the function if it is free; its batch is delivered when its time is over."""
        if self.now < self.busy_until:
            return
        before = len(self.simulation.accounts)
        arrived = len(self.simulation.store.events)
        if not self.simulation.poll():
            return
        count = sum(account.received for account in self.simulation.accounts[before:])
        self.batches.append(count)
        self.busy_until = self.now + A_BATCH + count * AN_EVENT
        for event in list(self.simulation.store.events)[arrived:]:
            id_ = event["properties"]["$insert_id"]
            if id_ in self.sent:
                self.waits.append(self.busy_until - self.sent.pop(id_))

    def look(self) -> QueueStatus:
        """What waits on the queue."""
        queue = self.simulation.events
        return QueueStatus(queue.visible, queue.in_flight, queue.settings.max_bytes)

    def backfill(self, messages: list[Message], pace: Pace | None = None) -> Checkpoint:
        """Send old events as the command does."""
        queue = SendingQueue(cast("SQSClient", self.simulation.events_client), "events")
        rate = RateLimit(RATE, clock=lambda: self.now, wait=self.wait)
        pace = pace or Pace(self.look, self.wait)
        sender = BackfillSender(queue, BackfillMode(), pace, rate, self.wait, self.file)
        counts = EventCounts()
        chunks = pack_chunks(self.evaluated(messages), counts.add)
        start = Checkpoint(PLAN, "", 0, len(messages))
        return sender.run(chunks, start, counts, lambda _: None)

    def evaluated(self, messages: list[Message]) -> Iterator[EvaluatedEvent]:
        """The events as the command reads them."""
        now = self.simulation.clock.milliseconds
        evaluator = Evaluator(self.simulation.destination, BackfillMode(), 730, now)
        for index, message in enumerate(messages):
            position = Position(FIRST.input, index, 1)
            yield EvaluatedEvent(evaluator.evaluate(message), "file", index, position)

    @property
    def longest_batch(self) -> float:
        """The seconds that the longest invocation took."""
        return A_BATCH + max(self.batches) * AN_EVENT


def old_messages(count: int) -> list[Any]:
    """Track calls of about as many bytes as real ones."""
    return [
        {
            "type": "track",
            "event": "Old",
            "messageId": f"old-{number}",
            "userId": f"user-{number % 97}",
            "timestamp": "2026-09-01T00:00:00.000Z",
            "properties": {"filler": "x" * 700},
        }
        for number in range(count)
    ]
