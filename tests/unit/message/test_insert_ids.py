"""The `$insert_id` of an event."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.insert_ids import (
    LEGAL_INSERT_ID,
    content_hash,
    insert_id,
    legal_hash,
)
from tests.build import track


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
def test_legal_message_id_is_the_insert_id(message_id: Any, expected: str) -> None:
    """Its last 36 characters, as RudderStack sends them."""
    assert insert_id({"messageId": message_id}, 1) == expected


@pytest.mark.parametrize("message_id", ["a:b", "a b", "é", "m-1\n", "x" + "0" * 35 + ":"])
def test_illegal_message_id_is_hashed(message_id: str) -> None:
    """The same text makes the same legal id, whatever the other fields."""
    first = insert_id({"messageId": message_id, "event": "A"}, 1)
    assert first == insert_id({"messageId": message_id, "event": "B"}, 2)
    assert LEGAL_INSERT_ID.fullmatch(first)


def test_message_id_with_a_placeholder_at_its_end_is_hashed() -> None:
    """Mixpanel would reject its last 36 characters."""
    message_id = "x-00000000-0000-0000-0000-000000000000"
    assert insert_id({"messageId": message_id}, 1) != message_id[-36:]


@pytest.mark.parametrize(
    "message_id", [None, "", "null", "undefined", 0, True, [], {}, ["m"]], ids=repr
)
def test_messages_without_an_id_differ_by_their_content(message_id: Any) -> None:
    """Messages with the same placeholder are not duplicates of each other."""
    first, second = track(event="A"), track(event="B")
    first["messageId"] = second["messageId"] = message_id
    assert insert_id(first, 1) != insert_id(second, 1)


def test_messages_without_an_id_differ_by_their_time() -> None:
    """The hash includes the final time."""
    assert insert_id({"event": "A"}, 1) != insert_id({"event": "A"}, 2)


def test_insert_id_does_not_depend_on_the_order_of_keys() -> None:
    """The same message with its keys in another order is a duplicate."""
    assert insert_id({"a": 1, "b": 2}, 1) == insert_id({"b": 2, "a": 1}, 1)


def test_insert_id_of_a_product_is_not_that_of_another_message() -> None:
    """A hash of `m-1 0` as one text is not the hash of its two parts."""
    assert legal_hash("m-1", 0) != insert_id({"messageId": "m-1 0"}, 1)


@given(st.lists(st.text(' ,"[]a')), st.lists(st.text(' ,"[]a')))
def test_hashes_of_different_contents_differ(one: list[str], other: list[str]) -> None:
    """However the texts are split."""
    assert (content_hash(*one) == content_hash(*other)) is (one == other)


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none())
def test_insert_id_is_always_legal(message_id: Any) -> None:
    """For every messageId."""
    result = insert_id({"messageId": message_id}, 1)
    assert LEGAL_INSERT_ID.fullmatch(result)
    assert usable_id(result) is not None
