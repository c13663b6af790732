"""The bodies of records in files or on stdin, as a sender could put them on the queue."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import typer

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.events_input.elements import ELEMENT_BYTES, read_elements
from rudder_mixpanel_cli.events_input.exports import split_export
from rudder_mixpanel_cli.events_input.inputs import all_inputs, opened

STDIN: Final = Path("-")


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
    """The bodies in all files, and in those of all folders, in order, also compressed.

    Those on stdin for `-`, or when no path is given. Raises UsageError for what cannot be read.
    """
    for path in paths or [STDIN]:
        if path == STDIN:
            yield from read_bodies(open_stdin(), "stdin")
            continue
        for item in all_inputs([str(path)]):
            with opened(item) as source:
                yield from read_bodies(source, item.name)


def open_stdin() -> BinaryIO:
    """The bytes on stdin; somebody who has to type them is told so."""
    if sys.stdin.isatty():
        typer.echo("Reading events from the terminal. Ctrl-D ends the input.", err=True)
    return sys.stdin.buffer


def read_bodies(source: BinaryIO, file: str) -> Iterator[InputBody]:
    """The bodies in one input; of an array, each element is a body.

    Raises UsageError for a value that is longer than any record.
    """
    for element in read_elements(source):
        if element.value is None:
            place, limit = f"{file}, line {element.line}", ELEMENT_BYTES // 1_048_576
            raise UsageError(f"{place}: expected an event, got a value of over {limit} MB")
        for body in split_export(element.value):
            yield InputBody(body, file, element.line)
