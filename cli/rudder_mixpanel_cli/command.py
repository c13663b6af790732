"""What `rudder-mixpanel` understands."""

from pathlib import Path
from typing import Annotated

import typer

from rudder_mixpanel_cli.failures import in_one_line
from rudder_mixpanel_cli.moments import moment, this_moment
from rudder_mixpanel_cli.queues.commands import DEAD, REJECTED, commands_for
from rudder_mixpanel_cli.regulations.commands import commands as regulation_commands

app = typer.Typer(
    help="RudderStack's Mixpanel destination, for those who operate it.",
    no_args_is_help=True,
    add_completion=False,
    # Plain help and errors of one line; rich would be loaded for each run, and prints in boxes.
    rich_markup_mode=None,
    # Nor shall a failure print variables: they hold people's data, and a token.
    pretty_exceptions_enable=False,
)
app.add_typer(commands_for(REJECTED), name="rejected")
app.add_typer(commands_for(DEAD), name="dead")
app.add_typer(regulation_commands, name="regulation")


@app.callback()
def rudder_mixpanel() -> None:
    """RudderStack's Mixpanel destination, for those who operate it."""


@app.command()
def preview(
    destination: Annotated[
        Path,
        typer.Option(help="The destination's Config as JSON, or an exported destination with it."),
    ],
    now: Annotated[
        str | None,
        typer.Option(help="When the events arrive, in ISO 8601.", show_default="this moment"),
    ] = None,
    explain: Annotated[  # noqa: FBT002 - typer makes `--explain` of it
        bool, typer.Option("--explain", help="Say where each property came from.")
    ] = False,
) -> None:
    """Show what Mixpanel would be sent, and send nothing.

    Reads what a record of the queue may hold, one a line: an event, or an envelope of several.
    Writes one line an event: its requests, or why it was filtered or rejected. Exits with 0 even
    when events were rejected; a summary goes to stderr.

    rudder-mixpanel preview --destination config.json < events.jsonl
    """
    with in_one_line():
        # Here, so that `--help` need not wait for them.
        from rudder_mixpanel_cli.preview.destination_file import read_destination  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.preview import Preview  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.streams import stream  # noqa: PLC0415

        arriving = this_moment() if now is None else moment(now, "--now")
        stream(Preview(read_destination(destination), now=arriving, explain=explain))


def main() -> None:
    """Run a command."""
    app()


if __name__ == "__main__":
    main()
