"""`regulation create`: request regulations about users at one stack or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from rudder_mixpanel_cli.confirmation import confirm
from rudder_mixpanel_cli.errors import FAILURE, CommandError, UsageError
from rudder_mixpanel_cli.progress import progress_bar
from rudder_mixpanel_cli.regulations.actions import REGULATIONS
from rudder_mixpanel_cli.regulations.client import RejectedRequest
from rudder_mixpanel_cli.regulations.connection import Connection
from rudder_mixpanel_cli.regulations.options import CreateOptions
from rudder_mixpanel_cli.regulations.output import json_of, line_of
from rudder_mixpanel_cli.regulations.plan import plan_lines
from rudder_mixpanel_cli.regulations.requests import Batch, batches_of
from rudder_mixpanel_cli.regulations.users_file import RequestedRow, read_users, valid_reference


@dataclass(slots=True)
class StackResult:
    """What became of the users at one stack: how many were requested, which failed and why."""

    name: str
    requested: int = 0
    kept: int = 0  # have the same regulation already, under another reference
    failed: list[RequestedRow] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def select_rows(
    file: Path | None, users: list[str], anonymous: list[str], reference: str
) -> list[RequestedRow]:
    """The users of a file, or those with given ids; raises UsageError unless it is one of both."""
    if (file is None) == (not (users or anonymous)):
        raise UsageError("expected a file, or --user or --anonymous")
    reference = valid_reference(reference, "--reference")
    if file:
        return read_users(file, reference)
    named = [{"userId": id_} for id_ in users] + [{"anonymousId": id_} for id_ in anonymous]
    return [RequestedRow(user, reference) for user in named]


def create_regulations(
    connections: Sequence[Connection], rows: list[RequestedRow], options: CreateOptions
) -> None:
    """Show the plan, ask, and request a regulation for each user at each stack.

    Raises typer.Exit when some were not requested, CommandError when the answer is no, UsageError
    when nobody can answer.
    """
    for line in plan_lines(
        connections,
        rows,
        file=options.file,
        suppress_only=options.suppress_only,
        destination=options.destination,
    ):
        typer.echo(line, err=not options.dry_run)
    if options.dry_run:
        typer.echo("Nothing was requested: this is a dry run.")
        return
    if not options.yes:
        lasting = "" if options.suppress_only else " What Mixpanel has deleted cannot be restored."
        confirm(f"Request this?{lasting}", "nothing was requested")
    print_results(request_everywhere(connections, rows, options))


def request_everywhere(
    connections: Sequence[Connection], rows: list[RequestedRow], options: CreateOptions
) -> list[StackResult]:
    """Request every user at every stack; a failure at one does not keep the others."""
    batches = list(batches_of(rows))
    with progress_bar("requesting", len(rows) * len(connections)) as advance:
        return [
            request_at(connection, batches, options, advance, several=len(connections) > 1)
            for connection in connections
        ]


def request_at(
    connection: Connection,
    batches: list[Batch],
    options: CreateOptions,
    advance: Callable[[float], None],
    *,
    several: bool,
) -> StackResult:
    """Request all batches at one stack, until it fails for a reason that is not in the batch."""
    result, usable = StackResult(connection.name), True
    for batch in batches:
        if usable:
            usable = request_batch(connection, batch, options, result, several=several)
        else:
            result.failed += batch.rows
        advance(len(batch.rows))
    return result


def request_batch(
    connection: Connection,
    batch: Batch,
    options: CreateOptions,
    result: StackResult,
    *,
    several: bool,
) -> bool:
    """Request the users of one batch, and print each; False when the stack takes no others."""
    body = batch.body(
        suppress_only=options.suppress_only,
        destination=options.destination or connection.destination,
    )
    try:
        created = connection.api.call("POST", REGULATIONS, body).json()
    except CommandError as error:
        result.failed += batch.rows
        result.errors.append(str(error))
        return isinstance(error, RejectedRequest)
    for row, regulation in zip(batch.rows, created, strict=True):
        print_created(regulation, row, connection.name if several else "", options)
        result.kept += bool(row.reference) and regulation.get("reference") != row.reference
    result.requested += len(batch.rows)
    return True


def print_created(
    regulation: dict[str, Any], row: RequestedRow, stack: str, options: CreateOptions
) -> None:
    """Print a regulation with the row of the file that it is about."""
    if options.as_json:
        # Without the user, whom the row names: the line may be kept.
        shown = {**regulation, "attributes": {}}
        typer.echo(json_of(shown, row=row.row, stack=stack))
    else:
        typer.echo(line_of(regulation, stack, row.row))


def print_results(results: list[StackResult]) -> None:
    """Print how many users were requested at each stack, and what to run again.

    Raises typer.Exit when some were not.
    """
    for result in results:
        typer.echo(f"{result.name}: {result.requested:,} requested", err=True)
        if result.kept:
            kept = "have this regulation already, and keep its first reference"
            typer.echo(f"{result.name}: {result.kept:,} of them {kept}", err=True)
        for error in dict.fromkeys(result.errors):
            typer.echo(f"{result.name}: {error}", err=True)
    failed = [result for result in results if result.failed]
    for result in failed:
        rows = row_ranges(result.failed)
        again = "resolve this, and run the command again for this stack"
        count = f"{len(result.failed):,} NOT requested{rows}"
        typer.echo(f"{result.name}: {count}: {again}", err=True)
    if failed:
        raise typer.Exit(FAILURE)


def row_ranges(rows: list[RequestedRow]) -> str:
    """The rows of the file, as ranges; empty for users of options."""
    ranges: list[list[int]] = []
    for number in sorted(row.row for row in rows if row.row):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [f"{first}" if first == last else f"{first}-{last}" for first, last in ranges]
    return f" (rows {', '.join(texts)})" if texts else ""
