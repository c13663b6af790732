"""An SQS body becomes the RudderStack events in it, whatever wrapped them."""

import gzip
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent

type Message = dict[str, Any]

# What only a RudderStack event has at its top, so that a stray object is not taken for one.
MARKS: Final = frozenset(
    {"type", "messageId", "userId", "anonymousId", "event", "properties", "traits", "context"}
)
# A batch in a webhook's request in EventBridge's envelope in an SNS notification is possible; more
# is an attack.
DEEPEST_ENVELOPE: Final = 8
# So many events of a record can be rejected within one invocation. The longest body holds as many
# of 200 bytes; what holds more was not made by RudderStack.
EVENTS_OF_A_RECORD: Final = 5000
# Arrays, envelopes and events that are looked at before a record is called endless.
PARTS_OF_A_RECORD: Final = 4 * EVENTS_OF_A_RECORD
# What a record may hold more than it shows: real batches shrink to an eighth in base64 of gzip,
# bombs to a thousandth. Two thousand records at their worst must fit the function's memory.
UNPACKED_TIMES: Final = 20
UNPACKED_BYTES: Final = 4 * 1_048_576
GZIP: Final = b"\x1f\x8b"
# Python's own encoder, because orjson's goes less deep than what it reads.
COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# What SQS takes neither in a body nor in an attribute: https://www.w3.org/TR/REC-xml/#charsets
NOT_FOR_SQS: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# JSON's spelling of half a character, where a sender has cut an emoji in two. Escaped backslashes
# and whole pairs are matched first, so that only a half is left for the group.
HALF_CHARACTER: Final = re.compile(
    r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body, or a part of one, in which no event for us could be found, and why."""

    body: str
    why: str
    code: Code = Code.UNREADABLE


type EnvelopeItem = Message | Unreadable


def read_events(body: str, *, destination_id: str | None = None) -> list[EnvelopeItem]:
    """Every event of a record, in order, and whatever in it could not be read.

    Arrays and envelopes are opened, also one inside the other. What an envelope addresses to
    another destination than `destination_id` is not ours; without one, everything is.
    """
    try:
        content = decode_json(body)
    except RejectedEvent as error:
        return [Unreadable(body, error.message)]
    # What most records are; nothing else needs to be asked.
    if isinstance(content, dict) and "type" in content:
        return [content]
    record = RecordReader(destination_id, min(UNPACKED_TIMES * len(body), UNPACKED_BYTES))
    found = list(islice(record.events(content, DEEPEST_ENVELOPE), EVENTS_OF_A_RECORD + 1))
    if len(found) > EVENTS_OF_A_RECORD or record.parts < 0:
        return [Unreadable(body, f"expected at most {EVENTS_OF_A_RECORD} events in a record")]
    return found


@dataclass(slots=True)
class RecordReader:
    """A record on its way to its events, and what that may still cost.

    `room` is in bytes that may yet be unpacked, `parts` in those that may yet be looked at.
    """

    destination_id: str | None
    room: int
    parts: int = PARTS_OF_A_RECORD

    def events(self, content: Any, deepest: int) -> Iterator[EnvelopeItem]:
        """The events in a decoded part, through so many envelopes."""
        self.parts -= 1
        if self.parts < 0:
            return
        if is_event(content):
            yield content
            return
        try:
            inside = self.inside(content)
            if deepest == 0:
                raise unreadable_error(f"envelopes nested deeper than {DEEPEST_ENVELOPE}")
        except RejectedEvent as error:
            yield Unreadable(encode_json(without_config(content)), error.message, error.code)
            return
        for part in inside:
            yield from self.events(part, deepest - 1)

    def inside(self, envelope: Any) -> list[Any]:
        """What an array or an envelope holds; raises RejectedEvent."""
        match envelope:
            case list(parts) | {"batch": list(parts)} | {"Records": list(parts)}:
                return parts
            # EventBridge; SNS where it invokes a function
            case {"detail-type": str(), "source": str(), "detail": part} | {"Sns": dict(part)}:
                return [part]
            # SNS where it sends to a queue
            case {"Type": "Notification", "Message": str(text)}:
                return [decode_json(text)]
            # Kinesis where it invokes a function, and through a pipe; API Gateway
            case (
                {"kinesis": {"data": str(packed)}}
                | {"partitionKey": str(), "data": str(packed)}
                | {"body": str(packed), "isBase64Encoded": True}
            ):
                return [decode_json(self.unpacked(packed))]
            case {"body": str(text), "isBase64Encoded": False} | {
                "body": str(text),
                "requestContext": dict(),
            }:
                return [decode_json(text)]
            # RudderStack's transformer
            case {"message": part, "destination": dict()} | {"message": part, "metadata": dict()}:
                named = addressee(envelope)
                if named and self.destination_id not in (None, named):
                    why = "the envelope names another destination"
                    raise RejectedEvent(Code.WRONG_DESTINATION, why)
                return [part]
            case _:
                raise unreadable_error("neither an event nor a known envelope")

    def unpacked(self, packed: str) -> str:
        """What base64 holds, compressed or not; raises RejectedEvent."""
        try:
            content = b64decode(packed, validate=True)
            if content.startswith(GZIP):
                content = self.inflated(content)
            return content.decode()
        except (ValueError, OSError, EOFError, zlib.error):
            raise unreadable_error("not base64 of text, nor of its gzip") from None

    def inflated(self, content: bytes) -> bytes:
        """What gzip holds, unless it is more than there is room for."""
        with gzip.open(BytesIO(content)) as file:
            inflated = file.read(self.room + 1)
        self.room -= len(inflated)
        if self.room < 0:
            raise unreadable_error("unpacked, it is far larger than it looks")
        return inflated


def is_event(content: Any) -> bool:
    """Whether this is an event, whatever else is in it.

    A batch may say things of all its events: it is none as long as it has no type.
    """
    if not isinstance(content, dict) or MARKS.isdisjoint(content):
        return False
    return "type" in content or not isinstance(content.get("batch"), list)


def addressee(envelope: Message) -> Any:
    """The id of the destination that a transformer's envelope names, if it names one."""
    match envelope:
        case {"destination": {"ID": named}} if named:
            return named
        case {"metadata": {"destinationId": named}}:
            return named
        case _:
            return None


def without_config(content: Any) -> Any:
    """What may be told of an envelope: a destination's config can hold its credentials."""
    match content:
        case {"message": _, "destination": dict(destination)}:
            return {**content, "destination": {"ID": destination.get("ID")}}
        case _:
            return content


def decode_json(text: str) -> Any:
    """JSON's value; half a character becomes a replacement character; raises RejectedEvent."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return orjson.loads(HALF_CHARACTER.sub(replace_half, text))
    except orjson.JSONDecodeError as error:
        raise unreadable_error(f"not JSON at position {error.pos}") from None


def replace_half(found: re.Match[str]) -> str:
    """What is to stand for a match, as long as it."""
    return r"\ufffd" if found[1] else found[0]


def unreadable_error(why: str) -> RejectedEvent:
    """The reason why something could not be read."""
    return RejectedEvent(Code.UNREADABLE, why)


def encode_json(content: Any) -> str:
    """JSON again, compact, as deep as it came."""
    return COMPACT.encode(content)


def escape_for_sqs(body: str) -> str:
    """JSON with the characters that SQS refuses as escapes, which mean the same."""
    return NOT_FOR_SQS.sub(lambda found: f"\\u{ord(found[0]):04x}", body)
