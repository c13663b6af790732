"""Notes on values that are sent, and of which something else is not made."""

from collections.abc import Iterator

from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.profiles import group_path
from rudder_mixpanel.mapping.explain.shadow import ShadowMessage, parts_in
from rudder_mixpanel.mapping.group import is_group_id
from rudder_mixpanel.mapping.track import numeric_value
from rudder_mixpanel.message.paths import MISSING, Path
from rudder_mixpanel.message.values import truthy


def notes_by_path(context: MappingContext, shadow: ShadowMessage) -> Iterator[tuple[Path, str]]:
    """The paths of values of which something is not made, and what and why."""
    kind, settings = context.fields["type"], context.destination
    if kind == "track":
        if settings.people and is_no_number(shadow, path := ("properties", "revenue")):
            yield path, "not a number, so that it is no charge"
        for name in settings.increments:
            if is_no_number(shadow, path := ("properties", name)):
                yield path, "not a number, so that it increments nothing"
    if kind == "group":
        for key in settings.group_keys:
            yield from notes_on_groups(shadow, group_path(context, key))


def is_no_number(shadow: ShadowMessage, path: Path) -> bool:
    """Whether there is a value to count at a path that is not a number."""
    value = shadow.value_at(path)
    return value is not MISSING and truthy(value) and numeric_value(value) is None


def notes_on_groups(shadow: ShadowMessage, path: Path) -> Iterator[tuple[Path, str]]:
    """The ids of groups of which there is no profile."""
    value = shadow.value_at(path)
    values = parts_in(value) if isinstance(value, list) else ()
    for index, item in values:
        if not is_group_id(item):
            yield (*path, index), "not the id of a group, so that it has no profile"
