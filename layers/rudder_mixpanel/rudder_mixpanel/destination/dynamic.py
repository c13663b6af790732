"""Settings that an event may give: `{{ path || default }}`, resolved as RudderStack resolves it."""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

# The whole text is one template, with words between dots for a path, or it is none; page and
# screen templates, for one, are none.
TEMPLATE: Final = re.compile(r"\{\{\s*(\w+(?:\.\w+)*)\s*\|\|(.*)\}\}", re.ASCII | re.DOTALL)
# What RudderStack calls the message in the path of a template.
MESSAGE: Final = frozenset({"event", "message"})
LONGEST_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Template:
    """A text of a Config that is one, where it stands, and whence its value may come."""

    place: tuple[str | int, ...]
    source: tuple[str, ...]
    default: str

    @property
    def setting(self) -> str:
        """The name of the setting that it stands in, as it is spelled there."""
        return str(self.place[0])


class GivenValue(NamedTuple):
    """A template, and what a message gives for it."""

    template: Template
    value: Any


def templates_in(config: Mapping[str, Any]) -> list[Template]:
    """Every template of a Config, in the order in which RudderStack resolves them."""
    templates: list[Template] = []
    left: list[tuple[tuple[str | int, ...], Any]] = [((), config)]
    while left:
        place, value = left.pop()
        inner: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, str):
            if "{{" in value and (parts := TEMPLATE.fullmatch(value.strip())):
                templates.append(Template(place, source_path(parts[1]), unquoted(parts[2])))
        elif isinstance(value, Mapping):
            inner = value.items()
        elif isinstance(value, list):
            inner = enumerate(value)
        left += reversed([((*place, key), one) for key, one in inner])
    return templates


def source_path(path: str) -> tuple[str, ...]:
    """Where in a message a path leads; nowhere, unless it says that it means the message."""
    first, *rest = path.split(".")
    return tuple(rest) if first in MESSAGE else ()


def unquoted(default: str) -> str:
    """A default without its quotation marks."""
    return default.replace('"', "").strip()


def fill_templates(
    config: Mapping[str, Any], values: Iterable[tuple[Template, Any]]
) -> dict[str, Any]:
    """A copy of a Config with values in place of its templates."""
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
) -> tuple[list[GivenValue], Mapping[str, Any]]:
    """What a message gives for templates, and a copy of the message without it."""
    found: list[GivenValue] = []
    for template in templates:
        value = given_at(message, template.source)
        if value is not None:
            found.append(GivenValue(template, value))
            message = without_given(message, template.source)
    return found, message


def given_at(message: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at a path of objects, or None."""
    value: Any = message if path else None
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def without_given(message: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """A copy of a message that lacks what stands at a path; the message stays as it was."""
    result = copy = dict(message)
    *parents, last = path
    for key in parents:
        copy[key] = copy = copy[key].copy()
    del copy[last]
    return result


def cache_key(found: Iterable[GivenValue]) -> Hashable | None:
    """By what equal gifts of messages are known; None for those that are not worth remembering."""
    key = [(template.place, type(value), value) for template, value in found]
    for _, kind, value in key:
        if kind not in {str, int, float, bool} or len(str(value)) > LONGEST_REMEMBERED:
            return None
    return tuple(key)
