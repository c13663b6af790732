"""Searches a stack's queues for events, and leaves every message where it is."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.options import DEAD, REJECTED
from rudder_mixpanel_cli.queues.queue import Queue
from rudder_mixpanel_cli.queues.reader import MessageReader
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.stored import Backlog, Coverage, QueueFindings, Stored

EVENTS_OUTPUT: Final = "EventsQueueUrl"
# Only stacks that get events from EventBridge have this queue.
UNDELIVERED_OUTPUT: Final = "UndeliveredByEventBridgeQueueUrl"
# The most messages of a queue that are looked at: some seconds of reading.
MOST_MESSAGES: Final = 3000
# CloudWatch has the age of the oldest message within this time.
AGE_PERIOD: Final = timedelta(minutes=10)

# Called with the name of a queue and how many of its messages are read.
type ShowProgress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class QueueResult:
    """The messages that were found, by the id that was asked for, and how many were read."""

    stored: dict[str, Stored]
    coverage: Coverage


def search_queues(
    stack: DeployedStack, ids: Iterable[SearchedId], progress: ShowProgress, *, rejected: bool
) -> dict[str, QueueFindings]:
    """What the rejected queue, the dead letters and EventBridge's queue hold of each id.

    With `rejected`, one of them was rejected: the rejected queue is read even if SQS, which counts
    with a delay, reports no message there.
    """
    wanted = list(ids)
    outputs = (REJECTED.output, DEAD.output, UNDELIVERED_OUTPUT)
    urls = [stack.outputs.get(output, "") for output in outputs]
    sqs = stack.client("sqs")

    def search(url: str, name: str) -> QueueResult:
        if not url or not wanted:
            return QueueResult({}, Coverage())
        expected = rejected and name == REJECTED.name
        queue = Queue(sqs, url)
        return search_queue(queue, wanted, lambda count: progress(name, count), expected=expected)

    names = (REJECTED.name, DEAD.name, "queue of EventBridge")
    with ThreadPoolExecutor(len(urls)) as threads:
        in_rejected, in_dead, in_undelivered = threads.map(search, urls, names)
    return {
        searched.text: QueueFindings(
            rejected=in_rejected.stored.get(searched.text),
            dead=in_dead.stored.get(searched.text),
            undelivered=in_undelivered.stored.get(searched.text),
            rejected_coverage=in_rejected.coverage,
        )
        for searched in wanted
    }


def search_queue(
    queue: Queue, wanted: list[SearchedId], progress: Callable[[int], None], *, expected: bool
) -> QueueResult:
    """Look at the messages of a queue until every id is found, or enough were read."""
    present = queue.status().visible
    stored: dict[str, Stored] = {}
    read = 0
    if present or expected:
        with MessageReader(queue) as reader:
            for message in islice(chain.from_iterable(reader), MOST_MESSAGES):
                read += 1
                progress(read)
                stored |= {one.text: Stored.of(message) for one in named_by(message, wanted)}
                if len(stored) == len(wanted):
                    break
    # When all are found, or nothing was left to read, the rest does not matter.
    is_complete = len(stored) == len(wanted) or read < MOST_MESSAGES
    return QueueResult(stored, Coverage(read, read if is_complete else max(present, read)))


def named_by(message: QueuedMessage, wanted: list[SearchedId]) -> list[SearchedId]:
    """The ids that a message is about."""
    ids = set(message.ids)
    receipts = set(map(receipt_hash, ids))
    return [
        searched
        for searched in wanted
        if searched.text in ids or searched.texts & ids or searched.text in receipts
    ]


def read_backlog(stack: DeployedStack, now: datetime) -> Backlog:
    """What waits on the events queue."""
    url = stack.output(EVENTS_OUTPUT)
    status = Queue(stack.client("sqs"), url).status()
    oldest = oldest_age(stack, url, now) if status.visible else None
    return Backlog(status.visible, status.in_flight, oldest)


def oldest_age(stack: DeployedStack, url: str, now: datetime) -> timedelta | None:
    """The age of the oldest message as CloudWatch has it; None if it does not say."""
    with suppress(*AWS_ERRORS):
        points = stack.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
            StartTime=now - AGE_PERIOD,
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        if points:
            newest = max(points, key=lambda point: point["Timestamp"])
            return timedelta(seconds=newest["Maximum"])
    return None
