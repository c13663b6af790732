"""Events in files or on stdin: JSON lines, values over several lines, arrays and envelopes."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson
import typer

from rudder_mixpanel.envelopes import decode_json, encode_json
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel_cli.errors import UsageError

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
STDIN: Final = Path("-")
# JSON text has no line break: one that has no end on its line (an empty group) is broken.
TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[{}\[\]]')
OPENING: Final = (b"{", b"[")
CLOSING: Final = (b"}", b"]")
# What may stand before a value that begins on a line of its own, inside of another value.
BEFORE_A_VALUE: Final = (b",", b":", b"[")


@dataclass(frozen=True, slots=True)
class InputBody:
    """The body of one record, as a sender could put it on the queue, and where it was read.

    It is an event or an envelope. Broken JSON is a body, too: reading it says what is wrong.
    """

    body: bytes
    file: str
    line: int

    @property
    def place(self) -> str:
        """The place for an error message."""
        return f"{self.file}, line {self.line}"


def read_inputs(paths: Sequence[Path]) -> Iterator[InputBody]:
    """The bodies in all files, in order; those on stdin for `-`, or when no file is named.

    Raises UsageError for a file that cannot be read.
    """
    for path in paths or [STDIN]:
        with open_input(path) as source:
            yield from read_bodies(source, input_name(path))


def input_name(path: Path) -> str:
    """The name of an input in messages."""
    return "stdin" if path == STDIN else str(path)


@contextmanager
def open_input(path: Path) -> Iterator[BinaryIO]:
    """A file, or stdin; raises UsageError when it cannot be read."""
    if path == STDIN:
        if sys.stdin.isatty():
            typer.echo("Reading events from the terminal. Ctrl-D ends the input.", err=True)
        yield sys.stdin.buffer
        return
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def read_bodies(source: Iterable[bytes], file: str) -> Iterator[InputBody]:
    """The bodies in the lines of one input; of an array, each element is a body."""
    for line, value in read_values(source):
        for body in split_export(value):
            yield InputBody(body, file, line)


def split_export(value: bytes) -> Iterator[bytes]:
    """The bodies in an array or in an export of messages; any other value as it is.

    An export is what `aws sqs receive-message` prints, or `rudder-mixpanel rejected show --body`.
    """
    for element in split_array(value):
        if b'"Body"' not in element and b'"firstSentAt"' not in element:
            yield element
            continue
        try:
            content: Any = decode_json(element.decode())
        except (UnicodeDecodeError, RejectedEvent):
            content = None
        match content:
            case {"Messages": [*messages]} if all(map(is_message, messages)):
                yield from (message["Body"].encode() for message in messages)
            case {"Body": str(body), "ReceiptHandle": str()}:
                yield body.encode()
            case {"firstSentAt": str(), "bytes": int(), "body": body}:
                yield body.encode() if isinstance(body, str) else encode_json(body).encode()
            case _:
                yield element


def is_message(message: Any) -> bool:
    """Whether this is a message as SQS returns it."""
    return isinstance(message, dict) and isinstance(message.get("Body"), str)


def split_array(value: bytes) -> Iterator[bytes]:
    """The elements of an array, each as JSON; any other value as it is."""
    if not value.startswith(b"["):
        yield value
        return
    try:
        elements: Any = decode_json(value.decode())
    except (UnicodeDecodeError, RejectedEvent):
        yield value
        return
    for element in elements:
        yield encode_json(element).encode()


def read_values(source: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each JSON value, and each broken one, with the number of the line on which it begins."""
    unfinished = UnfinishedValue()
    for number, raw in enumerate(source, 1):
        line = (raw.removeprefix(BYTE_ORDER_MARK) if number == 1 else raw).strip()
        if not line:
            continue
        if unfinished.is_broken_by(line):
            yield unfinished.take()
        if not unfinished.parts and is_json(line):
            yield number, line
        else:
            yield from unfinished.add(line, number)
    if unfinished.parts:
        yield unfinished.take()


def is_json(text: bytes) -> bool:
    """Whether a text is one JSON value."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


class UnfinishedValue:
    """A value of which some lines are read: `depth` counts its open brackets."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.line = 0
        self.depth = 0

    def is_broken_by(self, line: bytes) -> bool:
        """Whether no value can begin where this line begins one: then the value has no end."""
        return bool(
            self.parts and line.startswith(OPENING) and not self.parts[-1].endswith(BEFORE_A_VALUE)
        )

    def add(self, line: bytes, number: int) -> Iterator[tuple[int, bytes]]:
        """Add a line, and yield the values that end on it."""
        start = 0
        for token in TOKEN.finditer(line):
            if token[1] == b"":
                yield self.end(line[start:], number)
                return
            self.depth += token[0] in OPENING
            if token[0] not in CLOSING:
                continue
            self.depth -= 1
            if self.depth <= 0:
                yield self.end(line[start : token.end()], number)
                start = token.end()
        if rest := line[start:].strip():
            self.append(rest, number)
            # Without an open bracket it can have no further line.
            if self.depth == 0:
                yield self.take()

    def end(self, last: bytes, number: int) -> tuple[int, bytes]:
        """The value that this part ends, with its first line."""
        self.append(last.strip(), number)
        return self.take()

    def append(self, part: bytes, number: int) -> None:
        """Append a part of the value."""
        self.line = self.line if self.parts else number
        self.parts.append(part)

    def take(self) -> tuple[int, bytes]:
        """What was read of the value, with its first line."""
        value = self.line, b"\n".join(self.parts)
        self.parts, self.depth = [], 0
        return value
