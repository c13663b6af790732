"""Whether a new stack would forget who is suppressed, and how it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# Both: identifiers are stored as hashes with the key.
NEEDED: Final = ("AdoptSuppressions", "AdoptSuppressionKey")


@dataclass(frozen=True, slots=True)
class Retained:
    """What `rudder-mixpanel retained --json` finds of earlier stacks of a name."""

    resources: Sequence[Mapping[str, Any]] = ()
    # The parameters with which a new stack takes them over.
    parameters: Mapping[str, str] = field(default_factory=dict)
    # What to know before they are used.
    notes: Sequence[str] = ()
    # The tables with suppressions that living stacks of other names have taken over.
    taken: Sequence[Mapping[str, Any]] = ()

    @property
    def tables(self) -> list[Mapping[str, Any]]:
        """The tables that hold suppressions."""
        left = [resource for resource in self.resources if resource["suppressions"]]
        return [*left, *self.taken]


def forgotten(retained: Retained, parameters: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the tables whose suppressions a new stack with these parameters would forget."""
    values = values_of(parameters)
    return [] if all(values.get(name) for name in NEEDED) else retained.tables


def values_of(parameters: Sequence[str]) -> dict[str, str]:
    """Return the values of NAME=VALUE by name; the last one counts."""
    return dict(parameter.split("=", 1) for parameter in parameters)


def emptied(before: Mapping[str, str], parameters: Sequence[str]) -> str:
    """Return the adopted table of suppressions that these parameters take from a stack, or ""."""
    name = NEEDED[0]
    adopted = before.get(name, "")
    return "" if {name: adopted, **values_of(parameters)}[name] else adopted


def refusal_to_empty(stack: str, table: str, arguments: Mapping[str, str]) -> str:
    """Return why a stack keeps its adopted table of suppressions, and the commands that help."""
    names = " and ".join(NEEDED)
    return "\n".join(
        [
            f"{stack} would forget who is suppressed, and deliver their events again: it uses the",
            f"table {table}, and would get an empty one.",
            "",
            f"Leave {names} out of PARAMETERS and samconfig.toml: they keep their values.",
            "",
            "To forget them knowingly:",
            f"  {command({**arguments, 'FRESH': 'yes'})}",
        ]
    )


def refusal(stack: str, retained: Retained, arguments: Mapping[str, str]) -> str:
    """Return why no such stack is created, and the commands that help.

    `arguments` are those that make was given.
    """
    return "\n".join(
        [
            f"A new stack {stack} would forget who is suppressed, and deliver their events again.",
            "",
            "An earlier stack of this name has left:",
            *map(describe, retained.tables),
            *retained.notes,
            "",
            *adoption(stack, retained, arguments),
            "",
            "To forget them knowingly:",
            f"  {command({**arguments, 'FRESH': 'yes'})}",
        ]
    )


def describe(resource: Mapping[str, Any]) -> str:
    """Describe a retained resource in a line."""
    created = f", created {resource['created']}" if resource.get("created") else ""
    user = f", used by the stack {resource['adoptedBy']}" if "adoptedBy" in resource else ""
    return f"  {resource['logicalId']}: {resource['id']}{created}{user}"


def adoption(stack: str, retained: Retained, arguments: Mapping[str, str]) -> list[str]:
    """Say how a new stack takes over what is left."""
    given = arguments.get("PARAMETERS", "").split()
    adopting = [f"{name}={value}" for name, value in in_order(retained.parameters)]
    listed = f".venv/bin/rudder-mixpanel retained --stack {stack}"
    if retained.taken:
        others = " and ".join(sorted({table["adoptedBy"] for table in retained.taken}))
        return [
            f"If {others} was to adopt none of it, remove that stack, which leaves it in turn, and",
            "deploy again. If it has replaced this stack, deploy that one.",
        ]
    if all(retained.parameters.get(name) for name in NEEDED):
        return [
            "To go on with it, and with everything else that is left:",
            f"  {command({**arguments, 'PARAMETERS': ' '.join([*given, *adopting])})}",
        ]
    example = {**arguments, "PARAMETERS": " ".join([*given, *(f"{name}=…" for name in NEEDED)])}
    return [
        f"To go on with one of them, choose it and its key from `{listed}`, and give both:",
        f"  {command(example)}",
    ]


def in_order(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the parameters, those first without which suppressions are forgotten."""
    first = {name: parameters[name] for name in NEEDED if name in parameters}
    return list({**first, **parameters}.items())


def command(arguments: Mapping[str, str]) -> str:
    """Return the `make deploy` with these arguments, as it is typed."""
    words = [
        f'{name}="{value}"' if " " in value else f"{name}={value}"
        for name, value in arguments.items()
        if value
    ]
    return " ".join(["make deploy", *words])
