"""One event that is compared: what Mixpanel has of it, and what this stack sends."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.message.values import as_object
from rudder_mixpanel.mixpanel.operations import IDENTITY_EVENTS, Payload
from rudder_mixpanel_cli.compare.differing import Mismatch, find_mismatches
from rudder_mixpanel_cli.compare.expected import Expected
from rudder_mixpanel_cli.compare.held import Clock, HeldEvent
from rudder_mixpanel_cli.compare.rudderstack import RudderStackEvent


class Case:
    """An event with both of its sides; `sent` is None when this stack sends no event.

    `position` tells apart the events that this stack makes of one message.
    """

    def __init__(self, expected: Expected, position: int, held: HeldEvent, clock: Clock) -> None:
        self.expected = expected
        self.position = position
        self.sent: Payload | None = expected.possible_events[position]
        self.held = held
        self.clock = clock

    @property
    def message(self) -> Mapping[str, Any]:
        """The event as RudderStack delivered it."""
        return self.expected.message

    @property
    def destination(self) -> Destination:
        """The settings of the destination for this event."""
        return self.expected.destination

    @cached_property
    def rudderstack(self) -> RudderStackEvent:
        """What RudderStack's code sends."""
        return RudderStackEvent(self.message, self.destination)

    @property
    def own_properties(self) -> dict[str, Any]:
        """The properties of the message itself."""
        return as_object(self.message.get("properties"))

    @property
    def context(self) -> dict[str, Any]:
        """The context of the message."""
        return as_object(self.message.get("context"))

    @cached_property
    def sent_properties(self) -> dict[str, Any]:
        """The properties that this stack sends, without the token, which no export has."""
        properties: dict[str, Any] = self.sent["properties"] if self.sent else {}
        return {name: value for name, value in properties.items() if name != "token"}

    @property
    def merges_users(self) -> bool:
        """Whether it is an event that makes one user of two."""
        return self.sent is not None and self.sent["event"] in IDENTITY_EVENTS

    def mismatches(self) -> Iterator[Mismatch]:
        """The differences between both sides, if this stack sends the event."""
        if self.sent is None:
            return
        yield from find_mismatches(self.held.name, self.sent["event"], ("event",))
        held, sent = self.held.properties, self.sent_properties
        if self.clock.is_same(held.get("time"), sent.get("time")):
            held["time"] = sent["time"]
        yield from find_mismatches(held, sent, ("properties",))
