"""Questions on the terminal: to stderr, and those about credentials without echo."""

import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from typing import Final

import typer

from rudder_mixpanel_cli.errors import CommandError

NOTHING_WRITTEN: Final = "nothing was written"
# What removes a value that would otherwise be kept.
NONE: Final = "-"


def ask(question: str, hint: str = "") -> str:
    """The answer without blanks around it; raises CommandError at the end of stdin."""
    typer.echo(prompt_of(question, hint), nl=False, err=True)
    answer = sys.stdin.readline()
    if not answer:
        typer.echo(err=True)
        raise CommandError(NOTHING_WRITTEN)
    return answer.strip()


def ask_secret(question: str, hint: str = "") -> str:
    """The answer, which the terminal does not show; raises CommandError at the end of stdin."""
    try:
        return getpass(prompt_of(question, hint), stream=sys.stderr).strip()
    except EOFError:
        typer.echo(err=True)
        raise CommandError(NOTHING_WRITTEN) from None


def prompt_of(question: str, hint: str) -> str:
    """A question with its hint in brackets."""
    return f"{question} [{hint}]: " if hint else f"{question}: "


def ask_choice(question: str, words: Sequence[str], default: str | None) -> str:
    """One of a few words, asked until it is one; Enter is the default where there is one."""
    hint = "/".join(words) + (f", Enter: {default}" if default else "")
    while (answer := ask(question, hint).lower() or default) not in words:
        typer.echo(f"Please answer {' or '.join(words)}.", err=True)
    return str(answer)


def ask_credential(
    question: str, hint: str, check: Callable[[str], str], *, hidden: bool
) -> str | None:
    """A credential that passes its check; empty for Enter, and None for one to remove."""
    while answer := (ask_secret if hidden else ask)(question, hint):
        if answer == NONE:
            return None
        if not (wrong := check(answer)):
            return answer
        typer.echo(f"{wrong[:1].upper()}{wrong[1:]}. Try again.", err=True)
    return ""
