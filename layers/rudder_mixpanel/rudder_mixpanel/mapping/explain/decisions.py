"""Finds out whether a part of a message that is in no request decides what the requests are."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping.calls import map_message
from rudder_mixpanel.mapping.explain.reasons import DECIDING
from rudder_mixpanel.message.paths import MISSING, Path, child_of

# Other values, of which one changes the requests if the value makes a difference
OTHER_VALUES: Final[Mapping[Path, tuple[Any, ...]]] = {
    ("channel",): ("web", "mobile", "server"),
    ("context", "active"): (True, False),
    ("context", "device", "type"): ("ios", "android", "other"),
    ("context", "userAgent"): (
        "Mozilla/5.0 (X11) Firefox/140.0",
        "curl/8",
    ),
}
WORDS: Final = {
    ("channel",): "decides whether the user's own browser or app sent the event",
    ("context", "active"): "decides about $ignore_time",
    ("context", "device", "type"): "decides under which names the device is sent",
    ("context", "userAgent"): "decides whether a browser sent the event",
}


def find_decisions(
    message: Mapping[str, Any], destination: Destination, now: int
) -> Iterator[tuple[Path, str]]:
    """The paths whose values decide what the requests are, and what they decide."""
    # Without a messageId, the $insert_id is a hash of the whole message, and changes with it.
    named = {**message, "messageId": "1"}
    before = requests_of(named, destination, now)
    yield ("type",), "decides which call it is"
    for path in DECIDING:
        others = (with_value(named, path, value) for value in OTHER_VALUES[path])
        if any(requests_of(other, destination, now) != before for other in others):
            yield path, WORDS[path]


def requests_of(message: Mapping[str, Any], destination: Destination, now: int) -> list[bytes]:
    """The requests of a message; none when it is rejected."""
    try:
        operations, _ = map_message(message, destination, now=now)
    except RejectedEvent:
        return []
    return [operation.encoded for operation in operations]


def with_value(message: Mapping[str, Any], path: Path, value: Any) -> Mapping[str, Any]:
    """A message with another value at a path; the same message where it has none."""
    key, *rest = path
    inner = child_of(message, key)
    if inner is MISSING:
        return message
    return {**message, key: with_value(inner, tuple(rest), value) if rest else value}
