"""The metrics that SQS publishes of a queue, each minute while the queue is active.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
"""

from dataclasses import dataclass
from heapq import heapify
from typing import Final

from tests.fakes.alarms.metrics import Metric, Metrics
from tests.fakes.sqs.queue import Queue

# "CloudWatch considers a queue to be active for up to six hours if it contains any messages, or if
# any action accesses it": read as six hours after the last action, even with messages in it.
ACTIVE: Final = 6 * 60
# "There is a delay of up to 15 minutes in CloudWatch metrics when a queue is activated from an
# inactive state."
DELAY: Final = 15
# A message of a standard queue that was received more often is left out of the age of the oldest.
RECEIVES_WITH_AGE: Final = 3


@dataclass
class QueueMetrics:
    """A queue's metrics; each message of it stands for `scale` messages.

    `accessed_at` and `active_since` are minutes; a queue that a function polls is active already.
    """

    queue: Queue
    logical_id: str
    metrics: Metrics
    scale: int = 1
    is_fifo: bool = False
    accessed_at: int | None = None
    active_since: int | None = None
    messages: int = 0

    def publish(self, minute: int, *, is_polled: bool = False, in_flight: int = 0) -> None:
        """Publish what the queue shows at the end of a minute.

        `in_flight` is how many messages were in flight while a function worked on some of them.
        """
        found = self.queue.messages()
        if is_polled or len(found) != self.messages:
            self.access(minute)
        self.messages = len(found)
        if not self.is_active(minute):
            return
        in_flight = max(in_flight, self.queue.in_flight)
        self.put("ApproximateNumberOfMessagesVisible", minute, self.scale * self.queue.visible)
        if in_flight:
            self.put("ApproximateNumberOfMessagesNotVisible", minute, self.scale * in_flight)
        ages = [
            (self.queue.clock.milliseconds - message.sent_at) / 1000
            for message in found
            if self.is_fifo or message.receives <= RECEIVES_WITH_AGE
        ]
        if ages:
            self.put("ApproximateAgeOfOldestMessage", minute, max(ages))

    def access(self, minute: int) -> None:
        """Note that an action has accessed the queue."""
        if self.accessed_at is None or minute - self.accessed_at > ACTIVE:
            self.active_since = minute + DELAY
        self.accessed_at = minute

    def is_active(self, minute: int) -> bool:
        """Whether CloudWatch gets metrics of the queue."""
        if self.accessed_at is None or self.active_since is None:
            return False
        return self.active_since <= minute <= self.accessed_at + ACTIVE

    def put(self, name: str, minute: int, value: float) -> None:
        """Publish one metric; the queue has its logical id as its name."""
        dimension = f"{self.logical_id}.QueueName"
        self.metrics.put(Metric.of("AWS/SQS", name, QueueName=dimension), minute, value)


class FifoQueue(Queue):
    """A queue that returns the oldest message first, also after it was returned before."""

    def _surface(self) -> None:
        super()._surface()
        self._ready = [(message.sent_at, place, message) for _, place, message in self._ready]
        heapify(self._ready)
