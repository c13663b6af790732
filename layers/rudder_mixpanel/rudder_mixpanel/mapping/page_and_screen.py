"""Maps page and screen calls: what a user viewed."""

import re
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.event import build_event
from rudder_mixpanel.message.paths import Path, value_at
from rudder_mixpanel.message.values import as_object, has_content, js_text, truthy
from rudder_mixpanel.mixpanel.operations import Operation

ROOT_NAME: Final[Path] = ("name",)
# Where the name in a template comes from when the message itself has none
PAGE_NAMES: Final[tuple[Path, ...]] = (("properties", "name"),)
# Mobile SDKs write a screen's name into `event` and the properties.
SCREEN_NAMES: Final[tuple[Path, ...]] = (*PAGE_NAMES, ("event",))
NAME_TYPES: Final = frozenset({str, int, float})
PLACEHOLDER: Final = r"\{{\{{\s*{}\s*\}}\}}"


def map_page(context: MappingContext) -> list[Operation]:
    """Map a viewed page; raises RejectedEvent."""
    settings = context.destination
    name, template = settings.page_event_name, settings.page_event_template
    return map_view(context, name, template, PAGE_NAMES)


def map_screen(context: MappingContext) -> list[Operation]:
    """Map a viewed screen; raises RejectedEvent."""
    settings = context.destination
    return map_view(
        context, settings.screen_event_name, settings.screen_event_template, SCREEN_NAMES
    )


def map_view(
    context: MappingContext, name: str, template: str | None, other_names: tuple[Path, ...]
) -> list[Operation]:
    """Map a page or screen, with its name and category as properties; raises RejectedEvent."""
    context.check_age()
    fields = context.fields
    properties, traits = (
        as_object(fields.get("properties")),
        as_object(context.message_context.get("traits")),
    )
    overrides = {key: fields[key] for key in ("name", "category") if truthy(fields.get(key))}
    if template is not None:
        values = {"category": properties.get("category"), "name": view_name(context, other_names)}
        name = fill_template(template, values)
    own = context.merge(traits, properties)
    context.count_replaced(own, overrides)
    return [build_event(context, name, own, overrides)]


def view_name(context: MappingContext, others: tuple[Path, ...]) -> Any:
    """The name of a page or screen."""
    return value_at(context.fields, name_source(context, others))


def name_source(context: MappingContext, others: tuple[Path, ...]) -> Path:
    """Where the name of a page or screen is: at the root, unless it is blank and another is not."""
    if has_content(context.fields.get("name")) or context.destination.root_names_only:
        return ROOT_NAME
    names = ((source, value_at(context.fields, source)) for source in others)
    return next(
        (source for source, name in names if type(name) in NAME_TYPES and has_content(name)),
        ROOT_NAME,
    )


def fill_template(template: str, values: dict[str, Any]) -> str:
    """Fill `{{ category }}` and `{{ name }}` into the template of an event name.

    A missing value is removed together with the whitespace on both sides; where one side has none,
    the placeholder stays, as RudderStack leaves it. Raises RejectedEvent when the template is
    empty.
    """
    if not template:
        raise RejectedEvent(Code.EMPTY_TEMPLATE, "expected a template for the name of this event")
    known = {key: js_text(value) for key, value in values.items() if value is not None}
    for key in [key for key in values if key not in known]:
        template = re.sub(rf"\s{PLACEHOLDER.format(key)}\s", " ", template)
    # In one pass, so that a value that looks like a placeholder is not replaced.
    return re.sub(
        PLACEHOLDER.format("(" + "|".join(values) + ")"),
        lambda match: known.get(match[1], match[0]),
        template,
    )
