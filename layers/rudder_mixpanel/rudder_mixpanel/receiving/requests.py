"""Reads and validates the events of an SDK's request, as RudderStack's gateway does."""

from typing import Any, Final

import orjson

from rudder_mixpanel.envelopes import Message, decode_json
from rudder_mixpanel.envelopes.compression import (
    MAX_CONTAINERS,
    Decompressor,
    GzipLimitExceeded,
    InvalidGzip,
)
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

CALLS: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
BATCHES: Final = frozenset({"batch", "import"})
# A single event with its type, as RudderStack's webhook destination posts it.
WEBHOOK: Final = "webhook"
# Of a decompressed body: the gateway's default. In base64 it fits Lambda's limit on requests.
BODY_BYTES: Final = 4000 * 1024
EVENT_BYTES: Final = 32 * 1024
MAX_DEPTH: Final = 200
# Of a request: as many events of 200 bytes fit a body. Enriching adds some 300 bytes to each, so
# that a body full of shorter ones could not be sent to the queue in time.
MAX_EVENTS: Final = 20_000


def read_request(call: str, body: bytes, encoding: str = "") -> list[Message]:
    """The events of a call, in order; raises GatewayError when any of them is invalid."""
    plain = decompress(body, encoding)
    containers = plain.count(b"{") + plain.count(b"[")
    if containers > MAX_CONTAINERS:
        raise GatewayError(GatewayResponse.BODY_TOO_LARGE)
    events = unwrap_events(call, parse_json(plain))
    if len(events) > MAX_EVENTS:
        raise GatewayError(GatewayResponse.BODY_TOO_LARGE)
    # Few brackets cannot be nested deeply, and a short body cannot hold a long event.
    if containers > MAX_DEPTH and is_deeper(events, MAX_DEPTH):
        raise GatewayError(GatewayResponse.INVALID_JSON)
    for event in events:
        check_event(event)
    if len(plain) > EVENT_BYTES and max(map(json_length, events)) > EVENT_BYTES:
        raise GatewayError(GatewayResponse.EVENT_TOO_LARGE)
    return events


def decompress(body: bytes, encoding: str) -> bytes:
    """The body without its gzip compression.

    Raises GatewayError when it is missing, unreadable, or larger than the limits, beyond which
    nothing is decompressed.
    """
    if not body:
        raise GatewayError(GatewayResponse.NO_BODY)
    if encoding.strip().lower() == "gzip":
        try:
            body = Decompressor(BODY_BYTES).decompress(body)
        except GzipLimitExceeded:
            raise GatewayError(GatewayResponse.BODY_TOO_LARGE) from None
        except InvalidGzip:
            raise GatewayError(GatewayResponse.UNREADABLE_BODY) from None
    if len(body) > BODY_BYTES:
        raise GatewayError(GatewayResponse.BODY_TOO_LARGE)
    return body


def parse_json(body: bytes) -> Any:
    """The decoded JSON of the body; raises GatewayError."""
    try:
        return decode_json(body.decode())
    except (UnicodeDecodeError, RejectedEvent):
        raise GatewayError(GatewayResponse.INVALID_JSON) from None


def unwrap_events(call: str, content: Any) -> list[Any]:
    """The events in the body, not yet validated; a call of one event sets its type.

    Raises GatewayError when the body is not what the call expects.
    """
    match content:
        case {"batch": [_, *_]} if call in BATCHES:
            return [mark_as_event(item) for item in content["batch"]]
        case _ if call in BATCHES:
            raise GatewayError(GatewayResponse.EMPTY_BATCH)
        case dict():
            return [content if call == WEBHOOK else {**content, "type": call}]
        case _:
            raise GatewayError(GatewayResponse.NO_EVENT)


def mark_as_event(event: Any) -> Any:
    """Add an empty type to an event that delivery would mistake for a batch of events."""
    if isinstance(event, dict) and "batch" in event and "type" not in event:
        return {**event, "type": None}
    return event


def check_event(event: Any) -> None:
    """Raise GatewayError when this is not an event, or it has no id of a user."""
    if not isinstance(event, dict):
        raise GatewayError(GatewayResponse.NO_EVENT)
    if not read_id(event, "userId") and not read_id(event, "anonymousId"):
        raise GatewayError(GatewayResponse.NO_ID)


def read_id(event: Message, name: str) -> str:
    """An id as text; empty when it is missing."""
    value = event.get(name)
    return "" if value is None else str(value).strip()


def json_length(event: Message) -> int:
    """The length of an event in bytes."""
    return len(orjson.dumps(event))


def is_deeper(events: list[Any], depth: int) -> bool:
    """Whether any event is nested deeper than this."""
    level = [event for event in events if isinstance(event, dict | list)]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
