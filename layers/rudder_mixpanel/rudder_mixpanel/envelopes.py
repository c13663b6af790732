"""Reads the RudderStack events in an SQS body, whatever envelopes they are in."""

import gzip
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.message.exact_json import decode_exactly

type Message = dict[str, Any]

# Fields by which an object is recognized as a RudderStack event
EVENT_FIELDS: Final = frozenset(
    {"type", "messageId", "userId", "anonymousId", "event", "properties", "traits", "context"}
)
# A batch in a webhook's request in EventBridge's envelope in an SNS notification is possible; much
# more is an attack.
MAX_ENVELOPES: Final = 8
# As many events as can be rejected within one invocation. The longest body holds as many of 200
# bytes; a record with more was not made by RudderStack.
EVENTS_OF_A_RECORD: Final = 5000
# The limit on arrays, envelopes and events that are read of a record
PARTS_OF_A_RECORD: Final = 4 * EVENTS_OF_A_RECORD
# Limits on the decompressed size of a record. Real batches shrink to an eighth in base64 of gzip,
# bombs to a thousandth. Two thousand of the largest records must fit the memory of the function.
DECOMPRESSED_RATIO: Final = 20
DECOMPRESSED_BYTES: Final = 4 * 1_048_576
GZIP: Final = b"\x1f\x8b"
NO_ENVELOPE: Final = "neither an event nor a known envelope"
TOO_MANY_ENVELOPES: Final = f"envelopes nested deeper than {MAX_ENVELOPES}"
# Python's own encoder, because orjson decodes deeper nesting than it encodes.
COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# Characters that SQS rejects in a body or an attribute: https://www.w3.org/TR/REC-xml/#charsets
NOT_FOR_SQS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# An escaped half of a surrogate pair, where a sender has cut an emoji in two. Escaped backslashes
# and whole pairs are matched first, so that the group matches only lone halves.
LONE_SURROGATE: Final = re.compile(
    r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})", re.IGNORECASE
)


# A named tuple, because a frozen dataclass takes four times as long to make, and a record can have
# thousands of them.
class Unreadable(NamedTuple):
    """A body, or a part of it, without an event for this destination, and the reason."""

    body: str
    why: str
    code: Code = Code.UNREADABLE


type EnvelopeItem = Message | Unreadable


def read_events(body: str, *, destination_id: str | None = None) -> list[EnvelopeItem]:
    """Every event of a record, in order, and every part of it that is unreadable.

    Arrays and envelopes may be nested. With `destination_id`, an event that its envelope addresses
    to another destination is unreadable.
    """
    try:
        content = decode_json(body)
    except RejectedEvent as error:
        return [Unreadable(body, error.message)]
    # Most records are a single event.
    if isinstance(content, dict) and "type" in content:
        return [content]
    record = RecordReader(destination_id, min(DECOMPRESSED_RATIO * len(body), DECOMPRESSED_BYTES))
    items = list(islice(record.read_part(content, MAX_ENVELOPES), EVENTS_OF_A_RECORD + 1))
    if len(items) > EVENTS_OF_A_RECORD or record.parts_left < 0:
        return [Unreadable(body, f"expected at most {EVENTS_OF_A_RECORD} events in a record")]
    return items


