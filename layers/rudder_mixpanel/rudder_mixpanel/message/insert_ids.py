"""The `$insert_id` of an event, by which Mixpanel drops duplicates."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import orjson

from rudder_mixpanel.message.identity import JUNK, usable_id
from rudder_mixpanel.message.paths import path, value_at

# https://developer.mixpanel.com/reference/import-events#propertiesinsert_id
INSERT_ID_LENGTH: Final = 36
OWN_INSERT_ID: Final = path("properties.$insert_id")
LEGAL_INSERT_ID: Final = re.compile(r"[A-Za-z0-9-]{1,36}")
# For what orjson does not encode: text that is not UTF-8, and large numbers.
CANONICAL_JSON: Final = json.JSONEncoder(sort_keys=True)


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
