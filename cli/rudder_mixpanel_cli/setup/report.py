"""What `setup` says: to stderr, but new keys, JSON, and what a dry run shows to stdout."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

import orjson
import typer

from rudder_mixpanel_cli.configs.destinations import ExportedDestination
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.setup import stored
from rudder_mixpanel_cli.setup.apply import Result
from rudder_mixpanel_cli.setup.keeping import Kept
from rudder_mixpanel_cli.setup.new_keys import NewKey
from rudder_mixpanel_cli.setup.options import SetupOptions
from rudder_mixpanel_cli.setup.overview import Section
from rudder_mixpanel_cli.setup.plan import Change
from rudder_mixpanel_cli.setup.questions import NOTHING_WRITTEN
from rudder_mixpanel_cli.setup.show import show
from rudder_mixpanel_cli.setup.stored import StoredObjects
from rudder_mixpanel_cli.terminal import printable

CONTENTS: Final = {
    stored.DELIVERY: "credentials of deliveries",
    stored.DELETION: "credentials of deletions",
    stored.WEBHOOKS: "tokens of the regulations API",
    stored.WRITE_KEYS: "write keys of SDKs",
    stored.SETTINGS: "settings",
}
ONCE: Final = "New, and shown only now. Store them where those who need them find them."


def print_stack(stack: DeployedStack) -> None:
    """Which stack is set up, and where."""
    region = stack.client("ssm").meta.region_name
    destination = stack.outputs.get("DestinationId", "")
    served = f", which serves the destination {destination}" if destination else ""
    typer.echo(f"Stack {stack.name} in {region}{served}.", err=True)


def print_unreadable(before: StoredObjects) -> None:
    """What cannot be read, and so stays as it is; without it, credentials seem to be missing."""
    for each in before.objects.values():
        if each.unreadable:
            what = f"{CONTENTS[each.output]}, {each.short_name}"
            typer.echo(printable(f"Left alone: {what}: {each.unreadable}"), err=True)


def print_source(path: Path, destination: ExportedDestination) -> None:
    """Which Config is used."""
    named = f", destination {destination}" if str(destination) else ""
    typer.echo(printable(f"Settings from {path}{named}."), err=True)


def print_overview(
    sections: Iterable[Section], in_config: Mapping[str, Any], options: SetupOptions
) -> None:
    """What the settings mean, and which credentials were among them."""
    show(sections, err=not shown_on_stdout(options))
    if in_config:
        names = ", ".join(in_config)
        text = f"\nIn the Config, and only for the secrets, never for the settings: {names}."
        typer.echo(text, err=not shown_on_stdout(options))


def shown_on_stdout(options: SetupOptions) -> bool:
    """Whether the text is what was asked for, and not what accompanies it."""
    return options.dry_run and not options.as_json


def print_plan(
    changes: list[Change], keys: list[NewKey], kept: Kept, options: SetupOptions
) -> None:
    """What is going to be written, by name, and what is kept."""
    err = not shown_on_stdout(options)
    if rows := [plan_row(change) for change in changes if change.is_needed]:
        show([Section("To write", rows)], err=err)
        typer.echo(err=err)
    else:
        typer.echo("\nNothing to write: the stack has all this already.", err=err)
    for line in kept.lines():
        typer.echo(line, err=err)
    if options.dry_run and options.as_json:
        print_json(plan_json(changes, keys) | {"kept": kept._asdict()})


def plan_row(change: Change) -> tuple[str, ...]:
    """One line of the plan."""
    lines = [f"{label}: {', '.join(names)}" for label, names in change.names.items()]
    place = f"in the {change.stored.kind} {change.stored.short_name}"
    return CONTENTS[change.stored.output], "\n".join([*lines, place])


def print_missing(names: list[str]) -> None:
    """Which credentials a run that writes would need."""
    if names:
        typer.echo(f"Still needed: {', '.join(names)}.", err=True)


def print_dry_end(options: SetupOptions) -> None:
    """That a run which only looks has written nothing."""
    text = f"{NOTHING_WRITTEN[:1].upper()}{NOTHING_WRITTEN[1:]}: this is a dry run."
    typer.echo(text, err=not shown_on_stdout(options))


def print_result(
    stack: DeployedStack, changes: list[Change], result: Result, options: SetupOptions
) -> None:
    """What was written, and what was not."""
    for change in result.written:
        typer.echo(f"Written: {CONTENTS[change.stored.output]}.", err=True)
    for failure in result.failures:
        what = CONTENTS[failure.stored.output]
        text = f"Not written: {what}, {failure.stored.short_name}: {failure.reason}"
        typer.echo(printable(text), err=True)
    if result.written:
        typer.echo("It takes effect within a minute.", err=True)
    if options.as_json:
        print_json(result_json(stack, changes, result, options))


def print_keys(result: Result, file: TextIO | None, options: SetupOptions) -> None:
    """The new tokens and keys, once: to the file, or to stdout."""
    if not result.keys or (options.as_json and not file):
        return
    if file:
        file.write("".join(f"{line}\n" for line in map(key_line, result.keys)))
        typer.echo(f"New tokens and keys are in {options.tokens_to}.", err=True)
        return
    typer.echo(f"\n{ONCE}", err=True)
    for key in result.keys:
        typer.echo(key_line(key))


def key_line(key: NewKey) -> str:
    """One key with what it is."""
    scopes = f" ({', '.join(key.scopes)})" if key.scopes else ""
    return f"{key.kind} {key.name}{scopes}: {key.value}"


def plan_json(changes: list[Change], keys: list[NewKey]) -> dict[str, Any]:
    """The plan as JSON, without values."""
    return {
        "toWrite": [change_json(change) for change in changes if change.is_needed],
        "leftAlone": [
            {"name": change.stored.short_name, "reason": change.stored.unreadable}
            for change in changes
            if change.stored.unreadable
        ],
        "newKeys": [{"kind": key.kind, "name": key.name} for key in keys],
    }


def result_json(
    stack: DeployedStack, changes: list[Change], result: Result, options: SetupOptions
) -> dict[str, Any]:
    """The result as JSON; new keys only where no file gets them."""
    return {
        "stack": stack.name,
        "written": [change_json(change) for change in result.written],
        "unchanged": [
            change.stored.short_name
            for change in changes
            if not change.is_needed and not change.stored.unreadable
        ],
        "failed": [
            {"name": failure.stored.short_name, "reason": failure.reason}
            for failure in result.failures
        ],
        "newKeys": [key_json(key, shown=options.tokens_to is None) for key in result.keys],
    }


def change_json(change: Change) -> dict[str, Any]:
    """One change as JSON, without values."""
    stored_object = change.stored
    return {
        "kind": stored_object.kind,
        "name": stored_object.short_name,
        **change.names,
    }


def key_json(key: NewKey, *, shown: bool) -> dict[str, Any]:
    """One new key as JSON."""
    value = {"value": key.value} if shown else {}
    scopes = {"scopes": list(key.scopes)} if key.scopes else {}
    return {"kind": key.kind, "name": key.name, **scopes, **value}


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object to stdout."""
    typer.echo(orjson.dumps(content, option=orjson.OPT_INDENT_2))
