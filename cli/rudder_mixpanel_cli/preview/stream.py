"""Preview files or stdin to stdout in constant memory, with a summary on stderr."""

import json
import os
import stat
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import orjson
import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.events_input.bodies import STDIN, InputBody, read_inputs
from rudder_mixpanel_cli.preview.preview import OutputLine, Preview
from rudder_mixpanel_cli.preview.readable import readable_event
from rudder_mixpanel_cli.progress import progress_bar

# Bytes from which a preview takes long enough to show a progress bar.
LARGE_INPUT: Final = 5_000_000

type Show = Callable[[OutputLine, InputBody], None]


def preview_inputs(preview: Preview, paths: Sequence[Path], *, as_json: bool, strict: bool) -> None:
    """Write the preview of files or stdin to stdout, and name unreadable events on stderr.

    Raises UsageError for a file that cannot be read, and CommandError if `strict` and an event is
    rejected.
    """
    newer_wins = preview.destination.newer_wins
    text = partial(show_text, newer_wins=newer_wins)
    show = show_json if as_json or not sys.stdout.isatty() else text
    size = sum(map(remaining_size, paths or [STDIN]))
    total = 0 if size < LARGE_INPUT or sys.stdout.isatty() else size
    with progress_bar("previewing", total) as advance:
        for body in read_inputs(paths):
            for line in preview.lines(body.body):
                show(line, body)
            advance(len(body.body))
    sys.stdout.flush()
    typer.echo(str(preview.summary), err=True)
    rejected = preview.summary.rejected.total()
    if strict and rejected:
        raise CommandError(f"--strict: {rejected:,} of {preview.summary.events:,} are rejected")


def show_json(line: OutputLine, body: InputBody) -> None:
    """Print an event as a line of JSON, and on stderr the place of one that is not readable."""
    rejected = line["rejected"]
    if rejected and rejected["code"] == Code.UNREADABLE:
        typer.echo(f"{body.place}: {rejected['message']}", err=True)
    out = sys.stdout.buffer
    out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    if out.isatty():
        out.flush()


def show_text(line: OutputLine, body: InputBody, *, newer_wins: bool) -> None:
    """Print an event as a paragraph of text."""
    # Payloads are encoded already; Python's decoder keeps all digits of a number.
    decoded = json.loads(orjson.dumps(line))
    for text in readable_event(decoded, body.place, newer_wins=newer_wins):
        typer.echo(text)


def remaining_size(path: Path) -> int:
    """Bytes left in a file; 0 for a pipe, whose size is not known, and for no file."""
    try:
        status = os.fstat(sys.stdin.fileno()) if path == STDIN else path.stat()
        read = sys.stdin.buffer.tell() if path == STDIN else 0
    except OSError:
        return 0
    return status.st_size - read if stat.S_ISREG(status.st_mode) else 0
