"""Explains where the properties of an operation came from."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rudder_mixpanel.message.paths import find_value, segments
from rudder_mixpanel.message.values import as_object

# For each property, the rule or table that wrote it, and its source in the message
type Origins = dict[str, str]

ADDRESS: Final = "context.ip, else request_ip of a browser or app"
ON_EVERY_EVENT: Final = dict.fromkeys(
    ("token", "distinct_id", "time", "$insert_id"), "set on every event"
)
ON_EVERY_UPDATE: Final = {
    "$token": "the destination's token",
    "$distinct_id": "userId, else anonymousId",
    "$ip": ADDRESS,
    "$ignore_time": "context.active is false",
    "$time": "the event's time",
}


def copied_from(message: Mapping[str, Any], source: str) -> Origins:
    """The origins of properties that are copied from an object of the message."""
    names = as_object(find_value(message, source))
    return {name: f"copied from {source}.{name}" for name in names}


def nested_from(source: str, names: Iterable[str]) -> Origins:
    """The origins of properties that are copied from an object, dotted names as nested objects."""
    return {segments(name)[0]: f"copied from {source}.{name}" for name in names}


def merge_origins(names: Iterable[str], *layers: Mapping[str, str]) -> Origins:
    """The origin of each of these properties; later layers overwrite earlier ones."""
    merged: Origins = {}
    for layer in layers:
        merged |= layer
    return {name: merged[name] for name in names}
