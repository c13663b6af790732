"""The options of `rudder-mixpanel preview`."""

from pathlib import Path
from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, DestinationId, EventFiles, StackName
from rudder_mixpanel_cli.times import current_time, parse_time


def preview(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    files: EventFiles = None,
    *,
    destination: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The destination's Config, an exported destination or workspace, or the Rudder "
            "CLI's YAML.",
        ),
    ] = None,
    destination_id: DestinationId = None,
    stack: StackName = None,
    now: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The time at which the events arrive, in ISO 8601.",
            show_default="the current time",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Also show where each value comes from, and what is left out."
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when an event is rejected or unreadable.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the requests that events would cause, and send nothing.

    Reads JSON in any layout, also as gzip: lines, indented values, arrays, envelopes with
    several events, what "aws sqs receive-message" prints. The settings are those of a file, or
    the deployed ones of a stack; then the command reads the stack's settings parameter and, for
    the project's token, its secret with the delivery credentials.

    On a terminal, writes each event as text; else, and with --json, one JSON line for each event:
    its requests, or why it is filtered or rejected. Writes a summary to stderr.

    rudder-mixpanel preview events.json --destination config.json
    """
    with exit_on_error():
        # Imported here so that `--help` does not load httpx and the mapping.
        from rudder_mixpanel_cli.preview.preview import Preview  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.settings_source import read_source  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.stream import preview_inputs  # noqa: PLC0415

        arrival = current_time() if now is None else parse_time(now, "--now")
        is_named = str(context.get_parameter_source("stack")).endswith("COMMANDLINE")
        read, served = read_source(destination, stack, destination_id, stack_is_named=is_named)
        shown = Preview(read, now=arrival, explain=explain, destination_id=served)
        preview_inputs(shown, files or [], as_json=json, strict=strict)
