"""What `rudder-mixpanel compare` does."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
import typer

from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel_cli.compare.account import Account
from rudder_mixpanel_cli.compare.comparing import Comparison
from rudder_mixpanel_cli.compare.report import account_json, account_lines
from rudder_mixpanel_cli.compare.sources import Sides
from rudder_mixpanel_cli.errors import FAILURE, CommandError, print_error
from rudder_mixpanel_cli.events_input import read_inputs
from rudder_mixpanel_cli.preview.preview import events_in
from rudder_mixpanel_cli.raw_export.project import ExportProject
from rudder_mixpanel_cli.times import current_time

# The exit status when nothing can be concluded
UNDETERMINED: Final = 2


def compare_events(
    paths: Sequence[Path], sides: Sides, *, show_values: bool, as_json: bool
) -> None:
    """Print how Mixpanel's events differ from what this stack sends.

    Raises UsageError for options and files that are not valid, and typer.Exit when a difference is
    unexplained, or nothing can be concluded.
    """
    destination, served = sides.destination()
    project = sides.project(destination)
    now = current_time()
    comparison = Comparison(
        destination, now=since_epoch(now), zone=sides.zone, show_values=show_values
    )
    try:
        read_events(comparison, paths, served)
        account = read_export(comparison, sides, project, now)
    except CommandError as error:
        print_error(str(error))
        raise typer.Exit(UNDETERMINED) from None
    finally:
        comparison.index.close()
    show(account, as_json=as_json)
    if status := status_of(account):
        raise typer.Exit(status)


def read_events(comparison: Comparison, paths: Sequence[Path], served: str | None) -> None:
    """Read the events that RudderStack delivered, and name unreadable ones on stderr."""
    for body in read_inputs(paths):
        for event in events_in(body.body, served):
            if isinstance(event, Unreadable):
                comparison.account.unreadable += 1
                typer.echo(f"{body.place}: {event.why}", err=True)
            else:
                comparison.add_message(event)


def read_export(
    comparison: Comparison, sides: Sides, project: ExportProject | None, now: datetime
) -> Account:
    """Read Mixpanel's events of the days of the others, and compare them.

    Raises CommandError when there is nothing to compare, or an export is not whole.
    """
    times = comparison.index.times
    if times is None:
        raise CommandError("the input has no event that an export of Mixpanel could have")
    for name, properties in sides.events(project, times, now):
        comparison.add_held(name, properties)
    return comparison.run()


def status_of(account: Account) -> int:
    """The exit status."""
    if account.unexplained:
        return FAILURE
    return 0 if account.is_determined else UNDETERMINED


def show(account: Account, *, as_json: bool) -> None:
    """Print an account as one JSON object, or as text."""
    if as_json:
        typer.echo(orjson.dumps(account_json(account)))
    else:
        typer.echo("\n".join(account_lines(account)))
