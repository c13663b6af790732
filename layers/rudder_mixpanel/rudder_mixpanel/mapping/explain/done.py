"""What was done to a value on its way, and what Mixpanel does to it, in words."""

from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel.mapping.cuts import (
    EVENT_VALUE_BYTES,
    PROFILE_VALUE_BYTES,
    find_cut_texts,
    find_large_values,
)
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.reserved import WRITTEN_ON_EVENTS, WRITTEN_ON_PROFILES
from rudder_mixpanel.message.identity import DEVICE

CUT: Final = {
    LeftOut.TEXT: "Mixpanel cuts a text after 255 bytes",
    LeftOut.NAME: "Mixpanel cuts a name after 255 bytes",
    LeftOut.VALUE: "Mixpanel may cut it, as it is larger than {} KB",
}


def conversion(original: Any, sent: Any) -> Iterator[str]:
    """How a value of the message was converted to the one that is sent."""
    if isinstance(sent, list) and not isinstance(original, list):
        yield "as a list of one"
        original = [original]
    if isinstance(sent, str) and isinstance(original, str):
        yield from changed_text(original, sent)
    elif isinstance(sent, str):
        yield "as text"
    elif counts_as_number(sent) and isinstance(original, str):
        yield "as a number"
    elif isinstance(sent, list) and count_texts(sent) != count_texts(original):
        yield "as text"


def changed_text(original: str, sent: str) -> Iterator[str]:
    """How a text was changed."""
    if sent == original:
        return
    if original.strip().startswith(DEVICE):
        yield f"without the prefix {DEVICE}"
    else:
        yield "the first address in it"


def counts_as_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def count_texts(values: list[Any]) -> int:
    """How many of these values are text."""
    return sum(isinstance(value, str) for value in values)


def changes(name: str, value: Any, inner: str, *, is_ahead: bool) -> Iterator[str]:
    """What Mixpanel does to a property; `is_ahead` when the event's time is after its arrival."""
    in_event = inner == "properties"
    if name in (WRITTEN_ON_EVENTS if in_event else WRITTEN_ON_PROFILES):
        yield "Mixpanel writes a value of its own under this name"
    if in_event and name == "time" and is_ahead:
        yield "Mixpanel replaces it by the time of arrival"
    properties, most_bytes = {name: value}, EVENT_VALUE_BYTES if in_event else PROFILE_VALUE_BYTES
    found = {*find_cut_texts({inner: properties}), *find_large_values(properties, most_bytes)}
    yield from (words.format(most_bytes // 1024) for cut, words in CUT.items() if cut in found)
