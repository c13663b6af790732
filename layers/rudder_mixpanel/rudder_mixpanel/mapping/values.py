"""Reading JSON the way RudderStack's transformer does, where JavaScript and Python differ."""

from collections.abc import Iterable
from typing import Any

type Path = tuple[str, ...]


def path(dotted: str) -> Path:
    """The segments of a dotted path."""
    return tuple(dotted.split("."))


def at(value: Any, segments: Path) -> Any:
    """What stands at a fixed path of objects, or None."""
    for segment in segments:
        if type(value) is not dict:
            return None
        value = value.get(segment)
    return value


def first(message: Any, sources: Iterable[Path]) -> Any:
    """The first value among the sources that says something, or None."""
    for source in sources:
        value = at(message, source)
        if says_something(value):
            return value
    return None


def says_something(value: Any) -> bool:
    """Whether a mapped value is sent: not null and not empty text; 0, false, [] and {} are."""
    # A comparison with "" would be true for no other type; NaN is the one value unlike itself.
    return value is not None and value != "" and value == value  # noqa: PLR0124


def truthy(value: Any) -> bool:
    """JavaScript's truth: empty lists and objects count, 0, NaN and empty text do not."""
    return isinstance(value, list | dict) or (bool(value) and value == value)  # noqa: PLR0124


def filled(value: Any) -> bool:
    """Whether there is anything in it: blank text, [] and {} are empty, 0 and false are not."""
    if isinstance(value, str):
        return not value.isspace() and value != ""
    return value is not None and value not in ([], {})


def as_object(value: Any) -> dict[str, Any]:
    """An object as it is, a list by its indexes, and nothing for the rest (JavaScript's spread)."""
    if isinstance(value, dict):
        return value
    return {str(i): item for i, item in enumerate(value)} if isinstance(value, list) else {}


def text(value: Any) -> str:
    """A scalar as JavaScript spells it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:  # noqa: PLR2004 - JavaScript's own bound
        return str(int(value))
    return str(value)


def find(value: Any, dotted: str) -> Any:
    """What stands at a path that a person configured, or None.

    A key that itself holds dots wins over nesting, and a number reaches into a list, as in
    RudderStack's settings.
    """
    if isinstance(value, list):
        value = as_object(value)
    if not isinstance(value, dict):
        return None
    if dotted in value:
        return value[dotted]
    head, dot, rest = dotted.partition(".")
    while dot:
        if head in value:
            return find(value[head], rest)
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def without(value: Any, dotted: str) -> Any:
    """A copy that lacks what stands at a configured path; nothing of the original changes."""
    if not isinstance(value, dict):
        return value
    if dotted in value:
        return {key: item for key, item in value.items() if key != dotted}
    head, dot, rest = dotted.partition(".")
    while dot:
        if head in value:
            return {**value, head: without(value[head], rest)}
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return value


def put(target: dict[str, Any], dotted: str, value: Any) -> None:
    """Set a value at a dotted key, making nested objects; what was nested there is copied first."""
    *parents, last = dotted.split(".")
    for parent in parents:
        nested = target.get(parent)
        target[parent] = dict(nested) if isinstance(nested, dict) else {}
        target = target[parent]
    target[last] = value
