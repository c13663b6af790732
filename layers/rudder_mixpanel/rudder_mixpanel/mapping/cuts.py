"""What Mixpanel cuts without an error: long texts and names, and large lists and objects.

https://docs.mixpanel.com/docs/data-structure/property-reference/data-type
"""

import re
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mixpanel.operations import Payload

# Bytes of a text or name. Mixpanel's pages say characters and bytes; bytes are the lower limit.
TEXT_BYTES: Final = 255
# No character takes more bytes in UTF-8.
CHARACTER_BYTES: Final = 4
# From quote to quote in steps of at most 256 bytes, as far as possible; then 256 without a quote.
LONG_RUN: Final = re.compile(rb'(?s)(?>.{0,%d}")*+.{%d}' % (TEXT_BYTES, TEXT_BYTES + 1)).match
ESCAPED_QUOTE: Final = b'\\"'
BACKSLASH: Final = ord("\\")
# Bytes of a list or object that is a property of an event, or of a profile
EVENT_VALUE_BYTES: Final = 8 * 1024
PROFILE_VALUE_BYTES: Final = 256 * 1024


def may_be_cut(encoded: bytes, most_bytes: int) -> bool:
    """Whether a JSON may contain something that Mixpanel cuts; nearly always it does not.

    `most_bytes` limits each list and object. A text that is too long has 256 bytes without a quote,
    unless it has quotes of its own. This takes a tenth of the time of a walk through the values.
    """
    size = len(encoded)
    return size > TEXT_BYTES and (
        LONG_RUN(encoded) is not None
        or size > most_bytes
        or (BACKSLASH in encoded and ESCAPED_QUOTE in encoded)
    )


def find_cut_texts(payload: Payload) -> list[LeftOut]:
    """One reason for each text and name of an event or update that is too long, at any depth."""
    found = [LeftOut.NAME] if is_long(payload.get("event", "")) else []
    remaining = [value for name, value in payload.items() if name != "event"]
    while remaining:
        value = remaining.pop()
        if isinstance(value, str):
            if is_long(value):
                found.append(LeftOut.TEXT)
        elif isinstance(value, dict):
            found += [LeftOut.NAME for name in value if is_long(name)]
            remaining += value.values()
        elif isinstance(value, list):
            remaining += value
    return found


def find_large_values(properties: dict[str, Any], most_bytes: int) -> list[LeftOut]:
    """One reason for each list and each object among the properties that is too large."""
    return [
        LeftOut.VALUE
        for value in properties.values()
        if isinstance(value, dict | list) and len(orjson.dumps(value)) > most_bytes
    ]


def is_long(text: str) -> bool:
    """Whether Mixpanel may cut a text or name."""
    return len(text) * CHARACTER_BYTES > TEXT_BYTES and len(text.encode()) > TEXT_BYTES


def check_id(value: str, field: str) -> None:
    """Raise RejectedEvent when Mixpanel may cut an id.

    Users or groups whose ids begin alike would become one.
    """
    if is_long(value):
        why = f"expected an id of at most {TEXT_BYTES} bytes"
        raise RejectedEvent(Code.ID_TOO_LONG, why, field)
