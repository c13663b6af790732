"""The effect of each operation on the properties of a profile."""

from collections.abc import Callable
from typing import Any, Final

Properties = dict[str, Any]

OBJECT_OPERATIONS: Final = ("$set", "$set_once", "$add", "$append", "$union", "$remove")
OPERATIONS: Final = (*OBJECT_OPERATIONS, "$unset", "$delete")
# Groups accept only operations that can be repeated without harm.
USER_OPERATIONS: Final = ("$add", "$append")
# The other operations change nothing where there is no profile.
CREATING: Final = ("$set", "$set_once", "$add", "$append", "$union")


def is_number(value: Any) -> bool:
    """Whether the value is a number in JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_acceptable(operation: str, value: Any) -> bool:
    """Whether the operation accepts this value."""
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


def apply_operation(operation: str, value: Any, properties: Properties) -> None:
    """Apply an operation to the properties, in place."""
    if operation == "$unset":
        for name in value:
            properties.pop(name, None)
    elif operation != "$delete":
        change = CHANGES[operation]
        for name, argument in value.items():
            change(properties, name, argument)


def set_(properties: Properties, name: str, value: Any) -> None:
    """Overwrite the property."""
    properties[name] = value


def set_once(properties: Properties, name: str, value: Any) -> None:
    """Write the property only when it is missing."""
    properties.setdefault(name, value)


def add(properties: Properties, name: str, amount: float) -> None:
    """Increment the property, from 0 when it is missing; one that is not a number stays."""
    current = properties.get(name, 0)
    if is_number(current):
        properties[name] = current + amount


def append(properties: Properties, name: str, value: Any) -> None:
    """Append to the list, even a value that it already holds."""
    properties[name] = [*copy_list(properties, name), value]


def union(properties: Properties, name: str, values: list[Any]) -> None:
    """Append the values that the list does not hold yet."""
    merged = copy_list(properties, name)
    for value in values:
        if value not in merged:
            merged.append(value)
    properties[name] = merged


def remove(properties: Properties, name: str, value: Any) -> None:
    """Remove the first such value from a list."""
    current = properties.get(name)
    if isinstance(current, list) and value in current:
        # In a copy, since the history refers to the list that arrived.
        properties[name] = current = list(current)
        current.remove(value)


def copy_list(properties: Properties, name: str) -> list[Any]:
    """Return a copy of the property as a list."""
    current = properties.get(name, [])
    return list(current) if isinstance(current, list) else [current]


CHANGES: Final[dict[str, Callable[[Properties, str, Any], None]]] = {
    "$set": set_,
    "$set_once": set_once,
    "$add": add,
    "$append": append,
    "$union": union,
    "$remove": remove,
}
