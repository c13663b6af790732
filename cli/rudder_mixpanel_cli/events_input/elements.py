"""The JSON values of a long input, one after the other, in constant memory.

They are lines, values over several lines, and the elements of arrays of any length, also on a
single line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import orjson

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# JSON text has no line break: one that has no end on its line (an empty group) is broken.
TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[{}\[\]]')
OPENING: Final = (b"{", b"[")
CLOSING: Final = (b"}", b"]")
# What may stand before a value that begins on a line of its own, inside of another value.
BEFORE_A_VALUE: Final = (b",", b":", b"[")
# In an object, a name stands after a comma.
BEFORE_A_MEMBERS_VALUE: Final = (b":", b"[")

# A line is read in parts of this size. What it holds is split before it is decoded.
PART_BYTES: Final = 1_048_576
# A longer value holds no event that fits a record, and is not kept in memory.
ELEMENT_BYTES: Final = 8 * PART_BYTES
LINE_BREAK: Final = b"\n"
# What stands between two values.
BETWEEN: Final = b", \t\r\n"


@dataclass(frozen=True, slots=True)
class InputElement:
    """A JSON value, or a broken one, and the line on which it begins; None when it is too long."""

    line: int
    value: bytes | None


def read_elements(source: BinaryIO) -> Iterator[InputElement]:
    """Each value of an input, in order; of an array at its top level, each element."""
    reader = ElementReader()
    number, is_whole = 1, True
    while part := source.readline(PART_BYTES):
        begins, is_whole = is_whole, part.endswith(LINE_BREAK) or len(part) < PART_BYTES
        if number == 1 and begins:
            part = part.removeprefix(BYTE_ORDER_MARK)
        if begins and is_whole:
            yield from reader.read_line(part.strip(), number)
        else:
            yield from reader.read_part(part, number, is_last=is_whole)
        number += is_whole
    yield from reader.rest()


class ElementReader:
    """Splits lines, and parts of them, into values.

    `depth` counts the open brackets of the value that is being read, without that of the array
    around it. `cut` is the beginning of a text whose end is in the next part of the line.
    """

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self.line = self.last_line = 0
        self.depth = 0
        self.cut = b""

    def read_line(self, line: bytes, number: int) -> Iterator[InputElement]:
        """The values that end on a whole line."""
        if not line:
            return
        if self.parts and line.startswith(OPENING) and not self.is_open_for_value:
            # No value can begin here within another one, which therefore has no end.
            yield self.take()
        if not self.parts and is_json(element := line.removesuffix(b",")):
            yield InputElement(number, element)
        else:
            yield from self.read_part(line, number, is_last=True)

    @property
    def is_open_for_value(self) -> bool:
        """Whether another value may begin within the one that is being read."""
        is_in_object = self.depth == 1 and self.parts[0].startswith(b"{")
        return self.parts[-1].endswith(BEFORE_A_MEMBERS_VALUE if is_in_object else BEFORE_A_VALUE)

    def read_part(self, part: bytes, number: int, *, is_last: bool) -> Iterator[InputElement]:
        """The values that end in a part of a line; a text without an end on its line is broken."""
        text, self.cut = self.cut + part, b""
        start = 0
        for token in TOKEN.finditer(text):
            if token[1] == b"":
                if is_last or len(text) - token.start() > ELEMENT_BYTES:
                    self.append(text[start:].rstrip(), number)
                    yield self.take()
                    return
                self.cut = text[token.start() :]
                text = text[: token.start()]
                break
            if token[0] in OPENING:
                if self.is_outside and token[0] == b"[":
                    # The elements of an array are values of their own.
                    yield from self.end_loose(text[start : token.start()], number)
                    start = token.end()
                    continue
                self.depth += 1
            elif token[0] in CLOSING:
                if self.depth == 0:
                    # One that ends no array is a part of something broken.
                    end = token.start() if token[0] == b"]" else token.end()
                    yield from self.end_loose(text[start:end], number)
                    start = token.end()
                    continue
                self.depth -= 1
                if self.depth == 0:
                    self.append(text[start : token.end()], number)
                    yield self.take()
                    start = token.end()
        self.append(text[start:], number)
        if self.parts and self.depth == 0 and is_last:
            yield self.take()

    @property
    def is_outside(self) -> bool:
        """Whether no value is being read."""
        return self.depth == 0 and not self.parts

    def end_loose(self, text: bytes, number: int) -> Iterator[InputElement]:
        """What stands between brackets of arrays, unless it is nothing but a comma."""
        self.append(text.rstrip(BETWEEN), number)
        if self.parts:
            yield self.take()

    def rest(self) -> Iterator[InputElement]:
        """The value that has no end, if there is one."""
        if self.cut:
            self.append(self.cut, self.line or 1)
        if self.parts:
            yield self.take()

    def append(self, part: bytes, number: int) -> None:
        """Append a part of the value; of one that is too long, no more is kept."""
        if not self.parts:
            part = part.lstrip(BETWEEN)
            self.line = self.last_line = number
        if not part:
            return
        # Parts of one line may have been cut within a number.
        separator = LINE_BREAK if number > self.last_line else b""
        self.last_line = number
        self.size += len(part)
        if self.size <= ELEMENT_BYTES:
            self.parts.append(separator + part)
        else:
            # How a part ends tells whether the value goes on.
            self.parts = [part[-1:]]

    def take(self) -> InputElement:
        """What was read of the value."""
        value = b"".join(self.parts) if self.size <= ELEMENT_BYTES else None
        element = InputElement(self.line, value)
        self.parts, self.size, self.depth = [], 0, 0
        return element


def is_json(text: bytes) -> bool:
    """Whether a text is one JSON value."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
