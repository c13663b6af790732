"""Finds the Config of a Mixpanel destination in whatever was exported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rudder_mixpanel.destination.setting_warnings import near_misses
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel_cli.configs.file import read_content
from rudder_mixpanel_cli.errors import UsageError

# The type of a Mixpanel destination, as RudderStack and the Rudder CLI name it.
MIXPANEL: Final = frozenset({"mp", "mixpanel"})
KNOWN: Final = frozenset({"eventFiltering", *(row.name for row in SETTINGS)})
EXPECTED: Final = (
    "expected a destination's Config, an exported destination or workspace, or a destination of "
    "the Rudder CLI"
)


@dataclass(frozen=True, slots=True)
class ExportedDestination:
    """A destination in an export; its id and name are empty where the export does not have them."""

    id: str
    name: str
    config: dict[str, Any]

    def is_called(self, wanted: str) -> bool:
        """Whether this is its id or its name."""
        return wanted in {self.id, self.name}

    def __str__(self) -> str:
        """Its id and name, as a choice shows them."""
        return f"{self.id} ({self.name})" if self.name and self.id else self.id or self.name


def read_exported(
    path: Path, wanted: str | None = None, served: str = "", *, option: str = "--destination"
) -> ExportedDestination:
    """The destination in a file, as `choose_destination` chooses it; `option` names the wanted one.

    Raises UsageError that names the file.
    """
    content = read_content(path)
    try:
        return choose_destination(content, wanted, served, option=option)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def choose_destination(
    content: Any, wanted: str | None = None, served: str = "", *, option: str = "--destination"
) -> ExportedDestination:
    """The one Mixpanel destination in a file, or the wanted one, by its id or its name.

    Of several, the one with the id that a stack serves is chosen. A bare Config is a destination
    without id and name. Raises UsageError, without any value of a setting, when there is none, or
    several of which none is wanted.
    """
    found = find_destinations(content)
    if not found and wanted is None:
        return ExportedDestination("", "", bare_config(content))
    chosen = [row for row in found if wanted is None or row.is_called(wanted)]
    if wanted is None and len(chosen) > 1:
        chosen = [row for row in chosen if row.id == served] or chosen
    if not chosen:
        there_are = f"there are {listed(found)}" if found else "the file names none"
        raise UsageError(f"no Mixpanel destination is called {wanted}; {there_are}")
    if len(chosen) > 1:
        raise UsageError(f"choose one by {option} ID: {listed(chosen)}")
    return chosen[0]


def listed(destinations: list[ExportedDestination]) -> str:
    """The ids and names of destinations."""
    return ", ".join(map(str, destinations))


def find_destinations(content: Any) -> list[ExportedDestination]:
    """The Mixpanel destinations in an export, each once, however many sources it has."""
    if isinstance(content, dict) and (config := config_of(content)) and not type_of(content):
        return [exported(content, config)]
    found = [
        exported(item, config_of(item) or {}) for item in objects_in(content) if is_mixpanel(item)
    ]
    by_id = {row.id or f"{row.name} {index}": row for index, row in enumerate(found)}
    return list(by_id.values())


def objects_in(content: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, in the order of the file."""
    left = [content]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left += reversed(item.values())
        elif isinstance(item, list):
            left += reversed(item)


def is_mixpanel(item: Mapping[str, Any]) -> bool:
    """Whether this is a destination with a Config, and Mixpanel's."""
    return config_of(item) is not None and type_of(item).lower() in MIXPANEL


def config_of(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """The settings of an exported destination, or None."""
    config = lowered(item).get("config")
    return config if isinstance(config, dict) else None


def type_of(item: Mapping[str, Any]) -> str:
    """The type of a destination: its own, or its definition's name; empty without one."""
    fields = lowered(item)
    definition = fields.get("destinationdefinition")
    named = lowered(definition).get("name") if isinstance(definition, dict) else fields.get("type")
    return named if isinstance(named, str) else ""


def exported(item: Mapping[str, Any], config: dict[str, Any]) -> ExportedDestination:
    """A destination from its object in an export."""
    fields = lowered(item)
    name = fields.get("name") or fields.get("display_name") or fields.get("displayname") or ""
    return ExportedDestination(str(fields.get("id") or ""), str(name), config)


def lowered(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object by its keys in lower case: RudderStack writes `config`, and also `Config`."""
    return {key.lower(): value for key, value in item.items()}


def bare_config(content: Any) -> dict[str, Any]:
    """A Config by itself; raises UsageError for anything else."""
    # A YAML file is a list of documents.
    only = content[0] if isinstance(content, list) and len(content) == 1 else content
    if isinstance(only, dict) and is_config(only):
        return only
    raise UsageError(EXPECTED)


def is_config(item: Mapping[str, Any]) -> bool:
    """Whether an object has a setting, a misspelt one, or nothing."""
    known = any(camel_case(name) in KNOWN for name in item)
    return not item or known or any(near_misses(item, KNOWN))
