"""Ask before a command changes something."""

import sys
from typing import Final

import typer

from rudder_mixpanel_cli.errors import CommandError, Interrupted, UsageError

UNCHANGED: Final = "nothing was changed"
GO_ON: Final = "to go on, run the command again and answer y, or add --yes"
ANSWERS: Final = {"y": True, "yes": True, "n": False, "no": False, "": False}


def confirm(question: str, otherwise: str = UNCHANGED) -> None:
    """Ask on the terminal, and return when the answer is yes; `otherwise` says what a no means.

    Raises CommandError when the answer is no, Interrupted at Ctrl-C, and UsageError when nobody can
    answer, because stdin is not a terminal.
    """
    if not is_terminal():
        raise UsageError("stdin is not a terminal: confirm with --yes, or look with --dry-run")
    try:
        accepted = read_answer(question)
    except KeyboardInterrupt:
        raise Interrupted(otherwise) from None
    if not accepted:
        raise CommandError(f"{otherwise}; {GO_ON}")


def read_answer(question: str) -> bool:
    """The answer on stdin; the end of stdin is a no.

    Not `typer.confirm`, which writes a blank to stdout and cannot tell Ctrl-C from Ctrl-D.
    """
    while True:
        typer.echo(f"{question} [y/N] ", nl=False, err=True)
        answer = sys.stdin.readline()
        if not answer:
            typer.echo(err=True)
        if (accepted := ANSWERS.get(answer.strip().lower())) is not None:
            return accepted
        typer.echo("Please answer y or n.", err=True)


def is_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty()


def confirm_name(name: str, question: str) -> None:
    """Ask for a name to be typed, and return when it is.

    Raises CommandError when another one is typed, Interrupted at Ctrl-C, and UsageError when nobody
    can answer, because stdin is not a terminal.
    """
    if not is_terminal():
        raise UsageError("stdin is not a terminal: confirm with --yes")
    typer.echo(f"{question} Type {name} to go on: ", nl=False, err=True)
    try:
        answer = sys.stdin.readline().strip()
    except KeyboardInterrupt:
        raise Interrupted(UNCHANGED) from None
    if answer != name:
        raise CommandError(UNCHANGED)
