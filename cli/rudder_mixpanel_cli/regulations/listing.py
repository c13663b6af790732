"""`regulation list`: print the regulations that match, as lines, JSON or CSV."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import typer

from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel_cli.errors import FAILURE, CommandError, UsageError
from rudder_mixpanel_cli.regulations.connection import Connection
from rudder_mixpanel_cli.regulations.options import ListOptions
from rudder_mixpanel_cli.regulations.output import CsvPrinter, Regulation, print_json, print_lines
from rudder_mixpanel_cli.regulations.search import Search, end_moment, first_moment

type Printer = Callable[[Iterable[Regulation], str], None]


def conditions_of(options: ListOptions) -> dict[str, Any]:
    """The conditions of a search for the API; raises UsageError."""
    if options.user and options.anonymous:
        raise UsageError("expected --user or --anonymous, got both")
    states = [state_named(text) for text in options.states]
    conditions = {
        "state": states[0] if len(states) == 1 else states,
        "userId": options.user,
        "anonymousId": options.anonymous,
        "reference": options.reference,
        "from": first_moment(options.since),
        "to": end_moment(options.until),
    }
    return {name: value for name, value in conditions.items() if value}


def state_named(text: str) -> str:
    """A state of regulations; raises UsageError when there is none of this name."""
    if text not in list(RegulationState):
        raise UsageError(f"--state: expected one of {', '.join(RegulationState)}, got {text}")
    return text


def list_regulations(
    connections: Sequence[Connection], conditions: dict[str, Any], options: ListOptions
) -> None:
    """Print the regulations of every stack; a failure at one does not keep the others.

    Raises typer.Exit when a list is not complete, UsageError.
    """
    show = printer_of(options)
    several = len(connections) > 1
    complete = [
        list_stack(connection, conditions, partial(show, stack=connection.name if several else ""))
        for connection in connections
    ]
    if not all(complete):
        raise typer.Exit(FAILURE)


def printer_of(options: ListOptions) -> Callable[..., None]:
    """What prints a page; raises UsageError for two formats."""
    if options.as_csv and options.as_json:
        raise UsageError("expected --csv or --json, got both")
    if options.as_csv:
        return CsvPrinter().print
    return print_json if options.as_json else print_lines


def list_stack(
    connection: Connection,
    conditions: dict[str, Any],
    show: Callable[[Iterable[Regulation]], None],
) -> bool:
    """Print the regulations of one stack; False when some are missing."""
    search, found = Search(connection.api, conditions), False
    try:
        for page in search.pages():
            found = found or bool(page)
            show(page)
    except CommandError as error:
        typer.echo(f"{connection.name}: the list is not complete: {error}", err=True)
        return False
    if not found and not search.missing:
        typer.echo(f"{connection.name}: no regulation matches", err=True)
    for regulation in search.missing:
        missing = f"regulation {regulation} is about this user, and its record was deleted"
        typer.echo(f"{connection.name}: {missing}", err=True)
    return not search.missing
