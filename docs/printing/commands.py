"""The commands of `rudder-mixpanel` and their exit statuses."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from docs.printing.markdown import code, table
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.command_group import sections
from rudder_mixpanel_cli.errors import COMMAND_NAME, EXIT_STATUSES


def commands() -> str:
    """Every command in the order of the help, with the first sentence of its own help."""
    return table(("command", "what it does"), command_rows())


def command_rows() -> Iterator[tuple[str, str]]:
    """A row for each section of the help, and after it one for each of its commands."""
    root: Any = get_command(app)
    for title, names in sections(list(root.commands)).items():
        yield f"**{title}**", ""
        for name in names:
            command = root.commands[name]
            for words, leaf in leaves(f"{COMMAND_NAME} {name}", command):
                yield code(words), first_sentence(leaf)


def leaves(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    """A command, or the commands of a group, each with the words that call it."""
    if not hasattr(command, "commands"):
        yield words, command
        return
    for name, inner in command.commands.items():
        yield from leaves(f"{words} {name}", inner)


def first_sentence(command: Any) -> str:
    """The first paragraph of a command's help."""
    return " ".join((command.help or "").split("\n\n", maxsplit=1)[0].split())


def exit_statuses() -> str:
    """What each exit status means."""
    rows = ((code(str(status)), text) for status, text in EXIT_STATUSES.items())
    return table(("status", "meaning"), rows)
