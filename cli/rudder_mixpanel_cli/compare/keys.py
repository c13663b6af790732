"""By what an event of the input and one of the export are recognized as the same."""

from datetime import tzinfo
from typing import Any, Final, NamedTuple

from rudder_mixpanel.message.values import js_text
from rudder_mixpanel.mixpanel.operations import IDENTITY_EVENTS
from rudder_mixpanel_cli.compare.expected import Expected
from rudder_mixpanel_cli.compare.held import Clock, HeldEvent, is_in_milliseconds
from rudder_mixpanel_cli.compare.rudderstack import ABSENT, RudderStackEvent

SEPARATOR: Final = "\x1f"


class Keys(NamedTuple):
    """The keys of one event; the time is in milliseconds since 1970."""

    name: str | None
    insert_id: str | None
    content: str | None
    time: int


NO_KEYS: Final = Keys(None, None, None, 0)


def keys_here(expected: Expected, position: int) -> Keys:
    """The keys of an event as this stack sends it."""
    event = expected.possible_events[position]
    if event is None:
        return NO_KEYS
    properties = event["properties"]
    time = properties["time"]
    content = content_of(event["event"], properties, time)
    return Keys(event["event"], properties["$insert_id"], content, time)


def keys_of_rudderstack(expected: Expected, position: int) -> Keys:
    """The keys of the event that RudderStack sends, if it sends this one."""
    if position or not expected.is_event_call:
        return NO_KEYS
    event = RudderStackEvent(expected.message, expected.destination)
    time = expected.arrival if event.time is None else event.time
    properties = {"distinct_id": event.distinct_id}
    name, insert_id = text_or_none(event.name), text_or_none(event.insert_id)
    return Keys(name, insert_id, content_of(name, properties, time), time)


def keys_held(held: HeldEvent, zone: tzinfo) -> Keys:
    """The keys of an event of an export, whose times are of this zone."""
    properties = held.properties
    time = properties.get("time")
    unit = Clock(is_in_milliseconds(time), zone)
    instant = next(iter(unit.instants(time)), 0)
    name, insert_id = text_or_none(held.name), text_or_none(properties.get("$insert_id", ABSENT))
    return Keys(name, insert_id, content_of(name, properties, instant), instant)


def content_of(name: str | None, properties: dict[str, Any], time: int) -> str:
    """What tells an event without an `$insert_id` from others: who, what, and in which second.

    Of an event that merges users, only the ids: RudderStack sends it without a time.
    """
    if name not in IDENTITY_EVENTS:
        parts = [properties.get("distinct_id", ABSENT), time // 1000]
    elif isinstance(ids := properties.get("$distinct_ids"), list):
        parts = sorted(map(js_text, ids))
    else:
        parts = [properties.get(field, ABSENT) for field in ("distinct_id", "alias")]
    return SEPARATOR.join(text_or_none(part) or "" for part in (name, *parts))


def text_or_none(value: Any) -> str | None:
    """A value as text, or None when there is none."""
    return None if value is ABSENT or value is None or value == "" else js_text(value)
