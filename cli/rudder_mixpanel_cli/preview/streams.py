"""Events in, lines out, a summary and a bar for whoever watches: in constant memory."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import orjson
import typer

from rudder_mixpanel_cli.preview.preview import Preview

# From this size on, somebody may wonder how long it takes.
LONG: Final = 5_000_000
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def stream(preview: Preview) -> None:
    """Preview standard input into standard output; what cannot be read is said with its line."""
    out = sys.stdout.buffer
    if sys.stdin.isatty():
        typer.echo("Reading events, one a line; end them with Ctrl-D.", err=True)
    with watched(sys.stdin.buffer) as lines:
        for number, body in bodies(lines):
            for line in preview.lines(body):
                rejected = line["rejected"]
                if rejected and rejected["code"] == "UNREADABLE":
                    typer.echo(f"line {number}: {rejected['message']}", err=True)
                out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            if out.isatty():
                out.flush()
    out.flush()
    typer.echo(str(preview.summary), err=True)


def bodies(lines: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that say something, with their numbers."""
    for number, line in enumerate(lines, 1):
        body = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
        if body:
            yield number, body


@contextmanager
def watched(source: BinaryIO) -> Iterator[BinaryIO]:
    """The input, with a bar on a terminal where it is long."""
    size = size_of(source)
    if size < LONG or not sys.stderr.isatty() or sys.stdout.isatty():
        yield source
        return
    # Here, because most never see a bar, and all would wait for it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import wrap_file  # noqa: PLC0415

    console = Console(stderr=True)
    with wrap_file(
        source, total=size, description="previewing", console=console, transient=True
    ) as lines:
        yield lines


def size_of(source: BinaryIO) -> int:
    """How many bytes are left of a file; 0 of a pipe, which does not know."""
    told = os.fstat(source.fileno())
    return told.st_size - source.tell() if stat.S_ISREG(told.st_mode) else 0
