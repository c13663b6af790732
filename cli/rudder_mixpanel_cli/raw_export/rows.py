"""Reads the rows of a raw export from its bytes.

The export has a JSON object a line, and no end marker: only the last line shows that it ended
early. Some rows take several lines.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

# Mixpanel takes events up to 1 MB. A line that is no row and is not completed within these limits
# never will be.
ROW_BYTES: Final = 4 * 1024 * 1024
ROW_LINES: Final = 1000
# The last line of an export that Mixpanel gave up: `terminated early`, `export terminated early`.
ENDED_EARLY: Final = b"terminated early"

type Row = dict[str, Any]


class BrokenExport(Exception):
    """An export is not whole; the text says what is wrong with it, without any data."""


def read_rows(chunks: Iterable[bytes]) -> Iterator[Row]:
    """The rows in the bytes of an export. Raises BrokenExport, at the latest at its end."""
    unfinished: list[bytes] = []
    for line in split_lines(chunks):
        if not unfinished and not line.strip():
            continue
        row = parsed(line)
        if is_row(row) and not unfinished:
            yield row
            continue
        # No row can be a part of another one: the quotes in it would end the text around it.
        if is_row(row) or (row is not None and not unfinished):
            reason = reason_of([*unfinished, line], "it has a line that is not an event")
            raise BrokenExport(reason)
        unfinished.append(line)
        check_size(unfinished)
        if (joined := joined_row(unfinished)) is not None:
            yield joined
            unfinished = []
    if unfinished:
        raise BrokenExport(reason_of(unfinished, "its last line is not whole"))


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines without their line feeds, which alone end them: a text may have other breaks."""
    rest = bytearray()
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest += first
        if len(rest) > ROW_BYTES:
            raise BrokenExport("it has a line that is longer than any event")
        if others:
            yield bytes(rest)
            yield from others[:-1]
            rest = bytearray(others[-1])
    yield bytes(rest)


def parsed(line: bytes) -> Any:
    """The JSON value in a line; None for what is none."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def is_row(value: Any) -> bool:
    """Whether a JSON value is a row."""
    return isinstance(value, dict) and "event" in value and "properties" in value


def check_size(lines: list[bytes]) -> None:
    """Raise BrokenExport for lines that can be no row, however many follow."""
    if len(lines) > ROW_LINES or sum(map(len, lines)) > ROW_BYTES:
        raise BrokenExport("it has lines that are not an event")


def joined_row(lines: list[bytes]) -> Row | None:
    """The row that several lines are together; None as long as they are none.

    A text with raw line breaks has them; a row that was split has none.
    """
    if not lines[-1].rstrip().endswith(b"}"):
        return None
    with_breaks = lenient(b"\n".join(lines))
    if with_breaks is not None and not has_broken_names(with_breaks):
        return with_breaks
    without_breaks = lenient(b"".join(lines))
    return with_breaks if without_breaks is None else without_breaks


def lenient(text: bytes) -> Row | None:
    """The row in a text with raw control characters; None for anything else."""
    try:
        row = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return row if is_row(row) else None


def has_broken_names(row: Row) -> bool:
    """Whether a line break is where none was sent: in the name of a property or in an id."""
    properties = row["properties"]
    if not isinstance(properties, dict):
        return False
    values = (properties.get("$insert_id"), properties.get("distinct_id"), *row, *properties)
    return any("\n" in value for value in values if isinstance(value, str))


def reason_of(lines: list[bytes], otherwise: str) -> str:
    """What to say about lines that are no row."""
    is_given_up = any(ENDED_EARLY in line for line in lines[-2:])
    return "Mixpanel ended it early" if is_given_up else otherwise
