"""Who an event is about, and how its copies are told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.identity import LEGAL_INSERT_ID, insert_id, usable_id
from tests.build import track

JUNK = [
    "",
    " ",
    "null",
    "NULL",
    " undefined ",
    "Anonymous",
    "n/a",
    "0",
    "-1",
    "[]",
    "{}",
    "<nil>",
    "true",
    "00000000-0000-0000-0000-000000000000",
]


@pytest.mark.parametrize(
    "value", [*JUNK, None, 0, -1, 0.0, True, False, [], {}, ["a"], {"a": 1}], ids=repr
)
def test_what_stands_for_nobody_is_no_id(value: Any) -> None:
    """Mixpanel refuses these, or merges strangers on them."""
    assert usable_id(value) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_no_id(value: float) -> None:
    """JSON has none of these, but decoders do."""
    assert usable_id(value) is None


@pytest.mark.parametrize(
    ("value", "spelled"),
    [("u-1", "u-1"), (" u ", " u "), (42, "42"), (42.0, "42"), (4.5, "4.5"), (2**64, str(2**64))],
    ids=repr,
)
def test_id_is_text(value: Any, spelled: str) -> None:
    """Numbers are spelled as JavaScript spells them."""
    assert usable_id(value) == spelled


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("m-1", "m-1"),
        (7, "7"),
        (7.0, "7"),
        ("x" * 40, "x" * 36),
        ("é" + "x" * 36, "x" * 36),
    ],
    ids=repr,
)
def test_legal_message_id_is_sent_as_it_is(message_id: Any, expected: str) -> None:
    """Its last 36 characters, as RudderStack sends them."""
    assert insert_id({"messageId": message_id}, 1) == expected


@pytest.mark.parametrize("message_id", ["a:b", "a b", "é", "m-1\n", "x" + "0" * 35 + ":"])
def test_illegal_message_id_is_hashed(message_id: str) -> None:
    """The same text makes the same legal id, whatever else the message says."""
    first = insert_id({"messageId": message_id, "event": "A"}, 1)
    assert first == insert_id({"messageId": message_id, "event": "B"}, 2)
    assert LEGAL_INSERT_ID.fullmatch(first)


def test_end_of_a_message_id_is_no_junk() -> None:
    """Where the last 36 characters would be refused, all of them are hashed."""
    message_id = "x-00000000-0000-0000-0000-000000000000"
    assert insert_id({"messageId": message_id}, 1) != message_id[-36:]


@pytest.mark.parametrize(
    "message_id", [None, "", "null", "undefined", 0, True, [], {}, ["m"]], ids=repr
)
def test_messages_without_an_id_are_told_apart_by_what_they_say(message_id: Any) -> None:
    """A placeholder that each message carries must not make all of them one."""
    first, second = track(event="A"), track(event="B")
    first["messageId"] = second["messageId"] = message_id
    assert insert_id(first, 1) != insert_id(second, 1)


def test_message_without_an_id_is_told_from_itself_at_another_time() -> None:
    """Its final time is a part of what is hashed."""
    assert insert_id({"event": "A"}, 1) != insert_id({"event": "A"}, 2)


def test_order_of_keys_is_no_matter() -> None:
    """A producer that writes the same message in another order sends a copy."""
    assert insert_id({"a": 1, "b": 2}, 1) == insert_id({"b": 2, "a": 1}, 1)


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none())
def test_insert_id_is_always_legal(message_id: Any) -> None:
    """Whatever the messageId is."""
    made = insert_id({"messageId": message_id}, 1)
    assert LEGAL_INSERT_ID.fullmatch(made)
    assert usable_id(made) is not None
