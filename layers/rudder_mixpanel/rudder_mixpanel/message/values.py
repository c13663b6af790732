"""Reading JSON the way RudderStack's transformer does, where JavaScript and Python differ."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

type Path = tuple[str, ...]

# Digits of a place in a list that is too long for an event anyway
LONGEST_PLACE: Final = 6
MISSING: Final = object()
# What is found where there is nothing; nobody writes into it.
NOTHING: Final[dict[str, Any]] = {}


def path(dotted: str) -> Path:
    """The segments of a dotted path."""
    return tuple(dotted.split("."))


def value_at(value: Any, segments: Path) -> Any:
    """What stands at a fixed path of objects, or None."""
    for segment in segments:
        if type(value) is not dict:
            return None
        value = value.get(segment)
    return value


def first_value(message: Any, sources: Iterable[Path]) -> Any:
    """The first value among the sources that says something, or None."""
    for source in sources:
        value = value_at(message, source)
        if is_sendable(value):
            return value
    return None


def is_sendable(value: Any) -> bool:
    """Whether a mapped value is sent: not null and not empty text; 0, false, [] and {} are."""
    # A comparison with "" is true for no other type.
    return value is not None and value != ""


def truthy(value: Any) -> bool:
    """JavaScript's truth: empty lists and objects count, 0, NaN and empty text do not."""
    return bool(value and value == value) or type(value) is list or type(value) is dict  # noqa: PLR0124


def has_content(value: Any) -> bool:
    """Whether there is anything in it: blank text, [] and {} are empty, 0 and false are not."""
    if type(value) is str:
        return value != "" and not value.isspace()
    if type(value) is list or type(value) is dict:
        return bool(value)
    return value is not None and value == value  # noqa: PLR0124 - NaN


def as_object(value: Any) -> dict[str, Any]:
    """An object as it is, a list by its indexes, and nothing for the rest (JavaScript's spread)."""
    if type(value) is dict:
        return value
    return {str(i): one for i, one in enumerate(value)} if isinstance(value, list) else NOTHING


def js_text(value: Any) -> str:
    """A value as JavaScript spells it."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e21  # noqa: PLR2004 - JavaScript's own bound
        return str(int(value)) if whole else str(value).replace("e-0", "e-")
    if not isinstance(value, list):
        return "[object Object]"
    return ",".join("" if item is None else js_text(item) for item in value)


def child_of(value: Any, key: str) -> Any:
    """What an object has under a key, or a list at a place; MISSING where there is none."""
    if isinstance(value, dict):
        return value.get(key, MISSING)
    if isinstance(value, list) and is_place_in(value, key):
        place = int(key)
        return value[place] if place < len(value) and str(place) == key else MISSING
    return MISSING


def keys_to(value: Any, dotted: str) -> list[str] | None:
    """The keys that lead to what stands at a path that a person configured, or None.

    Keys may hold dots themselves, a whole path as one key wins over nesting, and a number reaches
    into a list, as in RudderStack's settings.
    """
    if child_of(value, dotted) is not MISSING:
        return [dotted]
    keys: list[str] = []
    left = dotted.split(".")
    while left:
        candidates = (".".join(left[:size]) for size in range(1, len(left) + 1))
        key = next((one for one in candidates if child_of(value, one) is not MISSING), None)
        if key is None:
            return None
        keys.append(key)
        value = child_of(value, key)
        left = left[key.count(".") + 1 :]
    return keys


def find_value(value: Any, dotted: str) -> Any:
    """What stands at a configured path, or None."""
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
    """A copy that lacks what stands at a configured path; in a list, null stands for it.

    Nothing of the original changes.
    """
    keys = keys_to(value, dotted)
    if keys is None:
        return value
    *parents, last = keys
    result: dict[str, Any] = {**value}
    inner: Any = result
    for parent in parents:
        place = int(parent) if isinstance(inner, list) else parent
        inner[place] = inner = inner[place].copy()
    if isinstance(inner, list):
        inner[int(last)] = None
    else:
        del inner[last]
    return result


class Nested(dict[str, Any]):
    """An object that `put` has made, and may therefore change."""


class Listed(list[Any]):
    """A list that `put` has made, and may therefore change."""


def put_value(target: dict[str, Any], dotted: str, value: Any) -> None:
    """Set a value at a dotted key, making nested objects; what was nested there is copied first.

    Numbers from 0 on make lists, as they were before somebody flattened them.
    """
    keys = segments(dotted)
    inner: dict[str, Any] | list[Any] = target
    for key, following in pairwise(keys):
        nested = member(inner, key)
        if isinstance(nested, Listed) and not is_place_in(nested, following):
            nested = Nested(as_object(nested))
            assign(inner, key, nested)
        elif not isinstance(nested, Nested | Listed):
            nested = (
                Listed() if following == "0" else Nested(nested if type(nested) is dict else {})
            )
            assign(inner, key, nested)
        inner = nested
    assign(inner, keys[-1], value)


def segments(dotted: str) -> list[str]:
    """The keys in a dotted one; what has a slash in it is a path of another kind."""
    return [dotted] if "/" in dotted else dotted.rstrip(".").split(".")


def is_place_in(items: list[Any], key: str) -> bool:
    """Whether a key is a place of a list, or the next one after its end."""
    return key.isascii() and key.isdigit() and len(key) < LONGEST_PLACE and int(key) <= len(items)


def member(container: dict[str, Any] | list[Any], key: str) -> Any:
    """What stands there, or None."""
    if isinstance(container, dict):
        return container.get(key)
    return container[int(key)] if int(key) < len(container) else None


def assign(container: dict[str, Any] | list[Any], key: str, value: Any) -> None:
    """Put something there; a list grows by it."""
    if isinstance(container, dict):
        container[key] = value
    elif int(key) == len(container):
        container.append(value)
    else:
        container[int(key)] = value
