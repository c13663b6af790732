"""Values at dotted paths are found, removed and set."""

from typing import Any

import pytest

from rudder_mixpanel.message.paths import find_value, put_value, without_value


@pytest.mark.parametrize(
    ("value", "dotted", "expected"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", 1),
        ({"a": {"b.c": 1}}, "a.b.c", 1),
        ({"a": {"b": {"c": 2}, "b.c": 1}}, "a.b.c", 2),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": [{"b": 1}]}, "a.0.b", 1),
        (["x"], "0", "x"),
        (["x"], "1", None),
        (["x", "y"], "01", None),
        (["x", "y"], "-1", None),
        (["x", "y"], "\u0661", None),
        ({"a": 1}, "a.b", None),
        ({"a": None}, "a.b", None),
        ({"a": {"b": None}}, "a.b", None),
        ({}, "a..b", None),
        ({"a": {"": {"b": 1}}}, "a..b", 1),
        ("a", "a", None),
        (None, "a", None),
    ],
)
def test_value_is_found(value: Any, dotted: str, expected: Any) -> None:
    """Paths may have keys with dots and indexes of lists, or lead nowhere."""
    assert find_value(value, dotted) == expected


@pytest.mark.parametrize(
    ("value", "dotted", "expected"),
    [
        ({"a": {"b": 1, "c": 2}}, "a.b", {"a": {"c": 2}}),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", {"a": {"b": 2}}),
        ({"a": {"b.c": 1}}, "a.b.c", {"a": {}}),
        ({"a": [1, 2]}, "a.0", {"a": [None, 2]}),
        ({"a": [{"b": 1, "c": 2}]}, "a.0.b", {"a": [{"c": 2}]}),
        ({"a": 1}, "b", {"a": 1}),
    ],
)
def test_value_is_removed(value: Any, dotted: str, expected: Any) -> None:
    """The value at the path is removed; in a list, null takes its place."""
    assert without_value(value, dotted) == expected


def test_removal_does_not_change_the_original() -> None:
    """The changed objects are copies."""
    original = {"a": {"b": {"c": 1}}}
    without_value(original, "a.b.c")
    assert original == {"a": {"b": {"c": 1}}}


@pytest.mark.parametrize(
    ("target", "dotted", "expected"),
    [
        ({}, "a", {"a": 1}),
        ({}, "a.b.c", {"a": {"b": {"c": 1}}}),
        ({"a": {"x": 0}}, "a.b", {"a": {"x": 0, "b": 1}}),
        ({"a": "scalar"}, "a.b", {"a": {"b": 1}}),
    ],
)
def test_value_is_put(target: dict[str, Any], dotted: str, expected: dict[str, Any]) -> None:
    """A dotted name creates nested objects, which replace other values."""
    put_value(target, dotted, 1)
    assert target == expected


def test_put_copies_objects_it_did_not_create() -> None:
    """A nested object of the message is not changed."""
    nested = {"x": 0}
    target = {"a": nested}
    put_value(target, "a.b", 1)
    put_value(target, "a.c", 2)
    assert (nested, target) == ({"x": 0}, {"a": {"x": 0, "b": 1, "c": 2}})
