"""Decodes JSON without rounding the whole numbers in it, which may be ids."""

import json
from typing import Any, Final

import orjson

# Decoders keep whole numbers of 64 bits, which have at most 20 digits; orjson rounds longer ones.
SMALLEST: Final = -(2**63)
LARGEST: Final = 2**64 - 1
MOST_DIGITS: Final = 20
DIGITS_TO_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
LONG_NUMBER: Final = b"0" * (MOST_DIGITS - 1)


def decode_exactly(text: str) -> Any:
    """Decode JSON; a whole number of more than 64 bits becomes text, with all its digits.

    Raises orjson.JSONDecodeError when the text is not JSON.
    """
    content = orjson.loads(text)
    # This looks at a kilobyte in a microsecond, a regular expression in ten.
    if LONG_NUMBER in text.encode().translate(DIGITS_TO_ZEROS):
        return json.loads(text, parse_int=read_whole_number)
    return content


def read_whole_number(digits: str) -> int | str:
    """A whole number if it has at most 64 bits, else its digits."""
    if len(digits.removeprefix("-")) > MOST_DIGITS:
        return digits
    number = int(digits)
    return number if SMALLEST <= number <= LARGEST else digits
