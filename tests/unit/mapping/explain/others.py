"""Other values of a part of a message: whether one changes the requests tells if it is used."""

from collections.abc import Iterator
from typing import Any

from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.ip_addresses import first_address
from rudder_mixpanel.message.times import milliseconds, time_near
from tests.build import SENT_AT
from tests.unit.mapping.explain.parts import Keys, with_part
from tests.unit.mapping.explain.samples import Sample

IDS = {("userId",), ("anonymousId",), ("previousId",)}
TIMES = {("timestamp",), ("originalTimestamp",), ("sentAt",), ("receivedAt",)}
FIXED: dict[Keys, tuple[Any, ...]] = {
    ("channel",): ("web", "mobile", "server"),
    ("context", "active"): (True, False),
    ("context", "device", "type"): ("ios", "android", "windows"),
    ("context", "userAgent"): ("Mozilla/5.0 Firefox/121.0", "Mozilla/5.0 Chrome/99.0", "curl"),
}


def others_of(keys: Keys, value: Any) -> Iterator[Any]:
    """Other values of the same kind: true ones for true ones, empty ones for empty ones."""
    yield from (other for other in FIXED.get(keys, ()) if other != value)
    if value is None or value == "":
        yield "" if value is None else None
    elif isinstance(value, str) and value.isspace():
        yield f"{value} "
    elif value in ({}, []):
        yield [] if value == {} else {}
    elif isinstance(value, bool) or value == 0:
        yield 0 if value is False else False
    elif keys in TIMES and time_near(value, SENT_AT) is None:
        yield "no time"
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1000
        yield value * 2
    elif keys in IDS and usable_id(value) is None:
        yield "nil" if value != "nil" else "null"
    else:
        yield from other_texts(value)


def other_texts(text: str) -> Iterator[str]:
    """Other texts that may mean the same to whoever reads one."""
    if text.strip().isdecimal():
        yield f"1{text.strip()}"
        yield str(int(text) + 1)
    if milliseconds(text) is not None:
        yield "2026-06-05T04:03:02Z"
    if first_address(text) is not None:
        yield "198.51.100.77"
    yield f"{text}x"
    yield f"x{text}"


def requests_of(message: dict[str, Any], sample: Sample) -> Any:
    """Where requests go and what they contain; or why there are none."""
    try:
        resolved, rest = sample.destination.for_event(message)
        operations, _ = map_message(rest, resolved, now=sample.now)
    except RejectedEvent as rejected:
        return rejected.code
    return resolved, [(operation.endpoint, operation.encoded) for operation in operations]


def is_used(sample: Sample, keys: Keys, value: Any) -> bool:
    """Whether another value in this place makes other requests.

    Without a messageId the `$insert_id` is a hash of the whole message; that does not count.
    """
    message = sample.message
    if usable_id(message.get("messageId")) is None and keys != ("properties", "$insert_id"):
        if keys[0] == "messageId":
            return False
        message = {**message, "messageId": "1"}
    before = requests_of(message, sample)
    changed = (with_part(message, keys, other) for other in others_of(keys, value))
    return any(requests_of(other, sample) != before for other in changed)
