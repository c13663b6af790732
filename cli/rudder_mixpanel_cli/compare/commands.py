"""The options of `rudder-mixpanel compare`."""

from pathlib import Path
from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import UNDETERMINED, exit_on_error
from rudder_mixpanel_cli.options import AsJson, DestinationId, EventFiles, StackName
from rudder_mixpanel_cli.raw_export.options import (
    ExportOptions,
    ExportProjectId,
    ProjectTimeZone,
    ServiceAccountName,
)


def compare(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    files: EventFiles = None,
    *,
    destination: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The destination with which this stack would send the events."
        ),
    ] = None,
    destination_id: DestinationId = None,
    stack: StackName = None,
    export: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A raw export of Mixpanel that is downloaded already, also as gzip; several are "
            "read in turn.",
        ),
    ] = None,
    service_account: ServiceAccountName = None,
    project_id: ExportProjectId = None,
    time_zone: ProjectTimeZone = "UTC",
    show_values: Annotated[
        bool,
        typer.Option(
            "--show-values", help="Show the values that differ, which may be personal data."
        ),
    ] = False,
    json: AsJson = False,
) -> None:
    """Compare what Mixpanel has of events with what this stack would send of them.

    The events are those that RudderStack has delivered: its own export of them, or copies of
    the records on the stack's queue, in any layout and also as gzip. Mixpanel's side is its raw
    export of the days on which they happened. For each property that differs, the command
    counts the events and names the documented difference from RudderStack that explains it. It
    changes nothing.

    The exit status is 0 when every difference is explained, 1 when one is not or an event is
    missing in Mixpanel, and 2 when that could not be determined.

    rudder-mixpanel compare events.jsonl --destination config.json --export export.jsonl
    """
    with exit_on_error("nothing was compared", failure=UNDETERMINED):
        from rudder_mixpanel_cli.compare.actions import compare_events  # noqa: PLC0415
        from rudder_mixpanel_cli.compare.sources import Sides  # noqa: PLC0415

        is_named = str(context.get_parameter_source("stack")).endswith("COMMANDLINE")
        account = ExportOptions(service_account, project_id, time_zone)
        sides = Sides(destination, destination_id, stack, is_named, tuple(export or ()), account)
        compare_events(files or [], sides, show_values=show_values, as_json=json)
