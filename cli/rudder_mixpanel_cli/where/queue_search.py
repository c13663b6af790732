"""Searches a stack's queues for events, and leaves every message where it is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, takewhile
from threading import Event
from typing import Final

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.queues.interrupt import ctrl_c_ignored
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
    stack: DeployedStack, ids: Iterable[SearchedId], progress: ShowProgress
) -> dict[str, QueueFindings]:
    """What the rejected queue, the dead letters and EventBridge's queue hold of each id.

    When it is interrupted, it stops reading, and makes visible again what it has received.
    """
    wanted = list(ids)
    outputs = (REJECTED.output, DEAD.output, UNDELIVERED_OUTPUT)
    urls = [stack.outputs.get(output, "") for output in outputs]
    sqs = stack.client("sqs")
    stopped = Event()

    def search(url: str, name: str) -> QueueResult:
        if not url or not wanted:
            return QueueResult({}, Coverage())
        return search_queue(
            Queue(sqs, url), wanted, lambda count: progress(name, count), stopped=stopped
        )

    names = (REJECTED.name, DEAD.name, "queue of EventBridge")
    with ThreadPoolExecutor(len(urls)) as threads:
        try:
            in_rejected, in_dead, in_undelivered = threads.map(search, urls, names)
        finally:
            # A message that nobody makes visible again is hidden for a quarter of an hour.
            with ctrl_c_ignored():
                stopped.set()
                threads.shutdown()
    return {
        searched.text: QueueFindings(
            rejected=in_rejected.stored.get(searched.text),
            dead=in_dead.stored.get(searched.text),
            undelivered=in_undelivered.stored.get(searched.text),
            rejected_coverage=in_rejected.coverage,
            dead_coverage=in_dead.coverage,
            undelivered_coverage=in_undelivered.coverage,
        )
        for searched in wanted
    }


def search_queue(
    queue: Queue, wanted: list[SearchedId], progress: Callable[[int], None], *, stopped: Event
) -> QueueResult:
    """Look at the messages of a queue until every id is found, enough were read, or it is stopped.

    It is read even if SQS, which counts with a delay, reports no message.
    """
    status = queue.status()
    by_name = names_of(wanted)
    stored: dict[str, Stored] = {}
    read = 0
    with MessageReader(queue) as reader:
        batches = takewhile(lambda _batch: not stopped.is_set(), reader)
        for message in islice(chain.from_iterable(batches), MOST_MESSAGES):
            read += 1
            progress(read)
            stored |= {text: Stored.of(message) for text in named_by(message, by_name)}
            if len(stored) == len(wanted):
                break
    return QueueResult(stored, Coverage(read, status.visible, status.in_flight))


def names_of(wanted: list[SearchedId]) -> dict[str, list[str]]:
    """The ids that were asked for, by each text that a message can have for them."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for searched in wanted:
        for name in {searched.text, *searched.texts}:
            by_name[name].append(searched.text)
    return dict(by_name)


def named_by(message: QueuedMessage, by_name: Mapping[str, list[str]]) -> set[str]:
    """The ids that were asked for and that a message is about, also as receipts."""
    ids = set(message.ids)
    names = ids.union(map(receipt_hash, ids))
    return {text for name in names for text in by_name.get(name, ())}


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
