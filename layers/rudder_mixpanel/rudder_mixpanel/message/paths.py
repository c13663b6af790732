"""Reads and writes values at dotted paths of a message."""

from itertools import pairwise
from typing import Any, Final

from rudder_mixpanel.message.values import as_object

type Path = tuple[str, ...]

# Digits of the longest list index; an event cannot hold a longer list.
INDEX_DIGITS: Final = 6
MISSING: Final = object()


def path(dotted: str) -> Path:
    """The segments of a dotted path."""
    return tuple(dotted.split("."))


def value_at(value: Any, segments: Path) -> Any:
    """The value at a fixed path of objects, or None."""
    for segment in segments:
        if type(value) is not dict:
            return None
        value = value.get(segment)
    return value


def child_of(value: Any, key: str) -> Any:
    """The value under a key of an object, or at an index of a list; MISSING when there is none."""
    if isinstance(value, dict):
        return value.get(key, MISSING)
    if isinstance(value, list) and is_index_in(value, key):
        index = int(key)
        return value[index] if index < len(value) and str(index) == key else MISSING
    return MISSING


def keys_to(value: Any, dotted: str) -> list[str] | None:
    """The keys that lead to the value at a configured path, or None when there is no value.

    As in RudderStack's settings, keys may contain dots, a key that is the whole path wins over
    nested ones, and a number is an index of a list.
    """
    if child_of(value, dotted) is not MISSING:
        return [dotted]
    keys: list[str] = []
    rest = dotted.split(".")
    while rest:
        candidates = (".".join(rest[:size]) for size in range(1, len(rest) + 1))
        key = next((key for key in candidates if child_of(value, key) is not MISSING), None)
        if key is None:
            return None
        keys.append(key)
        value = child_of(value, key)
        rest = rest[key.count(".") + 1 :]
    return keys


def find_value(value: Any, dotted: str) -> Any:
    """The value at a configured path, or None."""
    if value is None:
        return None
    if type(value) is dict and (dotted in value or "." not in dotted):
        return value.get(dotted)
    keys = keys_to(value, dotted)
    if keys is None:
        return None
    for key in keys:
        value = child_of(value, key)
    return value


def without_value(value: dict[str, Any], dotted: str) -> dict[str, Any]:
    """A copy without the value at a configured path; in a list, null takes its place.

    The original is not changed.
    """
    keys = keys_to(value, dotted)
    if keys is None:
        return value
    *parents, last = keys
    result: dict[str, Any] = {**value}
    inner: Any = result
    for parent in parents:
        key = int(parent) if isinstance(inner, list) else parent
        inner[key] = inner = inner[key].copy()
    if isinstance(inner, list):
        inner[int(last)] = None
    else:
        del inner[last]
    return result


class Nested(dict[str, Any]):
    """An object that `put_value` created, and may therefore change."""


class Listed(list[Any]):
    """A list that `put_value` created, and may therefore change."""


def put_value(target: dict[str, Any], dotted: str, value: Any) -> Any:
    """Set a value at a dotted key of nested objects, which are created or copied first.

    Numbers from 0 on create lists, since flattening turned list indexes into keys. Returns a value
    that it replaces, or None.
    """
    keys, replaced = segments(dotted), None
    inner: dict[str, Any] | list[Any] = target
    for key, following in pairwise(keys):
        nested = get_child(inner, key)
        if isinstance(nested, Listed) and not is_index_in(nested, following):
            nested = Nested(as_object(nested))
            set_child(inner, key, nested)
        elif not isinstance(nested, Nested | Listed):
            replaced = replaced if type(nested) is dict else nested
            nested = (
                Listed() if following == "0" else Nested(nested if type(nested) is dict else {})
            )
            set_child(inner, key, nested)
        inner = nested
    if replaced is None:
        replaced = get_child(inner, keys[-1])
    set_child(inner, keys[-1], value)
    return replaced


def segments(dotted: str) -> list[str]:
    """The keys of a dotted name; a name with a slash is a single key."""
    return [dotted] if "/" in dotted else dotted.rstrip(".").split(".")


def is_index_in(items: list[Any], key: str) -> bool:
    """Whether a key is an index of a list, or the one after its end."""
    return key.isascii() and key.isdigit() and len(key) < INDEX_DIGITS and int(key) <= len(items)


def get_child(container: dict[str, Any] | list[Any], key: str) -> Any:
    """The value at a key or index, or None."""
    if isinstance(container, dict):
        return container.get(key)
    return container[int(key)] if int(key) < len(container) else None


def set_child(container: dict[str, Any] | list[Any], key: str, value: Any) -> None:
    """Set the value at a key or index; the index after the end appends it."""
    if isinstance(container, dict):
        container[key] = value
    elif int(key) == len(container):
        container.append(value)
    else:
        container[int(key)] = value
