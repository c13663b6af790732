"""What `rudder-mixpanel compare` does."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import orjson
import typer

from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel_cli.compare.account import Account
from rudder_mixpanel_cli.compare.comparing import Comparison
from rudder_mixpanel_cli.compare.report import account_json, account_lines
from rudder_mixpanel_cli.compare.sources import ExportedSource, Sides
from rudder_mixpanel_cli.errors import FAILURE, UNDETERMINED, CommandError
from rudder_mixpanel_cli.events_input.bodies import read_inputs
from rudder_mixpanel_cli.preview.preview import events_in
from rudder_mixpanel_cli.progress import status_line
from rudder_mixpanel_cli.times import current_time

# How often the progress is told, in events
PROGRESS_STEP: Final = 10_000

type Progress = Callable[[str], None]


def compare_events(
    paths: Sequence[Path], sides: Sides, *, show_values: bool, as_json: bool
) -> None:
    """Print how Mixpanel's events differ from what this stack sends.

    Raises UsageError for options and files that are not valid, CommandError when nothing can be
    concluded, and typer.Exit with what was concluded.
    """
    destination, served = sides.destination()
    source = sides.exported(destination)
    now = since_epoch(current_time())
    comparison = Comparison(destination, now=now, zone=sides.zone, show_values=show_values)
    with comparison.index, status_line("reading the events") as progress:
        read_events(comparison, paths, served, progress)
        read_export(comparison, source, progress)
        progress("comparing")
        account = comparison.run()
    show(account, as_json=as_json)
    if account.unexplained:
        raise typer.Exit(FAILURE)
    if not account.is_determined:
        raise typer.Exit(UNDETERMINED)


def read_events(
    comparison: Comparison, paths: Sequence[Path], served: str | None, progress: Progress
) -> None:
    """Read the events that RudderStack delivered, and name unreadable ones on stderr."""
    for body in read_inputs(paths):
        for event in events_in(body.body, served):
            if isinstance(event, Unreadable):
                comparison.account.unreadable += 1
                typer.echo(f"{body.place}: {event.why}", err=True)
                continue
            comparison.add_message(event)
            if comparison.account.messages % PROGRESS_STEP == 0:
                progress(f"{comparison.account.messages:,} events of the input read")


def read_export(comparison: Comparison, source: ExportedSource, progress: Progress) -> None:
    """Read Mixpanel's events of the days of the input.

    Raises CommandError when the input has no event, or the export is not whole.
    """
    times = comparison.index.times
    if times is None:
        raise CommandError("the input has no event that an export of Mixpanel could have")
    for name, properties in source.events(times, progress):
        comparison.add_held(name, properties)


def show(account: Account, *, as_json: bool) -> None:
    """Print an account as one JSON object, or as text."""
    if as_json:
        typer.echo(orjson.dumps(account_json(account)))
    else:
        typer.echo("\n".join(account_lines(account)))
