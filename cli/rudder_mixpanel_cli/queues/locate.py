"""Find the queues that the options name."""

from typing import Final

import boto3

from rudder_mixpanel_cli.aws import stack_outputs
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.options import NO_STACK
from rudder_mixpanel_cli.queues.options import QueueLocation
from rudder_mixpanel_cli.queues.queue import Queue

EVENTS_OUTPUT: Final = "EventsQueueUrl"


def source_queue(location: QueueLocation) -> Queue:
    """The queue to read; raises UsageError when the options name none."""
    (queue,) = locate_queues(location, location.source.output)
    return queue


def source_and_events_queue(location: QueueLocation) -> tuple[Queue, Queue]:
    """The queue to read and the one to send to; raises UsageError when the options name none."""
    source, events = locate_queues(location, location.source.output, EVENTS_OUTPUT)
    if source.url == events.url:
        raise UsageError("--queue-url: this is the events queue itself")
    return source, events


def locate_queues(location: QueueLocation, *outputs: str) -> list[Queue]:
    """The queues at given URLs, or else in the stack's outputs; raises UsageError without one."""
    urls = {location.source.output: location.queue_url, EVENTS_OUTPUT: location.events_queue_url}
    missing = [output for output in outputs if not urls[output]]
    known_urls = {output: url for output, url in urls.items() if url}
    if missing:
        known_urls |= urls_in_stack(location, missing)
    sqs = boto3.client("sqs")
    return [Queue(sqs, known_urls[output]) for output in outputs]


def urls_in_stack(location: QueueLocation, outputs: list[str]) -> dict[str, str]:
    """The URLs in the outputs of a stack; raises UsageError when the stack has none."""
    if not location.stack:
        options = {location.source.output: "--queue-url", EVENTS_OUTPUT: "--events-queue-url"}
        needed = " and ".join(options[output] for output in outputs)
        raise UsageError(f"{NO_STACK}, or {needed}")
    values = stack_outputs(location.stack)
    for output in outputs:
        if output not in values:
            raise UsageError(f"--stack: stack {location.stack} has no output {output}")
    return {output: values[output] for output in outputs}
