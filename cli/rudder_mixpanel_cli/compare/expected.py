"""What this stack makes of an event that RudderStack delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.times import time_near
from rudder_mixpanel.mixpanel.operations import Payload

# Calls of which RudderStack sends an event
EVENT_CALLS: Final = frozenset({"track", "page", "screen"})
EVENT_ENDPOINTS: Final = frozenset({"import", "track"})
# The time at which an event was delivered is not known; these are near, the best one first.
ARRIVALS: Final = ("receivedAt", "sentAt", "originalTimestamp", "timestamp")


@dataclass(frozen=True, slots=True)
class Expected:
    """What this stack makes of a message: the events it sends, or why it sends none.

    `updates` counts the requests that no export of events has, `destination` has the settings that
    the message itself provides.
    """

    message: Mapping[str, Any]
    destination: Destination
    arrival: int
    events: tuple[Payload, ...] = ()
    updates: int = 0
    filtered: str = ""
    code: Code | None = None

    @property
    def is_event_call(self) -> bool:
        """Whether RudderStack makes an event of the message."""
        return self.message.get("type") in EVENT_CALLS

    @property
    def possible_events(self) -> tuple[Payload | None, ...]:
        """The events that Mixpanel may have: those that are sent here, else RudderStack's alone."""
        if self.events:
            return self.events
        is_sent_by_rudderstack = self.is_event_call and (self.filtered or self.code)
        return (None,) if is_sent_by_rudderstack else ()


def expected_of(message: Mapping[str, Any], destination: Destination, now: int) -> Expected:
    """Map a message as delivery does; `now` is its arrival if it does not say when it arrived."""
    arrival = arrival_of(message, now)
    try:
        if reason := filter_reason(message, destination):
            return Expected(message, destination, arrival, filtered=reason)
        resolved, rest = destination.for_event(message)
        operations, _ = map_message(rest, resolved, now=arrival)
    except (RejectedEvent, ConfigurationError) as error:
        return Expected(message, destination, arrival, code=error.code)
    except Exception:  # noqa: BLE001 - as in delivery: it must not stop other events
        return Expected(message, destination, arrival, code=Code.INTERNAL_ERROR)
    events = tuple(each.payload for each in operations if each.endpoint in EVENT_ENDPOINTS)
    return Expected(rest, resolved, arrival, events, len(operations) - len(events))


def arrival_of(message: Mapping[str, Any], now: int) -> int:
    """When a message arrived, in milliseconds since 1970."""
    times = (time_near(message.get(field), now) for field in ARRIVALS)
    return next((time for time in times if time is not None), now)
