"""What a deployment prints."""

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.deployment.change_set import Change, services_of
from tools.deployment.cloudformation import ChangeSet, Outcome
from tools.deployment.plan import Plan

COLORS: Final = {"removed": "red", "replaced": "red", "changed": "yellow", "added": "green"}
# What there is after a deployment that failed.
STATES: Final = {
    "ROLLBACK_COMPLETE": "What it had created is removed again. Correct the cause, and run make "
    "deploy again.",
    "UPDATE_ROLLBACK_COMPLETE": "The stack is again as it was before. Correct the cause, and run "
    "make deploy again.",
}
IN_BETWEEN: Final = "Run make deploy again: it says what helps in this state."
COMMAND: Final = ".venv/bin/rudder-mixpanel"


def show_changes(console: Console, stack: str, plan: Plan, change_set: ChangeSet) -> None:
    """Show what will change."""
    if plan.creates:
        services = services_of(change_set.changes)
        say(console, f"{stack} will be created: {len(change_set.changes)} resources ({services}).")
        return
    say(console, f"What will change in {stack}:")
    own = [change for change in change_set.changes if not change.follows]
    console.print(table_of(own))
    if following := len(change_set.changes) - len(own):
        say(console, f"  {following} more resources refer to these, and are checked again.")
    for line in change_set.parameters:
        say(console, f"  parameter {line}")


def table_of(changes: list[Change]) -> Table:
    """Return a table of changes."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for change in changes:
        color = COLORS[change.what]
        note = (
            Text(f"! {change.data}", style="bold red") if change.data else Text(change.properties)
        )
        table.add_row(
            Text(f"  {change.what}", style=color), Text(change.name), Text(short(change.type)), note
        )
    return table


def short(resource_type: str) -> str:
    """Return the name of a type without the vendor."""
    return resource_type.removeprefix("AWS::").replace("::", " ")


def show_failure(console: Console, stack: str, outcome: Outcome) -> None:
    """Show why a deployment failed, and what there is now."""
    console.print(Text(f"✗ The deployment of {stack} failed: {outcome.status}", style="red"))
    for failure in outcome.failures:
        say(console, f"  {failure}")
    say(console, STATES.get(outcome.status, IN_BETWEEN))
    if outcome.left:
        say(console, "Not removed, so that it may cost something:")
    for resource in outcome.left:
        say(console, f"  {resource}")


def show_next_step(console: Console, stack: str, plan: Plan, change_set: ChangeSet) -> None:
    """Say that it is deployed, and what to do next."""
    done = "created" if plan.creates else "updated"
    console.print(Text(f"✓ {stack} is {done}.", style="green"))
    if plan.creates:
        say(console, f"Next, set it up:\n  {COMMAND} setup exported.json --stack {stack}")
        return say(
            console,
            "Its tables are not protected against deletion yet: the next make deploy does that.",
        )
    if any(line.endswith("→ yes") for line in change_set.parameters if "Protection:" in line):
        say(console, "From now on its own tables are protected against deletion.")
    return show_check(console, stack)


def show_nothing(console: Console, stack: str) -> None:
    """Say that the stack is as the template says."""
    console.print(Text(f"✓ {stack} is up to date: there is nothing to change.", style="green"))
    show_check(console, stack)


def show_check(console: Console, stack: str) -> None:
    """Say how to check the stack."""
    say(console, f"Next, check it:\n  {COMMAND} doctor --stack {stack}")


def say(console: Console, text: str) -> None:
    """Print text as it is."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
