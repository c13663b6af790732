"""What `rudder-mixpanel` understands."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

INTERRUPTED: Final = 130
CLOSED_PIPE: Final = 141
WRONG_USE: Final = 2

app = typer.Typer(
    help="RudderStack's Mixpanel destination, for those who operate it.",
    no_args_is_help=True,
    add_completion=False,
    # Plain help and errors of one line; rich would be loaded for each run, and prints in boxes.
    rich_markup_mode=None,
    # Nor shall a failure print variables: they hold people's data, and a token.
    pretty_exceptions_enable=False,
)


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
    try:
        # Here, so that `--help` need not wait for them.
        from cli.destination_file import Unusable, read_destination  # noqa: PLC0415
        from cli.preview import Preview  # noqa: PLC0415
        from cli.streams import stream  # noqa: PLC0415

        try:
            shown = Preview(read_destination(destination), now=moment(now), explain=explain)
        except Unusable as unusable:
            typer.echo(f"rudder-mixpanel: {unusable}", err=True)
            raise typer.Exit(WRONG_USE) from None
        stream(shown)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # Python flushes once more as it ends.
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(CLOSED_PIPE) from None


def moment(told: str | None) -> datetime:
    """When the events arrive; raises Unusable for what is no time. What names no zone is UTC."""
    from cli.destination_file import Unusable  # noqa: PLC0415

    if told is None:
        return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read
    try:
        read = datetime.fromisoformat(told)
    except ValueError:
        raise Unusable(f"--now: expected a time such as 2026-12-31T12:00:00Z, got {told}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def main() -> None:
    """Run a command."""
    app()


if __name__ == "__main__":
    main()
