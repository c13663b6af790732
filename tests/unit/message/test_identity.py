"""The ids of users, devices and groups."""

from typing import Any

import pytest

from rudder_mixpanel.message.identity import usable_id

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
def test_placeholder_is_not_an_id(value: Any) -> None:
    """Mixpanel rejects these values, or merges different users on them."""
    assert usable_id(value) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_nan_and_infinity_are_not_ids(value: float) -> None:
    """JSON cannot express them, but decoders may return them."""
    assert usable_id(value) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [("u-1", "u-1"), (" u ", " u "), (42, "42"), (42.0, "42"), (4.5, "4.5"), (2**64, str(2**64))],
    ids=repr,
)
def test_id_is_text(value: Any, text: str) -> None:
    """Numbers are converted as in JavaScript."""
    assert usable_id(value) == text
