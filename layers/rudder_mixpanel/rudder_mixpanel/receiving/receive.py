"""Puts the events of one request of an SDK or a webhook on the queue."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from rudder_mixpanel.aws.sqs import OutgoingMessage
from rudder_mixpanel.envelopes import Message
from rudder_mixpanel.receiving.enrich import Arrival, enrich_event
from rudder_mixpanel.receiving.pack import pack_records
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

# SQS mostly accepts at once what it rejected a moment ago; after that, the SDK has to retry.
ATTEMPTS: Final = 3


class EventsQueue(Protocol):
    """A queue that accepts records."""

    def send(self, messages: list[OutgoingMessage], time_left: Callable[[], int], /) -> list[bool]:
        """Send the messages, and return for each whether the queue accepted it."""
        ...


def receive(
    events: Iterable[Message], arrival: Arrival, queue: EventsQueue, time_left: Callable[[], int]
) -> int:
    """Return when every event is on the queue: how many of their times could not be read.

    Raises GatewayError otherwise, so that the SDK sends all of them again. Those that the queue has
    already accepted are then duplicates, with the same `messageId` if the SDK has set it.
    """
    enriched = [enrich_event(event, arrival) for event in events]
    pending = [OutgoingMessage(body) for body in pack_records(item.event for item in enriched)]
    for _ in range(ATTEMPTS):
        accepted = queue.send(pending, time_left)
        pending = [
            message for message, is_sent in zip(pending, accepted, strict=True) if not is_sent
        ]
        if not pending:
            return sum(item.times_replaced for item in enriched)
    raise GatewayError(GatewayResponse.UNAVAILABLE)
