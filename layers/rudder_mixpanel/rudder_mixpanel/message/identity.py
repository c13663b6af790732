"""The ids of an event: of its user, and its `$insert_id`, by which Mixpanel drops duplicates."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from typing import Any, Final

import orjson

from rudder_mixpanel.message.paths import path, value_at
from rudder_mixpanel.message.values import js_text

# Placeholders that identify nobody. Mixpanel rejects them on events, and users would merge on them.
# https://developer.mixpanel.com/reference/import-events#propertiesdistinct_id
JUNK: Final = frozenset(
    {
        "",
        "00000000-0000-0000-0000-000000000000",
        "anon",
        "anonymous",
        "nil",
        "none",
        "null",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "<nil>",
        "0",
        "-1",
        "true",
        "false",
        "[]",
        "{}",
        "lmy47d",
    }
)
# The fields of a message that identify users.
ID_FIELDS: Final = ("userId", "anonymousId", "previousId")
# https://developer.mixpanel.com/reference/import-events#propertiesinsert_id
INSERT_ID_LENGTH: Final = 36
OWN_INSERT_ID: Final = path("properties.$insert_id")
LEGAL_INSERT_ID: Final = re.compile(r"[A-Za-z0-9-]{1,36}")
# For what orjson does not encode: text that is not UTF-8, and large numbers.
CANONICAL_JSON: Final = json.JSONEncoder(sort_keys=True)


def usable_id(value: Any) -> str | None:
    """An id as text; None when it is missing, not text or a number, or a placeholder."""
    if type(value) is str:
        return None if value.strip().lower() in JUNK else value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and not isfinite(value):
        return None
    text = js_text(value)
    return None if text.strip().lower() in JUNK else text


def ids_named_by(message: Mapping[str, Any]) -> frozenset[str]:
    """All usable ids of a message, however it is mapped."""
    ids = (usable_id(message.get(field)) for field in ID_FIELDS)
    return frozenset(user_id for user_id in ids if user_id is not None)


def insert_id(message: Mapping[str, Any], time: int) -> str:
    """A legal `$insert_id`, the same for every copy of the message.

    The last 36 characters of the messageId, as RudderStack sends them, if those are legal, else a
    hash of it. Without a messageId, or with a placeholder that other messages share, the message's
    property `$insert_id`, else a hash of the message and its final time.
    """
    message_id = message.get("messageId")
    if type(message_id) is not str:
        message_id = usable_id(message_id) or ""
    last = message_id[-INSERT_ID_LENGTH:]
    if LEGAL_INSERT_ID.fullmatch(last) and last.lower() not in JUNK:
        return last
    if usable_id(message_id) is not None:
        return legal_hash(message_id)
    own = value_at(message, OWN_INSERT_ID)
    if type(own) is str and usable_id(own) and LEGAL_INSERT_ID.fullmatch(own):
        return own
    return legal_hash(message, time)


def legal_hash(*content: Any) -> str:
    """A hash of JSON values as a legal `$insert_id`."""
    return content_hash(*content)[:INSERT_ID_LENGTH]


def content_hash(*content: Any) -> str:
    """A hash of JSON values: other values, or the same split in another way, have another hash."""
    try:
        encoded = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        encoded = CANONICAL_JSON.encode(content).encode()
    return sha256(encoded).hexdigest()
