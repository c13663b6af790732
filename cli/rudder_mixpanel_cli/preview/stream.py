"""Preview stdin to stdout in constant memory, with a summary on stderr."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import orjson
import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.preview.preview import OutputLine, Preview

# Bytes from which a preview takes long enough to show a progress bar.
LARGE_INPUT: Final = 5_000_000
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def preview_stdin(preview: Preview) -> None:
    """Write the preview of stdin to stdout, and name unreadable lines on stderr."""
    out = sys.stdout.buffer
    if sys.stdin.isatty():
        typer.echo("Reading events from the terminal, one a line. Ctrl-D ends the input.", err=True)
    with progress_bar(sys.stdin.buffer) as source:
        for number, body in read_bodies(source):
            for line in preview.lines(body):
                report_unreadable(line, number)
                out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            if out.isatty():
                out.flush()
    out.flush()
    typer.echo(str(preview.summary), err=True)


def report_unreadable(line: OutputLine, number: int) -> None:
    """Print the number of an input line that is not readable."""
    rejected = line["rejected"]
    if rejected and rejected["code"] == Code.UNREADABLE:
        typer.echo(f"line {number}: {rejected['message']}", err=True)


def read_bodies(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their line numbers."""
    for number, line in enumerate(source, 1):
        body = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
        if body:
            yield number, body


@contextmanager
def progress_bar(source: BinaryIO) -> Iterator[BinaryIO]:
    """The input, with a progress bar on stderr when it is large and stderr is a terminal."""
    size = remaining_size(source)
    if size < LARGE_INPUT or not sys.stderr.isatty() or sys.stdout.isatty():
        yield source
        return
    # Imported here because most runs show no progress bar.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import wrap_file  # noqa: PLC0415

    console = Console(stderr=True)
    with wrap_file(
        source, total=size, description="previewing", console=console, transient=True
    ) as watched_source:
        yield watched_source


def remaining_size(source: BinaryIO) -> int:
    """Bytes left in a file; 0 for a pipe, whose size is not known."""
    status = os.fstat(source.fileno())
    return status.st_size - source.tell() if stat.S_ISREG(status.st_mode) else 0
