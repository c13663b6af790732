"""Removes the secrets of destinations from what is stored of a record that cannot be delivered.

RudderStack's transformer gets each event together with its destination's settings, which hold
credentials. They must not be stored, whatever is wrong with the envelope, and however it is packed.
"""

import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from rudder_mixpanel.envelopes.broken_text import (
    SECRET_FIELDS,
    names_secrets,
    remove_secret_values,
)
from rudder_mixpanel.envelopes.compression import GZIP, GZIP_FORMAT
from rudder_mixpanel.envelopes.json_text import decode_json, encode_json
from rudder_mixpanel.envelopes.shapes import is_event
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.message.identity import REMOVED

# Levels of JSON, of JSON in text and of base64 that are looked into: many more than envelopes have,
# and fewer than Python's limit.
LEVELS: Final = 64
# Limits on the bytes that are decoded of a record to look for secrets in them: more than are
# decompressed of it to read it, and base64 is decoded four times.
DECODED_RATIO: Final = 16
DECODED_BYTES: Final = 10 * 1_048_576
DECODED_AT_LEAST: Final = 8192
# Bytes of gzip that are decompressed at once
CHUNK: Final = 1024
# What a member of gzip counts as, in bytes, besides its content
MEMBER_COST: Final = 1024
# An event's own data, in which such names are no secrets, and its texts, which are no envelopes
EVENT_DATA: Final = frozenset({"properties", "traits", "context", "integrations"})
EVENT_TEXTS: Final = frozenset(
    {
        *("type", "event", "name", "category", "channel", "request_ip", "session_id"),
        *("userId", "anonymousId", "previousId", "groupId", "messageId", "rudderId"),
        *("timestamp", "originalTimestamp", "sentAt", "receivedAt"),
    }
)
# Shorter text holds no envelope with a secret.
SHORTEST: Final = 20
# Shorter base64, such as an id, is kept when nothing more may be decoded.
SHORTEST_UNSEEN: Final = 64
# Text in base64, also with what JSON encoders and mail make of its characters
BASE64: Final = re.compile(
    r"[\w+/=-]{20,}+(?:[\w+/=\r\n-]++|(?<!\\)\\++(?:[/rn]|u00(?:2[bBfF]|3[dD]|0[ADad])))*+",
    re.ASCII,
)
ESCAPED: Final = re.compile(r"\\++u00([0-9a-f]{2})|\\++[rn]|[\\\s]", re.IGNORECASE)
STANDARD: Final = str.maketrans("-_", "+/", "=")


def redact_body(body: str) -> str:
    """The body of a record without secrets; unchanged when there are none."""
    return Redactor.for_record(body).redact_text(body)


def redact_part(content: Any) -> str:
    """The JSON of an event, or of another part of a record, without secrets."""
    text = encode_json(content)
    if not may_hold_secrets(text):
        return text
    return Redactor.for_record(text).redact(content)


