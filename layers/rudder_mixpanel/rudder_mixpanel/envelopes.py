"""An SQS body becomes the RudderStack events in it, whatever wrapped them."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

type Message = dict[str, Any]

# What only a RudderStack event has at its top, so that a stray object is not taken for one.
MARKS: Final = frozenset(
    {"type", "messageId", "userId", "anonymousId", "event", "properties", "traits", "context"}
)
# An envelope in an envelope is normal (EventBridge around a batch); a matryoshka is an attack.
DEEPEST_ENVELOPE: Final = 4
# Python's own encoder, because orjson's goes less deep than what it reads.
COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# JSON's spelling of half a character, where a sender has cut an emoji in two. Escaped backslashes
# and whole pairs are matched first, so that only a half is left for the group.
HALF_CHARACTER: Final = re.compile(
    r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body, or a part of one, in which no event could be found, and why."""

    body: str
    why: str


def events_in(body: str) -> list[Message | Unreadable]:
    """Every event of a record, in order, and whatever in it could not be read.

    Known shapes: a bare event, an array, `{"batch": […]}` and EventBridge's `detail`, also one
    inside the other.
    """
    try:
        content = decode(body)
    except orjson.JSONDecodeError as error:
        return [Unreadable(body, f"not JSON at position {error.pos}")]
    return unwrap(content, DEEPEST_ENVELOPE)


def decode(body: str) -> Any:
    """JSON's value; half a character becomes a replacement character."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return orjson.loads(HALF_CHARACTER.sub(whole, body))


def whole(found: re.Match[str]) -> str:
    """What is to stand for a match, as long as it."""
    return r"\ufffd" if found[1] else found[0]


def unwrap(content: Any, deepest: int) -> list[Message | Unreadable]:
    """The events in a decoded body."""
    if deepest < 0:
        return [unreadable(content, f"envelopes nested deeper than {DEEPEST_ENVELOPE}")]
    match content:
        case list():
            return [event for item in content for event in unwrap(item, deepest - 1)]
        case {"batch": list() as batch} if "type" not in content:
            return unwrap(batch, deepest)
        case {"detail-type": str(), "source": str(), "detail": detail}:
            return unwrap(detail, deepest - 1)
        case dict() if not MARKS.isdisjoint(content):
            return [content]
    return [unreadable(content, "neither an event nor a known envelope")]


def unreadable(content: Any, why: str) -> Unreadable:
    """A decoded part in which there is no event."""
    return Unreadable(encode(content), why)


def encode(content: Any) -> str:
    """JSON again, compact, as deep as it came."""
    return COMPACT.encode(content)