@dataclass(slots=True)
class RecordReader:
    """Reads one record within limits: the bytes to decompress, and the parts to read."""

    destination_id: str | None
    bytes_left: int
    parts_left: int = PARTS_OF_A_RECORD

    def read_part(self, content: Any, envelopes_left: int) -> Iterator[EnvelopeItem]:
        """Yield the events in a decoded part, through at most this many envelopes."""
        self.parts_left -= 1
        if self.parts_left < 0:
            return
        if is_event(content):
            yield content
            return
        try:
            parts = self.open_envelope(content)
        except RejectedEvent as error:
            yield Unreadable(encode_json(without_config(content)), error.message, error.code)
            return
        # No exception for these: a record can have thousands of them.
        if parts is None:
            yield Unreadable(encode_json(content), NO_ENVELOPE)
            return
        if envelopes_left == 0:
            yield Unreadable(encode_json(without_config(content)), TOO_MANY_ENVELOPES)
            return
        for part in parts:
            yield from self.read_part(part, envelopes_left - 1)

    def open_envelope(self, envelope: Any) -> list[Any] | None:
        """The parts of an array or an envelope, None if it is neither.

        Raises RejectedEvent when its content is unreadable, or it is addressed to another
        destination.
        """
        match envelope:
            case list(parts) | {"batch": list(parts)} | {"Records": list(parts)}:
                return parts
            # EventBridge; SNS that invokes a function
            case {"detail-type": str(), "source": str(), "detail": part} | {"Sns": dict(part)}:
                return [part]
            # Kinesis that invokes a function; Kinesis through a pipe; API Gateway
            case (
                {"kinesis": {"data": str(encoded)}}
                | {"partitionKey": str(), "data": str(encoded)}
                | {"body": str(encoded), "isBase64Encoded": True}
            ):
                return [decode_json(self.decode_text(encoded))]
            # SNS that sends to a queue; API Gateway
            case (
                {"Type": "Notification", "Message": str(text)}
                | {"body": str(text), "isBase64Encoded": False}
                | {"body": str(text), "requestContext": dict()}
            ):
                return [decode_json(text)]
            # RudderStack's transformer
            case {"message": part, "destination": dict()} | {"message": part, "metadata": dict()}:
                self.check_destination(envelope)
                return [part]
            case _:
                return None

    def check_destination(self, envelope: Message) -> None:
        """Raise RejectedEvent when a transformer's envelope names another destination."""
        named = destination_of(envelope)
        if named and self.destination_id not in (None, named):
            why = "the envelope names another destination"
            raise RejectedEvent(Code.WRONG_DESTINATION, why)

    def decode_text(self, encoded: str) -> str:
        """The text in base64, compressed or not; raises RejectedEvent."""
        try:
            content = b64decode(encoded, validate=True)
            if content.startswith(GZIP):
                content = self.decompress_part(content)
            return content.decode()
        except (ValueError, OSError, EOFError, zlib.error):
            raise unreadable_error("neither base64 of text nor base64 of gzip of text") from None

    def decompress_part(self, content: bytes) -> bytes:
        """The content of gzip; raises RejectedEvent when it exceeds what is left of the limit."""
        with gzip.open(BytesIO(content)) as file:
            decompressed = file.read(self.bytes_left + 1)
        self.bytes_left -= len(decompressed)
        if self.bytes_left < 0:
            raise unreadable_error("the decompressed size exceeds the limit of a record")
        return decompressed


def is_event(content: Any) -> bool:
    """Whether this is an event, whatever other fields it has.

    A batch may have fields that all its events share: without a type, it is not an event.
    """
    if not isinstance(content, dict) or EVENT_FIELDS.isdisjoint(content):
        return False
    return "type" in content or not isinstance(content.get("batch"), list)


def destination_of(envelope: Message) -> Any:
    """The id of the destination that a transformer's envelope names, or None."""
    match envelope:
        case {"destination": {"ID": named}} if named:
            return named
        case {"metadata": {"destinationId": named}}:
            return named
        case _:
            return None


def without_config(content: Any) -> Any:
    """An envelope without the destination's config, which can contain credentials."""
    match content:
        case {"message": _, "destination": dict(destination)}:
            return {**content, "destination": {"ID": destination.get("ID")}}
        case _:
            return content


def decode_json(text: str) -> Any:
    """Decode JSON; lone surrogates become replacement characters, and long numbers become text.

    Raises RejectedEvent when the text is not JSON.
    """
    try:
        return decode_exactly(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return decode_exactly(LONE_SURROGATE.sub(replace_surrogate, text))
    except orjson.JSONDecodeError as error:
        raise unreadable_error(f"not JSON at position {error.pos}") from None


def replace_surrogate(match: re.Match[str]) -> str:
    """A replacement for a lone surrogate, of the same length; other matches stay."""
    return r"\ufffd" if match[1] else match[0]


def unreadable_error(why: str) -> RejectedEvent:
    """The error of a body or a part of it that cannot be read."""
    return RejectedEvent(Code.UNREADABLE, why)


def encode_json(content: Any) -> str:
    """Encode as compact JSON, however deeply nested."""
    try:
        return orjson.dumps(content).decode()
    except orjson.JSONEncodeError:
        return COMPACT.encode(content)


def escape_for_sqs(body: str) -> str:
    """Escape the characters of JSON that SQS rejects, which does not change its meaning."""
    return NOT_FOR_SQS.sub(lambda match: f"\\u{ord(match[0]):04x}", body)
