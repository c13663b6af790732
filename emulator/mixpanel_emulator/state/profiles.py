"""What each operation does to the properties of a profile."""

from collections.abc import Callable
from typing import Any, Final

type Properties = dict[str, Any]

OBJECT_OPERATIONS: Final = ("$set", "$set_once", "$add", "$append", "$union", "$remove")
OPERATIONS: Final = (*OBJECT_OPERATIONS, "$unset", "$delete")
# Groups know only what can be repeated without harm.
USER_OPERATIONS: Final = ("$add", "$append")
# The others find nothing to change where there is no profile.
CREATING: Final = ("$set", "$set_once", "$add", "$append", "$union")


def is_number(value: Any) -> bool:
    """Whether JSON calls it a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_acceptable(operation: str, value: Any) -> bool:
    """Whether an operation can be done with this value."""
    match operation:
        case "$delete":
            return True
        case "$unset":
            return isinstance(value, list) and all(isinstance(name, str) for name in value)
        case "$add":
            return isinstance(value, dict) and all(map(is_number, value.values()))
        case "$union":
            return isinstance(value, dict) and all(isinstance(v, list) for v in value.values())
        case _:
            return isinstance(value, dict)


def apply(operation: str, value: Any, properties: Properties) -> None:
    """Change the properties as this operation says."""
    if operation == "$unset":
        for name in value:
            properties.pop(name, None)
    elif operation != "$delete":
        change = CHANGES[operation]
        for name, argument in value.items():
            change(properties, name, argument)


def set_(properties: Properties, name: str, value: Any) -> None:
    """Overwrite."""
    properties[name] = value


def set_once(properties: Properties, name: str, value: Any) -> None:
    """Write only what is not there."""
    properties.setdefault(name, value)


def add(properties: Properties, name: str, amount: float) -> None:
    """Count up from what is there, from 0 when nothing is; what is no number stays."""
    current = properties.get(name, 0)
    if is_number(current):
        properties[name] = current + amount


def append(properties: Properties, name: str, value: Any) -> None:
    """Put one more at the end, even if it is there."""
    properties[name] = [*listed(properties, name), value]


def union(properties: Properties, name: str, values: list[Any]) -> None:
    """Put at the end those which are not there."""
    held = listed(properties, name)
    for value in values:
        if value not in held:
            held.append(value)
    properties[name] = held


def remove(properties: Properties, name: str, value: Any) -> None:
    """Take one such value out of a list."""
    held = properties.get(name)
    if isinstance(held, list) and value in held:
        # A list of its own, since the history holds what came.
        properties[name] = held = list(held)
        held.remove(value)


def listed(properties: Properties, name: str) -> list[Any]:
    """A copy of what is there, as a list."""
    held = properties.get(name, [])
    return list(held) if isinstance(held, list) else [held]


CHANGES: Final[dict[str, Callable[[Properties, str, Any], None]]] = {
    "$set": set_,
    "$set_once": set_once,
    "$add": add,
    "$append": append,
    "$union": union,
    "$remove": remove,
}