@dataclass(slots=True)
class Redactor:
    """Removes the secrets from the parts of one record, which share a limit of work."""

    bytes_left: int

    @classmethod
    def for_record(cls, body: str) -> Self:
        """One with the limit of a record of this size."""
        return cls(max(DECODED_AT_LEAST, min(DECODED_RATIO * len(body), DECODED_BYTES)))

    def redact(self, content: Any) -> str:
        """The JSON of a part without secrets."""
        text = encode_json(content)
        return encode_json(self.redact_value(content, LEVELS)) if may_hold_secrets(text) else text

    def redact_value(self, value: Any, levels: int) -> Any:
        """A value of JSON without secrets; an event keeps its own data."""
        match value:
            case str():
                return value if len(value) < SHORTEST else self.redact_text(value, levels - 1)
            case dict() | list() if levels <= 0:
                return REMOVED if may_hold_secrets(encode_json(value)) else value
            case list():
                return [self.redact_value(element, levels - 1) for element in value]
            case dict():
                own = own_data(value) if is_event(value) else {}
                others = {
                    name: self.redact_field(name, field, levels - 1)
                    for name, field in value.items()
                    if name not in own
                }
                # In the order of the fields
                return {**value, **others}
            case _:
                return value

    def redact_field(self, name: str, value: Any, levels: int) -> Any:
        """The value of a field without secrets."""
        if value and name.lower() in SECRET_FIELDS:
            return REMOVED
        return self.redact_value(value, levels)

    def redact_text(self, text: str, levels: int = LEVELS) -> str:
        """A text without secrets, whether it is JSON, base64, or what is left of them."""
        if not may_hold_secrets(text):
            return text
        if levels <= 0:
            return REMOVED
        try:
            content = decode_json(text)
        except RejectedEvent:
            content = text
        # A long number is decoded as text.
        if content == text:
            without_values = remove_secret_values(text)
            return BASE64.sub(lambda found: self.redact_base64(found[0], levels), without_values)
        redacted = self.redact_value(content, levels)
        return text if redacted == content else encode_json(redacted)

    def redact_base64(self, text: str, levels: int) -> str:
        """What may be base64 without secrets; it may begin at any of four characters."""
        characters = ESCAPED.sub(unescape, text).translate(STANDARD)
        for start in range(4):
            decoded, is_gzip = self.decode(characters[start:])
            if not may_hold_secrets(decoded.decode("latin-1")):
                continue
            content = decoded.decode(errors="replace")
            redacted = self.redact_text(content, levels - 1)
            if redacted != content:
                packed = gzip_of(redacted.encode()) if is_gzip else redacted.encode()
                return characters[:start] + b64encode(packed).decode()
        return text if self.bytes_left > 0 or len(text) < SHORTEST_UNSEEN else REMOVED

    def decode(self, characters: str) -> tuple[bytes, bool]:
        """What so much of base64 holds, decompressed, and whether it was compressed."""
        # A single character at the end is not even a byte.
        whole = characters[:-1] if len(characters) % 4 == 1 else characters
        content = b64decode(whole + "=" * (-len(whole) % 4))
        self.bytes_left -= len(content)
        is_gzip = content.startswith(GZIP)
        if is_gzip:
            content = b"".join(self.decompress(content))
        return content, is_gzip

    def decompress(self, content: bytes) -> Iterator[bytes]:
        """The content of gzip up to where it is broken, within the limit of work."""
        stream = zlib.decompressobj(GZIP_FORMAT)
        pending = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)][::-1]
        while pending and self.bytes_left > 0:
            chunk, before = pending.pop(), stream.copy()
            try:
                piece = stream.decompress(chunk, self.bytes_left)
            except zlib.error:
                if len(chunk) == 1:
                    return
                # Nothing was returned of what comes before the broken byte.
                stream, half = before, len(chunk) // 2
                pending += chunk[half:], chunk[:half]
                continue
            yield piece
            self.bytes_left -= len(piece)
            if stream.eof:
                pending += filter(None, [stream.unused_data.lstrip(b"\0")])
                stream = zlib.decompressobj(GZIP_FORMAT)
                self.bytes_left -= MEMBER_COST


def own_data(event: dict[str, Any]) -> dict[str, Any]:
    """The fields of an event that are its own, and hold no settings."""
    return {
        name: value
        for name, value in event.items()
        if name in EVENT_DATA or (name in EVENT_TEXTS and not isinstance(value, dict | list))
    }


def may_hold_secrets(text: str) -> bool:
    """Whether a text has the name of a field that holds secrets, or base64, which hides names."""
    return names_secrets(text) or BASE64.search(text) is not None


def unescape(escape: re.Match[str]) -> str:
    """The character of base64 that an escape stands for; nothing for the end of a line."""
    return "" if escape[1] is None else chr(int(escape[1], 16)).strip()


def gzip_of(content: bytes) -> bytes:
    """The content in gzip."""
    stream = zlib.compressobj(wbits=GZIP_FORMAT)
    return stream.compress(content) + stream.flush()
