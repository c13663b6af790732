"""JSON is decoded without rounding its whole numbers."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.exact_json import LARGEST, SMALLEST, decode_exactly

WHOLE_NUMBERS = st.integers(-(10**30), 10**30) | st.integers(-(2**65), 2**65)
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE_NUMBERS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('a1é\\"'), inner),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345678901234567890123", "12345678901234567890123"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("18446744073709551616", "18446744073709551616"),
        ("-9223372036854775808", -(2**63)),
        ("18446744073709551615", 2**64 - 1),
        ("9007199254740993", 9007199254740993),
        ("12345678901234567890123.5", 12345678901234567890123.5),
        ("1e22", 1e22),
        ('"12345678901234567890123"', "12345678901234567890123"),
        ('{"a":[1,12345678901234567890]}', {"a": [1, 12345678901234567890]}),
    ],
)
def test_whole_number_keeps_its_digits(text: str, value: Any) -> None:
    """As a number if it has at most 64 bits, else as text."""
    assert (decoded := decode_exactly(text), type(decoded)) == (value, type(value))


def test_number_beyond_all_decoders_is_refused() -> None:
    """As in every other decoder, a number that is infinite as a float is not JSON."""
    with pytest.raises(orjson.JSONDecodeError):
        decode_exactly("9" * 400)


def test_text_that_is_not_json_is_refused() -> None:
    """With the error of the decoder."""
    with pytest.raises(orjson.JSONDecodeError):
        decode_exactly("{12345678901234567890123")


def exact(value: Any) -> Any:
    """The expected value: whole numbers of more than 64 bits as text."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    is_long = type(value) is int and not SMALLEST <= value <= LARGEST
    return str(value) if is_long else value


@given(VALUES)
def test_everything_else_is_decoded_as_by_the_fast_decoder(value: Any) -> None:
    """Numbers with a fraction, texts and structures do not change."""
    assert decode_exactly(json.dumps(value)) == exact(value)
