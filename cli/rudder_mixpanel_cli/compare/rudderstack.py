"""What RudderStack's code makes of an event, as far as it differs from this stack.

Only what explanations need. Values are computed, so that an explanation is given only for exactly
what RudderStack sends.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.message.identity import DEVICE
from rudder_mixpanel.message.insert_ids import INSERT_ID_LENGTH
from rudder_mixpanel.message.times import milliseconds
from rudder_mixpanel.message.values import as_object, is_sendable, js_text, truthy
from rudder_mixpanel_cli.compare.rudderstack_names import view_name_of_rudderstack

# A property or field that is not there, which null is
ABSENT: Final = object()
# JavaScript writes larger and smaller numbers with an exponent.
PLAIN_NUMBERS: Final = (1e-6, 1e21)
YEAR_DIGITS: Final = 4


class RudderStackEvent:
    """The event that RudderStack sends for a track, page or screen call."""

    def __init__(self, message: Mapping[str, Any], destination: Destination) -> None:
        self.message = message
        self.destination = destination
        self.kind = message.get("type")

    @cached_property
    def name(self) -> Any:
        """The name of the event; that of a track call is sent as it is."""
        if self.kind == "track":
            return self.message.get("event", ABSENT)
        return view_name_of_rudderstack(self.message, self.destination)

    @cached_property
    def insert_id(self) -> Any:
        """The end of the messageId on track, all of it on page and screen; else the event's own."""
        message_id = self.message.get("messageId")
        if self.kind == "track" and isinstance(message_id, str):
            message_id = message_id[-INSERT_ID_LENGTH:]
        if is_sendable(message_id):
            return message_id
        return as_object(self.message.get("properties")).get("$insert_id", ABSENT)

    @cached_property
    def time(self) -> int | None:
        """The time of `timestamp`, else of `originalTimestamp`; None where null is sent."""
        values = (self.message.get("timestamp"), self.message.get("originalTimestamp"))
        value = next(filter(truthy, values), None)
        return year_start(str(value)) if is_year(value) else milliseconds(value)

    @cached_property
    def distinct_id(self) -> Any:
        """The userId, else the anonymousId, whatever they are."""
        user_id, device_id = self.text_of("userId"), self.text_of("anonymousId")
        if truthy(user_id) and user_id is not ABSENT:
            return user_id
        if self.destination.simplified:
            return DEVICE + ("undefined" if device_id is ABSENT else js_or_null(device_id))
        return device_id if device_id is not ABSENT and truthy(device_id) else ABSENT

    @cached_property
    def user_id(self) -> Any:
        """The property `$user_id`."""
        user_id = self.text_of("userId")
        if self.destination.simplified:
            return user_id
        return user_id if user_id is not ABSENT and is_sendable(user_id) else ABSENT

    @cached_property
    def device_id(self) -> Any:
        """The property `$device_id`, with simplified ID merge."""
        if self.destination.simplified:
            return self.text_of("anonymousId")
        return as_object(self.message.get("properties")).get("$device_id", ABSENT)

    @cached_property
    def address(self) -> Any:
        """The property `ip`: that of the context, else that of the request."""
        own = as_object(self.message.get("context")).get("ip")
        return next(filter(truthy, (own, self.message.get("request_ip"))), ABSENT)

    def text_of(self, field: str) -> Any:
        """An id as text; what JavaScript treats as false stays as it is."""
        value = self.message.get(field, ABSENT)
        if value is ABSENT or not truthy(value) or isinstance(value, str):
            return value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return js_number(value) if is_number else js_text(value)


def js_or_null(value: Any) -> str:
    """A value in a template literal of JavaScript."""
    return "null" if value is None else js_text(value)


def js_number(value: float) -> str:
    """A number as JavaScript writes it, which has no whole numbers beyond 2^53."""
    number = float(value)
    smallest, largest = PLAIN_NUMBERS
    if not number or not smallest <= abs(number) < largest:
        return js_text(number)
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_year(value: Any) -> bool:
    """Whether a text is a year alone, of which JavaScript makes the start of that year."""
    return isinstance(value, str) and len(value) == YEAR_DIGITS and value.isdecimal()


def year_start(year: str) -> int | None:
    """The start of a year in milliseconds since 1970."""
    return milliseconds(f"{year}-01-01T00:00:00Z")
