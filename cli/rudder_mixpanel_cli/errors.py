"""Errors that end a command with one line on stderr and an exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

FAILURE: Final = 1
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141


class UsageError(Exception):
    """An option, an argument or an input file is not valid; the text is one line."""


class CommandError(Exception):
    """The command did not do what was requested; the text is one line."""


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Print an error of the block in one line and exit with its status.

    Raises typer.Exit when the block ends with an error, an interrupt or a closed pipe.
    """
    try:
        yield
    except (UsageError, CommandError) as error:
        typer.echo(f"rudder-mixpanel: {error}", err=True)
        status = WRONG_USAGE if isinstance(error, UsageError) else FAILURE
        raise typer.Exit(status) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Python flushes stdout again at exit, which would raise the same error.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from None
