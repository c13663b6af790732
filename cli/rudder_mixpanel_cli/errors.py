"""Errors that end a command with one line on stderr and an exit status."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer

from rudder_mixpanel_cli.terminal import printable

COMMAND_NAME: Final = "rudder-mixpanel"
FAILURE: Final = 1
WRONG_USAGE: Final = 2
CONTRADICTED: Final = 3
NOT_RECEIVED: Final = 3
# Of a command that answers a question with 0 or 1: it has no answer.
UNDETERMINED: Final = 2
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

# What a shell script may rely on; `--help` and the documentation print it.
EXIT_STATUSES: Final = {
    0: "Done, or there was nothing to do.",
    FAILURE: "Not done, not all done, not found, or the answer was no; doctor: a warning; "
    "reconcile: events are missing or doubled; compare: a difference is not explained.",
    WRONG_USAGE: "An option, argument or input file is not valid; doctor: a failure; reconcile, "
    "compare: it could not be determined.",
    NOT_RECEIVED: "An event was not received (where), or a filed report contradicts the record "
    "(regulation report --verify).",
    INTERRUPTED: "Interrupted by Ctrl-C.",
    BROKEN_PIPE: "The reader of the output ended first, as head does.",
}


class UsageError(Exception):
    """An option, an argument or an input file is not valid; the text is one line."""


class CommandError(Exception):
    """The command did not do what was requested; the text is one line."""


class Interrupted(Exception):
    """The user pressed Ctrl-C; the text says what was done until then."""


@contextmanager
def exit_on_error(interrupted: str = "", failure: int = FAILURE) -> Iterator[None]:
    """Print an error of the block in one line and exit with its status.

    `interrupted` tells the user what Ctrl-C means for what the command has done, and `failure` is
    the status of what was not done. Raises typer.Exit when the block ends with an error, an
    interrupt or a closed pipe.
    """
    try:
        yield
    except (UsageError, CommandError) as error:
        print_error(str(error))
        status = WRONG_USAGE if isinstance(error, UsageError) else failure
        raise typer.Exit(status) from None
    except Interrupted as error:
        raise exit_interrupted(str(error)) from None
    except KeyboardInterrupt:
        raise exit_interrupted(interrupted) from None
    except BrokenPipeError:
        # Python flushes stdout again at exit, which would raise the same error.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from None


def print_error(text: str) -> None:
    """Print an error in one line on stderr; it may name what a file or a store calls something."""
    typer.echo(f"{COMMAND_NAME}: {printable(text)}", err=True)


def exit_interrupted(advice: str) -> typer.Exit:
    """Print that the command was interrupted, and return the exit to raise."""
    if sys.stderr.isatty():
        # The terminal shows ^C without a line break.
        typer.echo(err=True)
    print_error(f"interrupted: {advice}" if advice else "interrupted")
    return typer.Exit(INTERRUPTED)
