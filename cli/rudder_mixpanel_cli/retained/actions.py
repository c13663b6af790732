"""What `rudder-mixpanel retained` does: it lists, and destroys on request."""

import json
import tomllib
from pathlib import Path
from typing import Any, Final

import typer

from rudder_mixpanel_cli.adoptable import LOG_GROUP, QUEUE, TABLE
from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.confirmation import confirm_name
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.retained.destroy import RECOVERY_DAYS, destroy
from rudder_mixpanel_cli.retained.resource import Retained, notes_on, parameters_of
from rudder_mixpanel_cli.retained.search import Leftovers, find_leftovers
from rudder_mixpanel_cli.terminal import printable

UNITS: Final = {QUEUE: "messages", TABLE: "items", LOG_GROUP: "bytes"}
CONFIGURATION: Final = Path("samconfig.toml")


def run_retained(stack: DeployedStack, *, as_json: bool, destroying: bool, yes: bool) -> None:
    """List what is left of a stack and, if asked to, destroy it.

    Raises CommandError when something could not be destroyed, or the answer was another name.
    """
    with report_aws_errors():
        left = find_leftovers(stack)
    if as_json:
        typer.echo(json.dumps(as_document(stack.name, left), indent=2))
    else:
        print_list(stack.name, left)
    if destroying and left.resources:
        if not yes:
            confirm_name(stack.name, f"Destroy these {len(left.resources)} resources for ever?")
        with report_aws_errors():
            destroy_all(stack, left.resources)


def as_document(stack: str, left: Leftovers) -> dict[str, Any]:
    """What is left, for programs."""
    return {
        "stack": stack,
        "exists": left.stack_exists,
        "resources": [resource.as_json() for resource in left.resources],
        "parameters": parameters_of(left.resources),
        "notes": notes_on(left.resources),
        "taken": [each.as_json() for each in left.taken],
    }


def print_list(stack: str, left: Leftovers) -> None:
    """Print what is left, and the line that adopts it."""
    for each in left.taken:
        line = f"The stack {each.by} uses {each.table.id}, whose users {stack} has suppressed."
        typer.echo(printable(line))
    if not left.resources:
        typer.echo(f"No removed stack named {stack} has left anything.")
        return
    for resource in left.resources:
        typer.echo(line_of(resource))
    for note in notes_on(left.resources):
        typer.echo(f"\n{note}")
    if parameters := parameters_of(left.resources):
        values = " ".join(f"{name}={value}" for name, value in parameters.items())
        typer.echo(f'\nTo adopt it:\nmake deploy {environment_of(stack)}PARAMETERS="{values}"')


def environment_of(stack: str) -> str:
    """The argument with which `make deploy` deploys this stack, and no other.

    It is empty for the environment `default`, and says what to put there when samconfig.toml does
    not name the stack.
    """
    names = [name for name, each in configured_stacks().items() if each == stack]
    if not names:
        return f"ENVIRONMENT=<that of {stack} in samconfig.toml> "
    return "" if names[0] == "default" else f"ENVIRONMENT={names[0]} "


def configured_stacks() -> dict[str, str]:
    """The names of stacks in the samconfig.toml of this folder, by environment."""
    if not CONFIGURATION.exists():
        return {}
    return {
        environment: parameters["stack_name"]
        for environment, commands in tomllib.loads(CONFIGURATION.read_text()).items()
        if isinstance(commands, dict)
        for command in ("global", "deploy")
        if "stack_name" in (parameters := commands.get(command, {}).get("parameters", {}))
    }


def line_of(resource: Retained) -> str:
    """One resource in a line: what it is, its name, its age and its contents."""
    made = f"{resource.created:%Y-%m-%d %H:%M}" if resource.created else "unknown"
    unit = UNITS.get(resource.type)
    contents = f"  about {resource.items} {unit}" if unit else ""
    users = "  holds suppressed users" if resource.suppressions else ""
    return printable(f"{resource.name:<30} {made:<16}  {resource.id}{contents}{users}")


def destroy_all(stack: DeployedStack, resources: list[Retained]) -> None:
    """Destroy resources one by one. Raises CommandError when some could not be."""
    failed = 0
    for resource in resources:
        reason = destroy(stack, resource)
        failed += bool(reason)
        outcome = f"not destroyed: {reason}" if reason else "destroyed"
        typer.echo(printable(f"{resource.name} {resource.id}: {outcome}"), err=True)
    typer.echo(f"Secrets can be restored for {RECOVERY_DAYS} days.", err=True)
    if failed:
        raise CommandError(f"{failed} of {len(resources)} resources were not destroyed")
