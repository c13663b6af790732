"""Where the properties of an operation came from, for whoever asks."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rudder_mixpanel.message.values import as_object, find_value, segments

# For each property, the rule or the table's row that wrote it, and from where in the message
type Origins = dict[str, str]

ON_EVERY_EVENT: Final = dict.fromkeys(
    ("token", "distinct_id", "time", "$insert_id"), "stated on every event"
)
ON_EVERY_UPDATE: Final = {
    "$token": "the destination's token",
    "$distinct_id": "userId, else anonymousId",
    "$ip": "context.ip, else request_ip",
    "$ignore_time": "context.active is false",
    "$time": "the event's time",
}


def copied_from(message: Mapping[str, Any], source: str) -> Origins:
    """Copied from one of the message's objects, each under its own name."""
    names = as_object(find_value(message, source))
    return {name: f"copied from {source}.{name}" for name in names}


def nested(source: str, names: Iterable[str]) -> Origins:
    """Copied from one of the message's objects, with dotted names as objects in objects."""
    return {segments(name)[0]: f"copied from {source}.{name}" for name in names}


def of_each(names: Iterable[str], *layers: Mapping[str, str]) -> Origins:
    """The origin of each of these properties, of which later layers overwrote earlier ones."""
    told: Origins = {}
    for layer in layers:
        told |= layer
    return {name: told[name] for name in names}
