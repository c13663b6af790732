"""A stack whose alarms are evaluated each minute, on a clock that a test advances.

Delivery and deletions are the real code with the metrics that they write. SQS and Lambda publish
what AWS documents. Each message of the events queue stands for `scale` messages.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from tests.alarms.deleting import MeteredDeletion
from tests.alarms.delivering import MeteredSimulation
from tests.alarms.queue_metrics import FifoQueue, QueueMetrics
from tests.fakes.alarms.alarm import Alarm, State
from tests.fakes.alarms.metrics import Metric, Metrics
from tests.fakes.alarms.watch import Watch
from tests.fakes.event_source import EventSource
from tests.fakes.sqs.queue import TWO_WEEKS, Queue, Settings
from tests.simulation.simulation import BATCH_SIZE
from tests.template.stack import Stack, expand_template

MINUTE: Final = timedelta(minutes=1)
# How long a stack runs before its alarms are looked at.
WARM_UP: Final = 60
PARAMETERS: Final = {"EventBusName": "rudderstack", "ReceiveEvents": "yes"}
DELIVERY, DELETION = "DeliverEventsFunction", "DeleteUsersFunction"
REGULATIONS_API, RECEPTION = "RegulationsApiFunction", "ReceiveEventsFunction"
# The functions behind HTTP, and the last part of the name of each one's API.
APIS: Final = {REGULATIONS_API: "regulations", RECEPTION: "events"}


def alarms_of_template() -> list[Alarm]:
    """The alarms of a stack with all optional parts."""
    stack = Stack(expand_template(), PARAMETERS)
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    return [Alarm.of(alarm, stack.text) for alarm in alarms]


class Died(Exception):
    """A function has died, or was not started."""


@dataclass
class WatchedStack:
    """Queues, functions and alarms.

    `events` messages arrive every `every` minutes; each stands for `scale` of them. `batches` is
    how many batches are delivered in a minute. A function in `crashing` dies, one in `throttled` is
    not started.
    """

    events: int = 1
    every: int = 1
    scale: int = 1
    batches: int = 1_000_000
    in_flight: int = 120_000
    event: dict[str, Any] = field(
        default_factory=lambda: {"type": "track", "event": "Viewed", "userId": "ann"}
    )
    alarms: list[Alarm] = field(default_factory=alarms_of_template)
    delivery_source: bool = True
    deletion_source: bool = True
    schedule: bool = True
    crashing: set[str] = field(default_factory=set)
    throttled: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Create the parts, and run until the alarms have settled."""
        self.metrics = Metrics()
        self.delivery = MeteredSimulation(
            batch_size=max(1, BATCH_SIZE // self.scale),
            in_flight=self.in_flight // self.scale,
            metrics=self.metrics,
        )
        self.clock = self.delivery.clock
        self.deletion = MeteredDeletion(metrics=self.metrics)
        self._create_queues()
        self.watch = Watch(self.alarms, self.metrics)
        self.sent = 0
        # While the last batch was delivered.
        self.events_in_flight = 0
        self.run(WARM_UP, is_watched=False)
        self.watch.evaluate(self.minute)
        self.watch.changes.clear()
        self.began = self.minute

    def _create_queues(self) -> None:
        """The queues beside those of delivery, the event sources, and the metrics of all."""
        two_weeks = Settings(retention=TWO_WEEKS)
        self.dead_deletions = Queue("dead-deletions", self.clock, two_weeks)
        settings = Settings(
            visibility=360,
            retention=TWO_WEEKS,
            dead_letters=self.dead_deletions,
            max_receives=3,
        )
        self.deletions = FifoQueue("deletions", self.clock, settings)
        self.undelivered_events = Queue("undelivered-events", self.clock, two_weeks)
        self.undelivered_messages = Queue("undelivered-messages", self.clock, two_weeks)
        self.delivery.source.function = self.deliver
        self.deletion_events = EventSource(self.deletions, self.delete, batch_size=1)
        self.events_metrics = QueueMetrics(
            self.delivery.events, "EventsQueue", self.metrics, scale=self.scale
        )
        self.deletions_metrics = QueueMetrics(
            self.deletions, "DeletionsQueue", self.metrics, is_fifo=True
        )
        self.other_queues = [
            QueueMetrics(queue, name, self.metrics)
            for name, queue in {
                "RejectedQueue": self.delivery.rejected,
                "EventsDeadLetterQueue": self.delivery.dead,
                "DeletionsDeadLetterQueue": self.dead_deletions,
                "UndeliveredByEventBridgeQueue": self.undelivered_events,
                "UndeliveredByScheduleQueue": self.undelivered_messages,
            }.items()
        ]

    @property
    def minute(self) -> int:
        """The minutes since 1970."""
        return self.clock.milliseconds // 60_000

    # Functions

    def deliver(self, event: Mapping[str, Any]) -> Any:
        """Invoke the function that delivers events."""
        self.events_in_flight = self.delivery.events.in_flight
        self.start(DELIVERY)
        return self.delivery.invoke(event)

    def delete(self, _event: Mapping[str, Any]) -> Any:
        """Invoke the function that deletes users."""
        self.start(DELETION)
        self.deletion.invoke(self.clock())

    def start(self, function: str) -> None:
        """Count an invocation as Lambda does; raises Died when it fails or is throttled."""
        if function in self.throttled:
            self.count(function, "Throttles", 1)
            raise Died
        is_failing = function in self.crashing
        self.count(function, "Invocations", 1)
        self.count(function, "Errors", int(is_failing))
        if is_failing:
            raise Died

    def count(self, function: str, name: str, value: float) -> None:
        """Publish a metric of a function."""
        self.metrics.put(Metric.of("AWS/Lambda", name, FunctionName=function), self.minute, value)

    def request(self, function: str) -> None:
        """Send a request to an API, which answers 502 when its function fails."""
        try:
            self.start(function)
            errors = 0
        except Died:
            errors = 1
        self.fail_requests(function, errors)

    def fail_requests(self, function: str, errors: int) -> None:
        """Publish how many requests to an API got an answer of 500 or more."""
        api = f"rudder-mixpanel-prod-{APIS[function]}"
        metric = Metric.of("AWS/ApiGateway", "5XXError", ApiName=api)
        self.metrics.put(metric, self.minute, errors)

    # Time

    def run(self, minutes: int, *, is_watched: bool = True) -> None:
        """Let minutes pass."""
        for _ in range(minutes):
            self.pass_minute()
            if is_watched:
                self.watch.evaluate(self.minute)

    def pass_minute(self) -> None:
        """Let events arrive, the functions run, and AWS publish its metrics."""
        end = self.clock() + MINUTE
        minute = self.minute
        self.send_events()
        if self.schedule:
            self.deletions.send(f"{minute}")
        for function in APIS:
            self.request(function)
        if self.deletion_source and not self.deletions.in_flight:
            while self.deletion_events.poll() and not self.deletions.in_flight:
                pass
        self.events_in_flight = 0
        if self.delivery_source:
            self.deliver_until(end)
        self.clock.advance((end - self.clock()).total_seconds() - 0.001)
        self.events_metrics.publish(
            minute, is_polled=self.delivery_source, in_flight=self.events_in_flight
        )
        self.deletions_metrics.publish(minute, is_polled=self.deletion_source)
        for queue in self.other_queues:
            queue.publish(minute)
        self.clock.advance(0.001)

    def send_events(self) -> None:
        """Put the events of a minute on the queue."""
        for _ in range(0 if self.minute % self.every else self.events):
            self.sent += 1
            event = {**self.event, "messageId": f"event-{self.sent}"}
            self.delivery.send(json.dumps(event | {"timestamp": self.clock().isoformat()}))

    def deliver_until(self, end: Any) -> None:
        """Deliver as many batches as fit into the time."""
        for _ in range(self.batches):
            if self.delivery.poll():
                continue
            visible_at = self.delivery.events.next_visible_at()
            if visible_at is None or visible_at >= end.timestamp() * 1000:
                return
            self.clock.advance(max(0, (visible_at - self.clock.milliseconds) / 1000))

    # What a test looks at

    def fired(self) -> dict[str, int]:
        """The alarms that have fired, and after how many minutes each."""
        first: dict[str, int] = {}
        for change in self.watch.changes:
            if change.state is State.ALARM:
                first.setdefault(change.alarm, change.minute - self.began)
        return first
