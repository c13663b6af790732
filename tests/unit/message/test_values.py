"""JSON values are treated as JavaScript treats them."""

from typing import Any

import pytest

from rudder_mixpanel.message.values import as_object, has_content, is_sendable, js_text, truthy

NAN = float("nan")


@pytest.mark.parametrize("value", [1, -1, 0.5, "0", "false", " ", [], {}, [None], True])
def test_truthy(value: Any) -> None:
    """Empty lists and objects are true in JavaScript."""
    assert truthy(value)


@pytest.mark.parametrize("value", [0, 0.0, -0.0, "", None, False, NAN])
def test_not_truthy(value: Any) -> None:
    """Zero, empty text, null and NaN are false."""
    assert not truthy(value)


@pytest.mark.parametrize("value", [0, False, [], {}, " ", "a"])
def test_mapped_value_is_sendable(value: Any) -> None:
    """The rows of a table send 0, false, blank text and empty containers."""
    assert is_sendable(value)


@pytest.mark.parametrize("value", [None, ""])
def test_mapped_value_is_not_sendable(value: Any) -> None:
    """The rows of a table skip null and empty text."""
    assert not is_sendable(value)


@pytest.mark.parametrize("value", [0, False, "a", [None], {"a": None}])
def test_value_has_content(value: Any) -> None:
    """The lists of the settings take these values."""
    assert has_content(value)


@pytest.mark.parametrize("value", [None, "", " \t", [], {}, NAN])
def test_value_has_no_content(value: Any) -> None:
    """The lists of the settings skip these values."""
    assert not has_content(value)


@pytest.mark.parametrize(
    ("value", "text"),
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
def test_value_as_text(value: Any, text: str) -> None:
    """A value is converted to text as in JavaScript."""
    assert js_text(value) == text


@pytest.mark.parametrize(
    ("value", "expected"), [({"a": 1}, {"a": 1}), (["x"], {"0": "x"}), ("x", {})]
)
def test_value_as_object(value: Any, expected: dict[str, Any]) -> None:
    """A list becomes an object of its indexes, text an empty object."""
    assert as_object(value) == expected
