"""A resource that a stack has left, and what can be adopted of several of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel_cli.adoptable import (
    ADOPT,
    ADOPTABLE,
    LOG_GROUP,
    PARAMETER,
    QUEUE,
    SECRET,
    TABLE,
)

TAG: Final = "rudder-mixpanel:stack"
STACK_TAG: Final = "aws:cloudformation:stack-name"
NAME_TAG: Final = "aws:cloudformation:logical-id"
# CloudFormation tags neither queues nor tables, and nobody can write its tags by hand.
RESOURCE_TAG: Final = "rudder-mixpanel:resource"
KINDS: Final = {
    "sqs": QUEUE,
    "dynamodb": TABLE,
    "secretsmanager": SECRET,
    "logs": LOG_GROUP,
    "ssm": PARAMETER,
}
SETTINGS_NAME: Final = "DestinationSettings"
# What is of no use without another one: tables with hashes of a key, and queues.
NEEDS: Final = {
    "Suppressions": "SuppressionKey",
    "SuppressionKey": "Suppressions",
    "Profiles": "SuppressionKey",
    "EventsQueue": "EventsDeadLetterQueue",
    "DeletionsQueue": "DeletionsDeadLetterQueue",
}
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Retained:
    """A resource that outlived its stack.

    `link` says what belongs together: the ARN of the dead-letter queue of a queue, and the check
    value of the key of a table or of the key itself.
    """

    type: str
    name: str
    id: str
    arn: str
    created: datetime | None = None
    items: int = 0
    suppressions: bool = False
    link: str = ""

    @property
    def parameter(self) -> str | None:
        """The parameter of the template that adopts it, if any."""
        return f"{ADOPT}{self.name}" if ADOPTABLE.get(self.name) == self.type else None

    def as_json(self) -> dict[str, Any]:
        """The resource for programs."""
        return {
            "type": self.type,
            "logicalId": self.name,
            "id": self.id,
            "parameter": self.parameter,
            "created": self.created.isoformat() if self.created else None,
            "suppressions": self.suppressions,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """A table of one stack that a living stack of another name adopts."""

    by: str
    table: Retained

    def as_json(self) -> dict[str, Any]:
        """The table for programs."""
        return {**self.table.as_json(), "adoptedBy": self.by}


def identify(arn: str, tags: Mapping[str, str], stack: str) -> Retained | None:
    """The resource with this ARN and these tags, or None when it is of another kind."""
    service = arn.split(":")[2]
    resource = arn.split(":", 5)[5]
    if service not in KINDS:
        return None
    if service == "logs":
        resource = resource.removeprefix("log-group:").removesuffix(":*")
    elif service in {"dynamodb", "ssm"}:
        resource = resource.partition("/")[2]
    elif service == "secretsmanager":
        resource = resource.removeprefix("secret:")
    name = tags.get(RESOURCE_TAG) or tags.get(NAME_TAG) or name_in_template(resource, stack)
    identity = arn if service == "secretsmanager" else resource
    return Retained(KINDS[service], name, identity, arn)


def name_in_template(resource: str, stack: str) -> str:
    """The name in the template, from a name that CloudFormation or the template has given.

    prod-EventsQueue-1A2B and rudder-mixpanel/prod/suppression-key-1a2b3c4d-XyZ123; empty when it is
    neither.
    """
    secret = re.fullmatch(rf"rudder-mixpanel/{re.escape(stack)}/([a-z-]+?)-[0-9a-f]+-\w+", resource)
    if secret:
        return "".join(word.capitalize() for word in secret[1].split("-"))
    generated = re.fullmatch(rf"{re.escape(stack)}-([A-Za-z]+)-\w+(\.fifo)?", resource)
    return generated[1] if generated else ""


def parameters_of(resources: Iterable[Retained]) -> dict[str, str]:
    """The parameters that adopt resources: of several for one, the newest that fits the others.

    What needs another resource that is missing, such as a table without its key, is left out.
    """
    newest: dict[str, list[Retained]] = {}
    for resource in sorted(resources, key=lambda each: each.created or LONG_AGO, reverse=True):
        if resource.parameter:
            newest.setdefault(resource.name, []).append(resource)
    chosen = {name: each[0] for name, each in newest.items() if name not in NEEDS}
    chosen |= pair_of(newest, "Suppressions", "SuppressionKey")
    # It says nothing of its key. Under another one, it is as good as an empty table.
    if "Profiles" in newest and NEEDS["Profiles"] in chosen:
        chosen["Profiles"] = newest["Profiles"][0]
    for queue in ("EventsQueue", "DeletionsQueue"):
        chosen |= pair_of(newest, queue, NEEDS[queue])
    return {f"{ADOPT}{name}": resource.id for name, resource in sorted(chosen.items())}


def pair_of(newest: Mapping[str, list[Retained]], name: str, needed: str) -> dict[str, Retained]:
    """The newest resource that has what it needs, and that; empty when there is no such pair."""
    for resource in newest.get(name, []):
        for other in newest.get(needed, []):
            if belongs(resource, other):
                return {name: resource, needed: other}
    return {}


def belongs(resource: Retained, other: Retained) -> bool:
    """Whether a table was begun with this key, or a queue gives its messages to this one."""
    expected = resource.link
    if resource.type == TABLE:
        # A table in which nobody is suppressed fits every key, but not a secret without one.
        return bool(other.link) and expected in {"", other.link}
    return expected == other.arn


def notes_on(resources: Iterable[Retained]) -> list[str]:
    """What a reader must know before the parameters are used."""
    by_name: dict[str, list[Retained]] = {}
    for resource in resources:
        by_name.setdefault(resource.name, []).append(resource)
    several = sorted(name for name in ADOPTABLE if len(by_name.get(name, [])) > 1)
    notes = []
    if several:
        notes.append(
            f"Several candidates exist for {', '.join(several)}: stacks of this name were removed "
            "more than once. The parameters name the newest that fit together; choose yourself."
        )
    tables = [table for table in by_name.get("Suppressions", []) if table.suppressions]
    if len(tables) > 1:
        notes.append(f"{len(tables)} tables hold suppressed users; a stack uses only one of them.")
    keys = by_name.get("SuppressionKey", [])
    notes += [
        f"The key of {table.id} is missing: no suppressed user in it can be found. Restore the "
        "secret first: aws secretsmanager restore-secret."
        for table in tables
        if not any(belongs(table, key) for key in keys)
    ]
    return notes
