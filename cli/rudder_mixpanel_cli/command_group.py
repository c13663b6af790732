"""How the command shows its help and its errors of usage."""

import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

from rudder_mixpanel_cli.errors import BROKEN_PIPE, EXIT_STATUSES, WRONG_USAGE, print_error

# The commands in the order in which a user needs them.
SECTIONS: Final = {
    "Set up": ("setup", "doctor"),
    "See": ("preview", "send", "where", "reconcile"),
    "Move in": ("compare", "backfill"),
    "Repair": ("rejected", "dead"),
    "Recover and remove": ("retained",),
    "Suppress and delete users": ("regulation",),
}
OTHERS: Final = "Other commands"


class CommandGroup(TyperGroup):
    """The root of all commands: help in sections, and errors in one line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in sections, and after them the exit statuses."""
        column = max(map(len, self.commands))
        for title, names in sections(list(self.commands)).items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{name:<{column}}", self.summary_of(ctx, name)) for name in names]
                )
        with formatter.section("Exit status"):
            formatter.write_dl([(str(status), text) for status, text in EXIT_STATUSES.items()])

    def summary_of(self, ctx: Any, name: str) -> str:
        """The first sentence of a command's help."""
        command = self.get_command(ctx, name)
        return command.get_short_help_str(limit=100) if command else ""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command, and print an error of usage in one line."""
        if not options.get("standalone_mode", True):
            return super().main(*args, **options)
        try:
            status = super().main(*args, **{**options, "standalone_mode": False})
        except typer.TyperException as error:
            sys.exit(report_usage(error))
        except BrokenPipeError:
            sys.exit(BROKEN_PIPE)
        sys.exit(status if isinstance(status, int) else 0)


def sections(names: list[str]) -> dict[str, list[str]]:
    """The titles of the help, each with the commands that exist; others come last."""
    known = {name for section in SECTIONS.values() for name in section}
    listed = {
        title: [name for name in section if name in names] for title, section in SECTIONS.items()
    }
    listed[OTHERS] = [name for name in names if name not in known]
    return {title: section for title, section in listed.items() if section}


def report_usage(error: Any) -> int:
    """Print what is wrong with the arguments, and where help is; return the exit status.

    A group without a command is a question, and not an error: its help is the answer.
    """
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.format_message())
        return 0
    text = " ".join(error.format_message().replace("Value error, ", "").split())
    end = "" if text.endswith((".", "?")) else "."
    print_error(f"{text}{end}" + (f" See {context.command_path} --help" if context else ""))
    return int(getattr(error, "exit_code", WRONG_USAGE))
