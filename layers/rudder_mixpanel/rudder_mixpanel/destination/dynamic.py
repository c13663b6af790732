"""Dynamic settings: `{{ path || default }}` in a Config, resolved as RudderStack does."""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

# A template is the whole text, with words between dots as its path. Other texts, such as the
# templates of page and screen names, are not dynamic settings.
TEMPLATE: Final = re.compile(r"\{\{\s*(\w+(?:\.\w+)*)\s*\|\|(.*)\}\}", re.ASCII | re.DOTALL)
# The names for the message at the start of a path.
MESSAGE: Final = frozenset({"event", "message"})
LONGEST_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Template:
    """A template of a Config: its place there, the path in the message, and its default."""

    place: tuple[str | int, ...]
    source: tuple[str, ...]
    default: str

    @property
    def setting(self) -> str:
        """The name of its setting, as the Config spells it."""
        return str(self.place[0])


class EventValue(NamedTuple):
    """A template, and a message's value for it."""

    template: Template
    value: Any


def templates_in(config: Mapping[str, Any]) -> list[Template]:
    """Find every template of a Config, in the order in which RudderStack resolves them."""
    return [
        template for place, text in texts_in(config) for template in parse_template(place, text)
    ]


def texts_in(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in a value, with its place there."""
    left: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while left:
        place, item = left.pop()
        if isinstance(item, str):
            yield place, item
        left += reversed([((*place, key), inner) for key, inner in items_of(item)])


def parse_template(place: tuple[str | int, ...], text: str) -> list[Template]:
    """The template that a text is; empty when it is plain text."""
    if "{{" in text and (parts := TEMPLATE.fullmatch(text.strip())):
        return [Template(place, source_path(parts[1]), unquoted(parts[2]))]
    return []


def items_of(value: Any) -> Iterable[tuple[str | int, Any]]:
    """The keys and values of an object, or the indexes and items of a list."""
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def source_path(path: str) -> tuple[str, ...]:
    """The keys that a path follows in a message; empty unless it starts at the message."""
    first, *rest = path.split(".")
    return tuple(rest) if first in MESSAGE else ()


def unquoted(default: str) -> str:
    """A default without its quotation marks."""
    return default.replace('"', "").strip()


def fill_defaults(config: Mapping[str, Any], templates: Iterable[Template]) -> dict[str, Any]:
    """Copy a Config with its templates' defaults, which apply without an event."""
    return fill_templates(config, [(template, template.default) for template in templates])


def fill_templates(
    config: Mapping[str, Any], values: Iterable[tuple[Template, Any]]
) -> dict[str, Any]:
    """Copy a Config with values in place of its templates."""
    result = dict(config)
    for template, value in values:
        copy: Any = result
        *parents, last = template.place
        for key in parents:
            copy[key] = copy = copy[key].copy()
        copy[last] = value
    return result


def take_values(
    templates: Iterable[Template], message: Mapping[str, Any]
) -> tuple[list[EventValue], Mapping[str, Any]]:
    """A message's values for templates, and a copy of the message without them."""
    values: list[EventValue] = []
    for template in templates:
        value = value_at_path(message, template.source)
        # An empty text is no value: the default counts, and not the setting's own.
        if value is not None and value != "":
            values.append(EventValue(template, value))
            message = without_path(message, template.source)
    return values, message


def value_at_path(message: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The value at a path of objects, or None."""
    value: Any = message if path else None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def without_path(message: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Copy a message without the value at a path; the message itself is not changed."""
    result = copy = dict(message)
    *parents, last = path
    for key in parents:
        copy[key] = copy = copy[key].copy()
    del copy[last]
    return result


def cache_key(values: Iterable[EventValue]) -> Hashable | None:
    """A key that is equal for equal values; None when they are not worth caching."""
    key = [(template.place, type(value), value) for template, value in values]
    for _, value_type, value in key:
        if value_type not in {str, int, float, bool} or len(str(value)) > LONGEST_REMEMBERED:
            return None
    return tuple(key)
