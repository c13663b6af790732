"""What `rudder-mixpanel reconcile` does."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import orjson
import typer

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import FAILURE, UNDETERMINED, UsageError
from rudder_mixpanel_cli.progress import status_line
from rudder_mixpanel_cli.raw_export.export import RawExport
from rudder_mixpanel_cli.raw_export.options import ExportOptions
from rudder_mixpanel_cli.raw_export.project import ExportProject, export_project
from rudder_mixpanel_cli.reconcile.day_numbers import date_of_number
from rudder_mixpanel_cli.reconcile.matching import DeliveredEvent, Discrepancy, Scope, match
from rudder_mixpanel_cli.reconcile.period import Period
from rudder_mixpanel_cli.reconcile.receipts import delivered_events, kept_days
from rudder_mixpanel_cli.reconcile.report import as_json, text_lines
from rudder_mixpanel_cli.reconcile.result import Reconciliation
from rudder_mixpanel_cli.reconcile.rows import exported_row
from rudder_mixpanel_cli.reconcile.sorting import SortedEvents, sorted_events
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.actions import use_patient_client
from rudder_mixpanel_cli.where.investigation import LOG_GROUP_OUTPUT

# Receipts of the days around tell rows that only seem to be of the period.
MARGIN = 1


def reconcile_days(
    stack: DeployedStack,
    period: Period,
    options: ExportOptions,
    *,
    listed: Collection[Discrepancy],
    json: bool,
) -> None:
    """Compare the events of some days, and print what was found.

    The hashes of the `listed` events are printed, too.

    Raises typer.Exit when events are missing or doubled, or when that cannot be said, and
    CommandError or UsageError when the comparison was not possible.
    """
    if len(listed) > 1 and not json:
        raise UsageError("expected --missing or --doubled, or both with --json")
    project = export_project(stack, options)
    with sorted_events() as events:
        result = compare(stack, project, period, events)
        show(result, to_stderr=bool(listed) and not json, json=json)
        for kind in listed:
            for event in events.discrepancies(kind):
                typer.echo(discrepancy_json(kind, event) if json else event.hash)
    if not result.is_conclusive:
        raise typer.Exit(UNDETERMINED)
    if not result.is_complete:
        raise typer.Exit(FAILURE)


def compare(
    stack: DeployedStack, project: ExportProject, period: Period, events: SortedEvents
) -> Reconciliation:
    """Read the export and then the log, and match them.

    In this order, a row that was delivered meanwhile has its receipt.
    """
    with report_aws_errors():
        use_patient_client(stack)
        logs, group = stack.client("logs"), stack.output(LOG_GROUP_OUTPUT)
        days = kept_days(logs, group)
    with status_line("exporting from Mixpanel") as progress:
        export = RawExport(project, warn, progress)
        exported = export.events(period.first, period.last, period.today)
        events.add_exported(map(exported_row, exported))
        with report_aws_errors():
            since = period.earliest_delivery - timedelta(days=MARGIN)
            delivered = delivered_events(logs, group, since, current_time(), progress)
            events.add_delivered(near(delivered, period))
        progress("comparing")
        numbers = period.numbers
        counts = match(
            events.delivered(numbers),
            events.exported(),
            Scope(numbers, period.judged_until),
            events.add_discrepancy,
        )
    return Reconciliation(
        stack.name or "",
        project.id,
        period,
        counts,
        days,
        has_zone=project.has_zone,
        dynamic_settings=project.dynamic_settings,
    )


def near(events: Iterator[DeliveredEvent], period: Period) -> Iterator[DeliveredEvent]:
    """The events of the days, and of those around them."""
    days = range(period.numbers[0] - MARGIN, period.numbers[-1] + MARGIN + 1)
    return (event for event in events if event.day in days)


def show(result: Reconciliation, *, to_stderr: bool, json: bool) -> None:
    """Print the report; on stderr if stdout has only the hashes."""
    if json:
        typer.echo(orjson.dumps(as_json(result)))
    else:
        typer.echo("\n".join(text_lines(result)), err=to_stderr)


def discrepancy_json(kind: Discrepancy, event: DeliveredEvent) -> bytes:
    """The hash and the event's day."""
    return orjson.dumps({kind.value: event.hash, "day": str(date_of_number(event.day))})


def warn(text: str) -> None:
    """Tell the user something at once."""
    typer.echo(text, err=True)
