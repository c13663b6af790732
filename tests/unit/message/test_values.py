"""Where JavaScript and Python read JSON differently."""

from typing import Any

import pytest

from rudder_mixpanel.message.values import (
    as_object,
    find_value,
    has_content,
    is_sendable,
    js_text,
    put_value,
    truthy,
    without_value,
)

NAN = float("nan")


@pytest.mark.parametrize("value", [1, -1, 0.5, "0", "false", " ", [], {}, [None], True])
def test_truthy(value: Any) -> None:
    """Empty lists and objects are true in JavaScript."""
    assert truthy(value)


@pytest.mark.parametrize("value", [0, 0.0, -0.0, "", None, False, NAN])
def test_not_truthy(value: Any) -> None:
    """Nothing else is false in it."""
    assert not truthy(value)


@pytest.mark.parametrize("value", [0, False, [], {}, " ", "a"])
def test_mapped_value_says_something(value: Any) -> None:
    """The mapping's rows send 0, false and empty containers."""
    assert is_sendable(value)


@pytest.mark.parametrize("value", [None, ""])
def test_mapped_value_says_nothing(value: Any) -> None:
    """They pass over the rest."""
    assert not is_sendable(value)


@pytest.mark.parametrize("value", [0, False, "a", [None], {"a": None}])
def test_filled(value: Any) -> None:
    """Lists of settings take these."""
    assert has_content(value)


@pytest.mark.parametrize("value", [None, "", " \t", [], {}, NAN])
def test_not_filled(value: Any) -> None:
    """They leave these where they are."""
    assert not has_content(value)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (1.0, "1"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (1e16, "10000000000000000"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (1e-5, "1e-5"),
        (12345678901234567890, "12345678901234567890"),
        ([1, [None, "a"], {}], "1,,a,[object Object]"),
        ({"a": 1}, "[object Object]"),
    ],
)
def test_text(value: Any, spelled: str) -> None:
    """A value is spelled as JavaScript spells it."""
    assert js_text(value) == spelled


@pytest.mark.parametrize(("value", "made"), [({"a": 1}, {"a": 1}), (["x"], {"0": "x"}), ("x", {})])
def test_as_object(value: Any, made: dict[str, Any]) -> None:
    """A list spreads by its indexes; text says nothing."""
    assert as_object(value) == made


@pytest.mark.parametrize(
    ("value", "dotted", "found"),
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
def test_find(value: Any, dotted: str, found: Any) -> None:
    """Keys with dots, numbers in lists, and dead ends."""
    assert find_value(value, dotted) == found


@pytest.mark.parametrize(
    ("value", "dotted", "left"),
    [
        ({"a": {"b": 1, "c": 2}}, "a.b", {"a": {"c": 2}}),
        ({"a.b": 1, "a": {"b": 2}}, "a.b", {"a": {"b": 2}}),
        ({"a": {"b.c": 1}}, "a.b.c", {"a": {}}),
        ({"a": [1, 2]}, "a.0", {"a": [None, 2]}),
        ({"a": [{"b": 1, "c": 2}]}, "a.0.b", {"a": [{"c": 2}]}),
        ({"a": 1}, "b", {"a": 1}),
    ],
)
def test_without(value: Any, dotted: str, left: Any) -> None:
    """What was found is gone; null stands for it in a list."""
    assert without_value(value, dotted) == left


def test_without_changes_nothing_of_the_original() -> None:
    """The copy shares only what is not changed."""
    original = {"a": {"b": {"c": 1}}}
    without_value(original, "a.b.c")
    assert original == {"a": {"b": {"c": 1}}}


@pytest.mark.parametrize(
    ("target", "dotted", "made"),
    [
        ({}, "a", {"a": 1}),
        ({}, "a.b.c", {"a": {"b": {"c": 1}}}),
        ({"a": {"x": 0}}, "a.b", {"a": {"x": 0, "b": 1}}),
        ({"a": "scalar"}, "a.b", {"a": {"b": 1}}),
    ],
)
def test_put(target: dict[str, Any], dotted: str, made: dict[str, Any]) -> None:
    """A dotted name nests; what was no object makes way."""
    put_value(target, dotted, 1)
    assert target == made


def test_put_copies_what_it_did_not_make() -> None:
    """A nested object that belongs to the message stays as it was."""
    nested = {"x": 0}
    target = {"a": nested}
    put_value(target, "a.b", 1)
    put_value(target, "a.c", 2)
    assert (nested, target) == ({"x": 0}, {"a": {"x": 0, "b": 1, "c": 2}})
