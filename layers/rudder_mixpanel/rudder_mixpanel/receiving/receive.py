"""An HTTP request of an SDK or a webhook becomes records on the queue."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from rudder_mixpanel.aws.sqs import OutgoingMessage
from rudder_mixpanel.envelopes import Message
from rudder_mixpanel.receiving.enrich import Arrival, enrich_event
from rudder_mixpanel.receiving.pack import pack_records
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

# What SQS refuses in one moment it takes in the next; more than that is for the SDK to wait for.
ATTEMPTS: Final = 3


class EventsQueue(Protocol):
    """What takes records."""

    def send(self, messages: list[OutgoingMessage], time_left: Callable[[], int], /) -> list[bool]:
        """Send each, and tell for each whether the queue took it."""
        ...


def receive(
    events: Iterable[Message], arrival: Arrival, queue: EventsQueue, time_left: Callable[[], int]
) -> None:
    """Return when the queue has every event; raises Refused, so that the SDK sends them again.

    What the queue took before that comes twice, then, under the same `messageId`.
    """
    waiting = [
        OutgoingMessage(body)
        for body in pack_records(enrich_event(event, arrival) for event in events)
    ]
    for _ in range(ATTEMPTS):
        taken = queue.send(waiting, time_left)
        waiting = [one for one, is_taken in zip(waiting, taken, strict=True) if not is_taken]
        if not waiting:
            return
    raise GatewayError(GatewayResponse.UNAVAILABLE)
