"""Policies, evaluated as IAM does: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

# What a policy may ask about a request; requests.py reads them from the call.
KEYS: Final = {"dynamodb:Attributes", "dynamodb:ReturnValues", "dynamodb:Select"}
ELEMENTS: Final = {"Sid", "Effect", "Action", "Resource", "Condition"}
EFFECTS: Final = {"Allow", "Deny"}


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource; a call can be several."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Permission(NamedTuple):
    """One action on one resource that a role is granted; the resource as the template names it."""

    role: str
    sid: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement; `resources` are names in the template by the ARN, or its pattern."""

    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: Mapping[str, str]
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, element: Mapping[str, Any], names: Mapping[str, str]) -> "Statement":
        """Read a statement. Raises NotImplementedError for what is not evaluated here."""
        if element.keys() - ELEMENTS or element["Effect"] not in EFFECTS:
            raise NotImplementedError(f"{element.keys() - ELEMENTS or element['Effect']}")
        resources = {arn: names.get(arn, arn) for arn in as_tuple(element["Resource"])}
        condition = element.get("Condition", {})
        require_known(condition)
        return cls(
            element["Sid"], element["Effect"], as_tuple(element["Action"]), resources, condition
        )

    def matches(self, request: Request) -> Iterator[tuple[str, str]]:
        """Each action and resource of the statement that covers a request."""
        if holds(self.condition, request.context):
            for action in self.actions:
                if is_like(request.action.lower(), action.lower()):
                    for arn, name in self.resources.items():
                        if is_like(request.resource, arn):
                            yield action, name


@dataclass(frozen=True, slots=True)
class Policy:
    """All statements of a role."""

    role: str
    statements: tuple[Statement, ...]

    def allowing(self, request: Request) -> set[Permission]:
        """What allows a request: nothing by default, nothing when a statement denies it."""
        found: dict[str, set[Permission]] = {effect: set() for effect in EFFECTS}
        for statement in self.statements:
            for action, resource in statement.matches(request):
                permission = Permission(self.role, statement.sid, action, resource)
                found[statement.effect].add(permission)
        return set() if found["Deny"] else found["Allow"]

    def granted(self) -> set[Permission]:
        """Every permission."""
        return {
            Permission(self.role, statement.sid, action, resource)
            for statement in self.statements
            if statement.effect == "Allow"
            for action in statement.actions
            for resource in statement.resources.values()
        }


def as_tuple(value: str | list[str]) -> tuple[str, ...]:
    """The one or more values of an element."""
    return (value,) if isinstance(value, str) else tuple(value)


@cache
def is_like(value: str, pattern: str) -> bool:
    """Whether a value fits a pattern, in which * is any text and ? any character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None


def require_known(condition: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise NotImplementedError for an operator or a key that is not evaluated here."""
    for operator, keys in condition.items():
        _, _, comparison = operator.rpartition(":")
        if comparison.removesuffix("IfExists") != "StringEquals" or keys.keys() - KEYS:
            raise NotImplementedError(f"{operator}: {sorted(keys)}")
        if operator.partition(":")[0] not in {"ForAllValues", comparison}:
            raise NotImplementedError(operator)


def holds(
    condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, tuple[str, ...]]
) -> bool:
    """Whether a request fulfils all of a condition."""
    return all(
        equals(operator, context.get(key, ()), as_tuple(values))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def equals(operator: str, actual: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    """A request without the key fulfils ForAllValues and IfExists, and nothing else."""
    if not actual:
        return operator.startswith("ForAllValues:") or operator.endswith("IfExists")
    return all(value in expected for value in actual)
