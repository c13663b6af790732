"""The options of `rudder-mixpanel preview`."""

from pathlib import Path
from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.times import current_time, parse_time


def preview(
    destination: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="The destination's Config as JSON, or an exported destination."
        ),
    ],
    now: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The time at which the events arrive, in ISO 8601.",
            show_default="the current time",
        ),
    ] = None,
    explain: Annotated[  # noqa: FBT002 - typer turns it into the flag `--explain`
        bool,
        typer.Option(
            "--explain", help="Also show where each value comes from, and what is left out."
        ),
    ] = False,
) -> None:
    """Show the requests that events would cause, and send nothing.

    Reads JSON lines from stdin. Each line is an SQS message body: an event, or an envelope with
    several events. Writes one JSON line for each event: its requests, or why it is filtered or
    rejected. Writes a summary to stderr. The exit status is 0 even when events are rejected.

    rudder-mixpanel preview --destination config.json < events.jsonl
    """
    with exit_on_error():
        # Imported here so that `--help` does not load httpx and the mapping.
        from rudder_mixpanel_cli.preview.destination_file import read_destination  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.preview import Preview  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.stream import preview_stdin  # noqa: PLC0415

        arrival = current_time() if now is None else parse_time(now, "--now")
        preview_stdin(Preview(read_destination(destination), now=arrival, explain=explain))
