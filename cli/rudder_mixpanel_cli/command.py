"""The `rudder-mixpanel` command and its groups."""

from typing import Annotated, Final

import typer

from rudder_mixpanel import __version__
from rudder_mixpanel_cli.backfill.commands import backfill
from rudder_mixpanel_cli.command_group import CommandGroup
from rudder_mixpanel_cli.compare.commands import compare
from rudder_mixpanel_cli.doctor.commands import doctor
from rudder_mixpanel_cli.errors import COMMAND_NAME
from rudder_mixpanel_cli.preview.commands import preview
from rudder_mixpanel_cli.queues.commands import queue_commands
from rudder_mixpanel_cli.queues.options import DEAD, REJECTED
from rudder_mixpanel_cli.reconcile.commands import reconcile
from rudder_mixpanel_cli.regulations.commands import regulation_commands
from rudder_mixpanel_cli.retained.commands import retained
from rudder_mixpanel_cli.send.commands import send
from rudder_mixpanel_cli.setup.commands import setup
from rudder_mixpanel_cli.where.commands import where

HELP: Final = "Operate a Mixpanel destination for RudderStack."

app = typer.Typer(
    help=HELP,
    cls=CommandGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # Plain help text and one-line errors. Rich would slow down each start and draw boxes.
    rich_markup_mode=None,
    # A traceback with local variables would show personal data and tokens.
    pretty_exceptions_enable=False,
)
app.command()(setup)
app.command()(doctor)
app.command()(preview)
app.command()(where)
app.command()(compare)
app.command()(send)
app.command()(reconcile)
app.command()(backfill)
app.command()(retained)
app.add_typer(queue_commands(REJECTED), name="rejected")
app.add_typer(queue_commands(DEAD), name="dead")
app.add_typer(regulation_commands, name="regulation")


def print_version(requested: bool) -> None:  # noqa: FBT001 - typer passes the option's value
    """Print the version and exit if `--version` is given."""
    if requested:
        typer.echo(f"{COMMAND_NAME} {__version__}")
        raise typer.Exit


@app.callback(help=HELP)
def rudder_mixpanel(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Accept the options that come before a command."""


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
