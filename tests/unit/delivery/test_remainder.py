"""What is left of a record, as a body."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.remainder import Part, read_parts, write_parts
from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.errors import Code
from tests.build import track

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
EVENTS = st.fixed_dictionaries({"type": JSON}, optional={"properties": JSON, "batch": JSON})
PARTS = st.builds(Part, EVENTS, st.frozensets(st.text(), max_size=3))


@given(st.lists(PARTS, min_size=1, max_size=5))
def test_parts_are_read_as_they_were_written(parts: list[Part]) -> None:
    """In order, with the names of their operations, whatever the events contain."""
    assert read_parts(write_parts(parts), is_remainder=True) == parts


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_a_senders_body_asks_for_all_operations(events: list[Any]) -> None:
    """Each event is a part."""
    assert read_parts(json.dumps(events)) == [Part(event) for event in events]


def test_an_unreadable_part_stays_unreadable() -> None:
    """With its code and reason: read alone, an event for another stack would be one for this."""
    body = json.dumps([7, {"message": track(), "destination": {"ID": "other"}}])
    parts = read_parts(body, destination_id="ours")
    codes = [part.item.code for part in parts if isinstance(part.item, Unreadable)]
    assert (read_parts(write_parts(parts), is_remainder=True), codes) == (
        parts,
        [Code.UNREADABLE, Code.WRONG_DESTINATION],
    )


@pytest.mark.parametrize(
    "body",
    [
        '{"remainder":[]}',
        '{"remainder":[7]}',
        '{"remainder":[{"event":7,"operations":[]}]}',
        '{"remainder":[{"event":{},"operations":7}]}',
        '{"remainder":[{"event":{}}]}',
        '{"remainder":[{"text":"7"}]}',
        '{"remainder":[{"text":"7","why":"","code":"NO_CODE"}]}',
        '{"remainder":["text"]}',
        '{"remainder":7}',
        '{"remainder":[',
        "7",
    ],
)
def test_what_was_not_written_here_is_one_unreadable_part(body: str) -> None:
    """Any sender of SQS can set the attribute."""
    parts = read_parts(body, is_remainder=True)
    assert [type(part.item) for part in parts] == [Unreadable]


def test_the_body_of_a_sender_is_never_a_remainder() -> None:
    """Without the attribute, nobody can name operations to leave out."""
    body = write_parts([Part(track(), frozenset({"x"}))])
    assert [type(part.item) for part in read_parts(body)] == [Unreadable]
