"""JSON as a queue holds it: decoded and encoded, whatever a sender has put into it."""

import json
import re
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.message.exact_json import decode_exactly

# Python's own encoder, because orjson decodes deeper nesting than it encodes.
COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# Characters that SQS rejects in a body or an attribute: https://www.w3.org/TR/REC-xml/#charsets
NOT_FOR_SQS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# An escaped half of a surrogate pair, where a sender has cut an emoji in two. Escaped backslashes
# and whole pairs are matched first, so that the group matches only lone halves.
LONE_SURROGATE: Final = re.compile(
    r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})", re.IGNORECASE
)


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
