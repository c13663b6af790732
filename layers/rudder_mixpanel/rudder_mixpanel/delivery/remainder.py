"""What is left of a record, as the body of the one message that replaces it.

A record can hold many events, and an event needs several operations. What is delivered must not be
sent again, so the rest goes back to the queue: the events with the names of their operations.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from rudder_mixpanel.envelopes import (
    EVENTS_OF_A_RECORD,
    EnvelopeItem,
    Unreadable,
    decode_json,
    encode_json,
    read_events,
)
from rudder_mixpanel.errors import RejectedEvent

# Only a whole body is a remainder: an event of a sender can never be mistaken for one.
PREFIX: Final = '{"remainder":['


@dataclass(frozen=True, slots=True)
class Part:
    """An event of a record, or an unreadable part of it.

    `operations` names the operations to do; empty means all.
    """

    item: EnvelopeItem
    operations: frozenset[str] = frozenset()


def read_parts(body: str, *, destination_id: str | None = None) -> list[Part]:
    """Every part of a record's body, in order, whether it is a remainder or came from a sender."""
    if body.startswith(PREFIX):
        try:
            parts = list(islice(remaining_parts(body, destination_id), EVENTS_OF_A_RECORD + 1))
        except (RejectedEvent, TypeError, KeyError):
            parts = []
        if 0 < len(parts) <= EVENTS_OF_A_RECORD:
            return parts
    return [Part(item) for item in read_events(body, destination_id=destination_id)]


def remaining_parts(body: str, destination_id: str | None) -> Iterator[Part]:
    """Yield the parts of a remainder.

    Raises RejectedEvent, TypeError or KeyError for a body that `write_parts` has not written.
    """
    for entry in decode_json(body)["remainder"]:
        if "text" in entry:
            yield from map(Part, read_events(entry["text"], destination_id=destination_id))
        else:
            yield Part(checked_event(entry["event"]), frozenset(map(str, entry["operations"])))


def checked_event(event: Any) -> dict[str, Any]:
    """The event of an entry. Raises TypeError when it is not an object."""
    if not isinstance(event, dict):
        raise TypeError("expected an object")
    return event


def write_parts(parts: Iterable[Part]) -> str:
    """The body of a remainder with these parts."""
    return f"{PREFIX}{','.join(map(write_part, parts))}]}}"


def write_part(part: Part) -> str:
    """The JSON of one part."""
    if isinstance(part.item, Unreadable):
        return encode_json({"text": part.item.body})
    operations = encode_json(sorted(part.operations))
    return f'{{"event":{encode_json(part.item)},"operations":{operations}}}'
