"""Ask before a command changes something."""

import sys

import typer

from rudder_mixpanel_cli.errors import UsageError


def confirm(question: str) -> None:
    """Ask on the terminal; raises typer.Abort unless the answer is yes.

    Raises UsageError when nobody can answer, because stdin is not a terminal.
    """
    if not is_terminal():
        raise UsageError("stdin is not a terminal: confirm with --yes, or look with --dry-run")
    typer.confirm(question, abort=True, err=True)


def is_terminal() -> bool:
    """Whether somebody can answer."""
    return sys.stdin.isatty()
