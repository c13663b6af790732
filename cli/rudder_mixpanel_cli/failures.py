"""How a command ends that cannot go on: in one line, with an exit code, and without a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

FAILURE: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
CLOSED_PIPE: Final = 141


class Unusable(Exception):
    """What a person gave the command cannot be used; the text says it in one line."""


class Failed(Exception):
    """What the command asked for was not done; the text says it in one line."""


@contextmanager
def in_one_line() -> Iterator[None]:
    """Say what ends the block, and exit with the code that it deserves."""
    try:
        yield
    except (Unusable, Failed) as failure:
        typer.echo(f"rudder-mixpanel: {failure}", err=True)
        code = WRONG_USE if isinstance(failure, Unusable) else FAILURE
        raise typer.Exit(code) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Python flushes once more as it ends.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(CLOSED_PIPE) from None
