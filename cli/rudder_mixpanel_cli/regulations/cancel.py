"""`regulation cancel`: end suppressions, by id or for everything about a user."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from rudder_mixpanel_cli.confirmation import confirm
from rudder_mixpanel_cli.errors import FAILURE, CommandError, UsageError
from rudder_mixpanel_cli.regulations.actions import regulation_path
from rudder_mixpanel_cli.regulations.client import NoSuchRegulation
from rudder_mixpanel_cli.regulations.connection import Connection
from rudder_mixpanel_cli.regulations.options import CancelOptions
from rudder_mixpanel_cli.regulations.output import Regulation, json_of, line_of
from rudder_mixpanel_cli.regulations.search import Search


@dataclass(frozen=True, slots=True)
class Target:
    """A regulation to cancel, and the stacks that may have it, with a line that shows it."""

    regulation: str
    connections: Sequence[Connection]
    shown: str


def cancel_regulations(connections: Sequence[Connection], options: CancelOptions) -> None:
    """Show the regulations, ask, and cancel each.

    Raises typer.Exit when some were not cancelled, CommandError when the answer is no, UsageError.
    """
    targets = select_targets(connections, options)
    for target in targets:
        typer.echo(target.shown, err=not options.dry_run)
    if options.dry_run or not targets:
        nothing = (
            "this is a dry run" if targets else "the user has no regulation that is not cancelled"
        )
        typer.echo(f"Nothing was cancelled: {nothing}.", err=not options.dry_run)
        return
    if not options.yes:
        count = "this regulation" if len(targets) == 1 else f"these {len(targets):,} regulations"
        question = f"Cancel {count}? The users' events are sent to Mixpanel again."
        confirm(question, "nothing was cancelled")
    done = [cancel_target(target, as_json=options.as_json) for target in targets]
    if not all(done):
        typer.echo(
            f"{done.count(False):,} NOT cancelled: resolve this, and run the command again",
            err=True,
        )
        raise typer.Exit(FAILURE)


def select_targets(connections: Sequence[Connection], options: CancelOptions) -> list[Target]:
    """What the options name; raises UsageError or CommandError."""
    named = [options.regulations, options.user, options.anonymous]
    if sum(map(bool, named)) != 1:
        raise UsageError("expected ids of regulations, or --user, or --anonymous")
    if options.regulations:
        ids = list(dict.fromkeys(options.regulations))
        for regulation in ids:
            regulation_path(regulation)
        return [Target(regulation, connections, regulation) for regulation in ids]
    return [target for connection in connections for target in targets_at(connection, options)]


def targets_at(connection: Connection, options: CancelOptions) -> Iterator[Target]:
    """The regulations of a stack about the user that are not cancelled; raises CommandError.

    One that is completed or has failed still suppresses the user.
    """
    user = {"userId": options.user} if options.user else {"anonymousId": options.anonymous}
    search = Search(connection.api, user)
    for page in search.pages():
        for regulation in page:
            if not regulation["canceled"]:
                shown = line_of(regulation, connection.stack)
                yield Target(regulation["id"], [connection], shown)
    for lost in search.missing:
        typer.echo(f"{connection.name}: the record of regulation {lost} was deleted", err=True)


def cancel_target(target: Target, *, as_json: bool) -> bool:
    """Cancel a regulation where it is, and print it; False when that fails."""
    try:
        regulation, connection = cancel_at_one_of(target)
    except CommandError as error:
        typer.echo(f"{target.regulation}: {error}", err=True)
        return False
    stack = connection.stack if len(target.connections) > 1 else ""
    if as_json:
        typer.echo(json_of(regulation, stack=stack))
    else:
        typer.echo(f"{line_of(regulation, stack)}  {becomes_of_deletion(regulation)}".rstrip())
    return True


def cancel_at_one_of(target: Target) -> tuple[dict[str, Any], Connection]:
    """Cancel a regulation at the stack that has it; raises CommandError when that fails."""
    for connection in target.connections[:-1]:
        try:
            return cancel_at(connection, target.regulation), connection
        except NoSuchRegulation:
            continue
    last = target.connections[-1]
    return cancel_at(last, target.regulation), last


def cancel_at(connection: Connection, regulation: str) -> dict[str, Any]:
    """Cancel a regulation at a stack, and return its view; raises CommandError."""
    view: dict[str, Any] = connection.api.call("DELETE", regulation_path(regulation)).json()
    return view


def becomes_of_deletion(regulation: Regulation) -> str:
    """Whether the deletion goes on; empty when none was requested."""
    if regulation["regulationType"] == "suppress":
        return ""
    if regulation.get("completedAt") or regulation["state"] in {"completed", "failed"}:
        return "the deletion is over: only the suppression is lifted"
    if regulation.get("deletionContinues"):
        return "the deletion goes on"
    if regulation["state"] == "canceled":
        return "the deletion is called off"
    return "the deletion is called off, unless Mixpanel has started it: see regulation show"
