"""Checks of the stack's queues: what waits in them, and for how long."""

from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import (
    CHANGED_BY_HAND,
    Finding,
    check,
    failure,
    ok,
    warning,
)
from rudder_mixpanel_cli.queues.queue import Queue, QueueStatus
from rudder_mixpanel_cli.resources.metrics import recent_metrics

# Seconds after which waiting messages are worth a look.
LONG: Final = 3600
# SQS gives no message to anybody when 120,000 are in flight.
MANY_IN_FLIGHT: Final = 80_000
WHY_KEPT: Final = "A warning or failure above says why, or else an alarm below."


@check("events queue")
def check_events_queue(stack: DeployedStack) -> Iterator[Finding]:
    """Events do not wait long: how many are unread and in flight, and the age of the oldest.

    Fix what the other lines show. Nothing is lost: events wait for nine days.
    """
    status = status_of(stack, stack.output("EventsQueueUrl"))
    age = recent_metrics(stack).get("EventsQueue", 0)
    text = waiting_in_words(status, age)
    if status.in_flight > MANY_IN_FLIGHT:
        yield warning(f"{text} That is near SQS's limit of 120,000 in flight.", WHY_KEPT)
    elif age > LONG and status.visible + status.in_flight:
        yield warning(text, WHY_KEPT)
    else:
        yield ok(text)


def waiting_in_words(status: QueueStatus, age: float) -> str:
    """How many messages wait, and for how long."""
    if not status.visible + status.in_flight:
        return "Empty."
    oldest = f"; the oldest is {duration(age)} old" if age else ""
    in_flight = f"{status.in_flight} in flight or kept for another attempt"
    return f"{status.visible} unread, {in_flight}{oldest}."


def duration(seconds: float) -> str:
    """A time in the largest unit that fits."""
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def status_of(stack: DeployedStack, url: str) -> QueueStatus:
    """How many messages a queue has."""
    return Queue(stack.client("sqs"), url).status()


def messages_in(stack: DeployedStack, url: str) -> int:
    """How many messages a queue has, read or not."""
    status = status_of(stack, url)
    return status.visible + status.in_flight


@check("rejected events")
def check_rejected_events(stack: DeployedStack) -> Iterator[Finding]:
    """No event was rejected.

    `rudder-mixpanel rejected list` says why they were, and what to do.
    """
    count = messages_in(stack, stack.output("RejectedQueueUrl"))
    advice = f"See why: rudder-mixpanel rejected list --stack {stack.name}."
    yield warning(f"{counted(count)} rejected.", advice) if count else ok("None.")


@check("dead events")
def check_dead_events(stack: DeployedStack) -> Iterator[Finding]:
    """No event has crashed the function so often that it is no longer tried.

    See [Dead events](alarms.md#dead-events).
    """
    count = messages_in(stack, stack.output("EventsDeadLetterQueueUrl"))
    text = f"{counted(count)} given up after crashing the function."
    advice = f"See which: rudder-mixpanel dead list --stack {stack.name}."
    yield failure(text, advice) if count else ok("None.")


@check("EventBridge")
def check_eventbridge(stack: DeployedStack) -> Iterator[Finding]:
    """EventBridge could put every event on the queue.

    See [Events undelivered by EventBridge](alarms.md#events-undelivered-by-eventbridge).
    """
    url = stack.outputs.get("UndeliveredByEventBridgeQueueUrl")
    if url is None:
        yield ok("Not used.")
    elif count := messages_in(stack, url):
        text = f"EventBridge could not put {count} on the queue: its policy was changed."
        replay = f"rudder-mixpanel rejected replay --queue-url {url}"
        advice = f"{CHANGED_BY_HAND} Then: {replay}."
        yield failure(text, advice)
    else:
        yield ok("It puts every event on the queue.")


@check("deletions queue")
def check_deletions_queue(stack: DeployedStack) -> Iterator[Finding]:
    """Messages that wake the function that deletes users are read, and none has crashed it.

    See [Dead deletions](alarms.md#dead-deletions); the work itself is in a table, and is not lost.
    """
    resources: dict[str, Any] = stack.of_type("AWS::SQS::Queue")
    dead = messages_in(stack, resources["DeletionsDeadLetterQueue"])
    age = recent_metrics(stack).get("DeletionsQueue", 0)
    if dead:
        text = f"{dead} of its messages crashed the function that deletes users."
        yield warning(text, 'See its log, and "Dead deletions" in docs/alarms.md.')
    elif age > LONG:
        text = f"The oldest message has waited for {duration(age)}: deletions do not run."
        yield failure(text, 'See the lines "event sources" and "functions".')
    else:
        yield ok("Its messages are read.")


def counted(count: int) -> str:
    """A number of events, as the beginning of a sentence."""
    return "1 event was" if count == 1 else f"{count} events were"
