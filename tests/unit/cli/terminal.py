"""Run the command with a pseudo-terminal as stdout, in this process, so that moto is its AWS."""

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest.mock import patch

import typer

from rudder_mixpanel_cli.command import app

END = "\x1a\n"


def run_on_terminal(*arguments: str, columns: int = 80, **variables: str) -> list[str]:
    """Run a command to its end, and return the lines that a terminal of this width shows."""
    environ = {"COLUMNS": str(columns), "TERM": "dumb", **variables}
    with patch.dict(os.environ, environ), terminal_as_stdout() as reader:
        with suppress(SystemExit):
            app(list(arguments))
        typer.echo(END, nl=False)
        shown = ""
        while not shown.endswith(END):
            shown += os.read(reader, 65536).decode().replace("\r\n", "\n")
    return shown.removesuffix(END).splitlines()


@contextmanager
def terminal_as_stdout() -> Iterator[int]:
    """Replace stdout by a terminal; yields the descriptor that reads what it shows."""
    reader, terminal = pty.openpty()
    with os.fdopen(terminal, "w", encoding="utf-8") as stdout, patch.object(sys, "stdout", stdout):
        yield reader
    os.close(reader)
