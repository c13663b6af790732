"""The events in an SDK's request, read and refused as RudderStack's gateway does it."""

import gzip
import zlib
from io import BytesIO
from typing import Any, Final

import orjson

from rudder_mixpanel.envelopes import Message, decode_json
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

CALLS: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
BATCHES: Final = frozenset({"batch", "import"})
# One event that has its type already, as RudderStack's webhook destination posts it.
WEBHOOK: Final = "webhook"
# Of a body, unpacked: the gateway's default. In base64 it still fits what Lambda takes.
BODY_BYTES: Final = 4000 * 1024
EVENT_BYTES: Final = 32 * 1024
DEEPEST: Final = 200
# Of a request: as many of 200 bytes fit a body. Each grows by some 300 on its way, so that a body
# full of shorter ones could not be sent to the queue in the time that there is.
MOST_EVENTS: Final = 20_000


def read_request(call: str, body: bytes, encoding: str = "") -> list[Message]:
    """The events of a call, in order; one that is bad refuses them all."""
    plain = decompress(body, encoding)
    events = unwrap_events(call, parse_json(plain))
    if len(events) > MOST_EVENTS:
        raise GatewayError(GatewayResponse.BODY_TOO_LARGE)
    # Few brackets hold nothing deep, and a short body no long event.
    if plain.count(b"{") + plain.count(b"[") > DEEPEST and is_deeper(events, DEEPEST):
        raise GatewayError(GatewayResponse.INVALID_JSON)
    for event in events:
        check_event(event)
    if len(plain) > EVENT_BYTES and max(map(json_length, events)) > EVENT_BYTES:
        raise GatewayError(GatewayResponse.EVENT_TOO_LARGE)
    return events


def decompress(body: bytes, encoding: str) -> bytes:
    """The body as its sender had it before gzip; never more of it than is allowed."""
    if not body:
        raise GatewayError(GatewayResponse.NO_BODY)
    if encoding.strip().lower() == "gzip":
        try:
            with gzip.open(BytesIO(body)) as file:
                body = file.read(BODY_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            raise GatewayError(GatewayResponse.UNREADABLE_BODY) from None
    if len(body) > BODY_BYTES:
        raise GatewayError(GatewayResponse.BODY_TOO_LARGE)
    return body


def parse_json(body: bytes) -> Any:
    """What the body's JSON says."""
    try:
        return decode_json(body.decode())
    except (UnicodeDecodeError, RejectedEvent):
        raise GatewayError(GatewayResponse.INVALID_JSON) from None


def unwrap_events(call: str, content: Any) -> list[Any]:
    """What ought to be events; a call of one event names its type."""
    match content:
        case {"batch": [_, *_]} if call in BATCHES:
            return [unlike_a_batch(one) for one in content["batch"]]
        case _ if call in BATCHES:
            raise GatewayError(GatewayResponse.EMPTY_BATCH)
        case dict():
            return [content if call == WEBHOOK else {**content, "type": call}]
        case _:
            raise GatewayError(GatewayResponse.NO_EVENT)


def unlike_a_batch(event: Any) -> Any:
    """An event that nobody takes for a batch on its way: that would cost its neighbours."""
    if isinstance(event, dict) and "batch" in event and "type" not in event:
        return {**event, "type": None}
    return event


def check_event(event: Any) -> None:
    """Refuse what is no event, or nobody's."""
    if not isinstance(event, dict):
        raise GatewayError(GatewayResponse.NO_EVENT)
    if not read_id(event, "userId") and not read_id(event, "anonymousId"):
        raise GatewayError(GatewayResponse.NOBODY)


def read_id(event: Message, name: str) -> str:
    """An id as text, empty where there is none."""
    value = event.get(name)
    return "" if value is None else str(value).strip()


def json_length(event: Message) -> int:
    """Bytes of an event."""
    return len(orjson.dumps(event))


def is_deeper(events: list[Any], deepest: int) -> bool:
    """Whether anything in an event lies deeper than this."""
    level = [one for one in events if isinstance(one, dict | list)]
    for _ in range(deepest):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
