"""What a change set will do to a stack, in the order in which a reader must see it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

# What resources of these types hold is not in the template: a new one is empty.
STATEFUL: Final = {
    "AWS::DynamoDB::Table": "items",
    "AWS::SQS::Queue": "messages",
    "AWS::SecretsManager::Secret": "value",
    "AWS::Logs::LogGroup": "log",
    "AWS::SSM::Parameter": "value",
}
# A change whose only reasons are these follows from other changes, and usually does nothing.
FOLLOWS: Final = frozenset({"ResourceReference", "ResourceAttribute"})
# How the parameters begin that name what a stack adopts.
ADOPT: Final = "Adopt"
ORDER: Final = ("removed", "replaced", "changed", "added")


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource."""

    what: str
    name: str
    type: str
    # The properties that change.
    properties: str = ""
    # What becomes of the data of a stateful resource that is removed or replaced; or nothing.
    data: str = ""
    # It changes only because it refers to one that may change.
    follows: bool = False


def changes_of(
    described: Iterable[Mapping[str, Any]], given_back: Collection[str] = ()
) -> list[Change]:
    """Return the changes of a change set, as DescribeChangeSet has them: those of data first.

    `given_back` are the resources that the stack has adopted until now.
    """
    changes = [
        change_of(each["ResourceChange"], given_back)
        for each in described
        if "ResourceChange" in each
    ]
    return sorted(
        changes, key=lambda change: (not change.data, ORDER.index(change.what), change.name)
    )


def change_of(resource: Mapping[str, Any], given_back: Collection[str] = ()) -> Change:
    """Return one change."""
    what = kind_of(resource)
    details = resource.get("Details", [])
    own = own_details(resource)
    return Change(
        what,
        resource["LogicalResourceId"],
        resource["ResourceType"],
        ", ".join(dict.fromkeys(map(target_of, own))),
        data_of(what, resource, given_back),
        follows=what == "changed" and bool(details) and not own,
    )


def own_details(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the details of a change that do not only follow from other changes."""
    details = resource.get("Details", [])
    return [detail for detail in details if detail.get("ChangeSource") not in FOLLOWS]


def kind_of(resource: Mapping[str, Any]) -> str:
    """Return what happens: added, changed, replaced or removed."""
    match resource["Action"]:
        case "Add" | "Import":
            return "added"
        case "Remove":
            return "removed"
        case _:
            return "replaced" if resource.get("Replacement") == "True" else "changed"


def target_of(detail: Mapping[str, Any]) -> str:
    """Return the name of the property, or of the attribute, that changes."""
    target = detail.get("Target", {})
    return str(target.get("Name") or target.get("Attribute", ""))


def data_of(what: str, resource: Mapping[str, Any], given_back: Collection[str]) -> str:
    """Say what becomes of the data of a resource; empty if it has none or keeps it."""
    held = STATEFUL.get(resource["ResourceType"])
    if held is None:
        return ""
    kept = "Retain" in resource.get("PolicyAction", "")
    match what:
        case "removed":
            return f"leaves the stack; its {held} stay" if kept else f"its {held} will be DELETED"
        case "added" if resource["LogicalResourceId"] in given_back:
            return f"a new one without {held}, instead of the adopted one, which stays"
        case "replaced":
            end = "stays outside the stack" if kept else "is DELETED"
            return f"a new one without {held}; the old one {end}"
        case _ if may_replace(resource):
            return f"AWS may replace it: the new one would have no {held}"
        case _:
            return ""


def may_replace(resource: Mapping[str, Any]) -> bool:
    """Return whether a property of its own that changes may need a new resource."""
    return resource.get("Replacement") == "Conditional" and any(
        detail.get("Target", {}).get("RequiresRecreation") in {"Always", "Conditionally"}
        for detail in own_details(resource)
    )


def given_back(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Return the names of the resources that were adopted before, and are not any more."""
    return {
        name.removeprefix(ADOPT)
        for name, value in before.items()
        if name.startswith(ADOPT) and value and not after.get(name)
    }


def parameter_changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return a line for each parameter whose value changes."""
    return [
        f"{name}: {shown(before.get(name))} → {shown(after.get(name))}"
        for name in sorted({**before, **after})
        if before.get(name) != after.get(name)
    ]


def shown(value: str | None) -> str:
    """Return a value as a reader sees it."""
    match value:
        case None:
            return "(none)"
        case "":
            return "(empty)"
        case _:
            return value


def services_of(changes: Iterable[Change]) -> str:
    """Count the resources by AWS service, most first."""
    counts = Counter(change.type.split("::")[1] for change in changes)
    return ", ".join(f"{count} {service}" for service, count in counts.most_common())
