"""What is left of a record, as a body."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.remainder import Part, read_parts, write_parts
from rudder_mixpanel.envelopes import EVENTS_OF_A_RECORD, Unreadable, read_events
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
    assert read_parts(write_parts(parts)) == parts


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_a_senders_body_asks_for_all_operations(events: list[Any]) -> None:
    """Each event is a part."""
    assert read_parts(json.dumps(events)) == [Part(event) for event in events]


def test_an_unreadable_part_stays_unreadable() -> None:
    """With its reason, although only its text is written."""
    body = json.dumps([7, {"message": track(), "destination": {"ID": "other"}}])
    items = read_events(body, destination_id="ours")
    parts = read_parts(write_parts(map(Part, items)), destination_id="ours")
    assert ([part.item for part in parts], [item.code for item in items]) == (  # type: ignore[union-attr]
        items,
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
        '{"remainder":[{"text":7}]}',
        '{"remainder":["text"]}',
        '{"remainder":[',
        '{"remainder":[' + ",".join(['{"text":"0"}'] * (EVENTS_OF_A_RECORD + 1)) + "]}",
        '{"remainder":[{"text":"[0' + ",0" * (EVENTS_OF_A_RECORD - 1) + ']"},{"text":"0"}]}',
    ],
)
def test_what_was_not_written_here_is_one_unreadable_part(body: str) -> None:
    """Anybody can send a body that begins like a remainder."""
    ((item, text),) = [(part.item, body) for part in read_parts(body)]
    assert isinstance(item, Unreadable)
    assert item.body == text


def test_an_event_within_a_record_is_never_a_remainder() -> None:
    """A public sender cannot name operations: what it sends is inside a batch."""
    inner = {"remainder": [{"event": track(), "operations": ["x"]}]}
    assert [type(part.item) for part in read_parts(json.dumps({"batch": [inner]}))] == [Unreadable]
