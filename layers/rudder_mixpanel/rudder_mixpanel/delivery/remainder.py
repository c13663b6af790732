"""What is left of a record, as the body of the one message that replaces it.

A record can hold many events, and an event needs several operations. What is delivered must not be
sent again, so the rest goes back to the queue: the events with the names of their operations.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from rudder_mixpanel.envelopes import (
    EnvelopeItem,
    Unreadable,
    decode_json,
    encode_json,
    read_events,
)
from rudder_mixpanel.errors import Code, RejectedEvent

# The message attribute that tells a remainder from what a sender put on the queue. Senders that the
# public reaches set no attributes.
REMAINDER: Final = "remainder"


class Part(NamedTuple):
    """An event of a record, or an unreadable part of it.

    `operations` names the operations to do; empty means all.
    """

    item: EnvelopeItem
    operations: frozenset[str] = frozenset()


def read_parts(
    body: str, *, destination_id: str | None = None, is_remainder: bool = False
) -> list[Part]:
    """Every part of a record's body, in order, whether it is a remainder or came from a sender."""
    if is_remainder and (parts := remaining_parts(body)):
        return parts
    return [Part(item) for item in read_events(body, destination_id=destination_id)]


def remaining_parts(body: str) -> list[Part]:
    """The parts of a remainder; none for a body that `write_parts` has not written."""
    try:
        return [read_part(entry) for entry in decode_json(body)["remainder"]]
    except (RejectedEvent, TypeError, KeyError):
        return []


def read_part(entry: Any) -> Part:
    """One part. Raises TypeError or KeyError for what `write_part` has not written."""
    if "text" in entry:
        return Part(Unreadable(str(entry["text"]), str(entry["why"]), Code[entry["code"]]))
    event = entry["event"]
    if not isinstance(event, dict):
        raise TypeError("expected an object")
    return Part(event, frozenset(map(str, entry["operations"])))


def write_parts(parts: Iterable[Part]) -> str:
    """The body of a remainder with these parts."""
    return f'{{"remainder":[{",".join(map(write_part, parts))}]}}'


def write_part(part: Part) -> str:
    """The JSON of one part."""
    if isinstance(item := part.item, Unreadable):
        # Read alone, it might be taken for something else than it was in its place.
        return encode_json({"text": item.body, "why": item.why, "code": item.code})
    operations = encode_json(sorted(part.operations))
    return f'{{"event":{encode_json(item)},"operations":{operations}}}'
