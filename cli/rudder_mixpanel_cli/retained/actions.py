"""What `rudder-mixpanel retained` does: it lists, and destroys on request."""

import json
from typing import Any

import typer

from rudder_mixpanel_cli.adoptable import LOG_GROUP, QUEUE, TABLE
from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.confirmation import confirm_name
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.retained.destroy import RECOVERY_DAYS, destroy
from rudder_mixpanel_cli.retained.resource import Retained, notes_on, parameters_of
from rudder_mixpanel_cli.retained.search import exists, find_retained
from rudder_mixpanel_cli.terminal import printable

UNITS = {QUEUE: "messages", TABLE: "items", LOG_GROUP: "bytes"}


def run_retained(stack: DeployedStack, *, as_json: bool, destroying: bool, yes: bool) -> None:
    """List what is left of a stack and, if asked to, destroy it.

    Raises CommandError when something could not be destroyed, or the answer was another name.
    """
    with report_aws_errors():
        found = find_retained(stack)
        is_alive = exists(stack)
    if as_json:
        typer.echo(json.dumps(as_document(stack.name, found, is_alive=is_alive), indent=2))
    else:
        print_list(stack.name, found)
    if destroying and found:
        if not yes:
            confirm_name(stack.name, f"Destroy these {len(found)} resources for ever?")
        with report_aws_errors():
            destroy_all(stack, found)


def as_document(stack: str, found: list[Retained], *, is_alive: bool) -> dict[str, Any]:
    """What is left, for programs."""
    return {
        "stack": stack,
        "exists": is_alive,
        "resources": [resource.as_json() for resource in found],
        "parameters": parameters_of(found),
        "notes": notes_on(found),
    }


def print_list(stack: str, found: list[Retained]) -> None:
    """Print what is left, and the line that adopts it."""
    if not found:
        typer.echo(f"No removed stack named {stack} has left anything.")
        return
    for resource in found:
        typer.echo(line_of(resource))
    for note in notes_on(found):
        typer.echo(f"\n{note}")
    if parameters := parameters_of(found):
        values = " ".join(f"{name}={value}" for name, value in parameters.items())
        typer.echo(f'\nTo adopt it:\nmake deploy PARAMETERS="{values}"')


def line_of(resource: Retained) -> str:
    """One resource in a line: what it is, its name, its age and its contents."""
    made = f"{resource.created:%Y-%m-%d %H:%M}" if resource.created else "unknown"
    unit = UNITS.get(resource.type)
    contents = f"  about {resource.items} {unit}" if unit else ""
    users = "  holds suppressed users" if resource.suppressions else ""
    return printable(f"{resource.name:<30} {made:<16}  {resource.id}{contents}{users}")


def destroy_all(stack: DeployedStack, found: list[Retained]) -> None:
    """Destroy resources one by one. Raises CommandError when some could not be."""
    failed = 0
    for resource in found:
        reason = destroy(stack, resource)
        failed += bool(reason)
        outcome = f"not destroyed: {reason}" if reason else "destroyed"
        typer.echo(printable(f"{resource.name} {resource.id}: {outcome}"), err=True)
    typer.echo(f"Secrets can be restored for {RECOVERY_DAYS} days.", err=True)
    if failed:
        raise CommandError(f"{failed} of {len(found)} resources were not destroyed")
