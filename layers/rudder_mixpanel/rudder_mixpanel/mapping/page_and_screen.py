"""Maps page and screen calls: what a user viewed."""

import re
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.event import build_event
from rudder_mixpanel.message.values import as_object, js_text, truthy
from rudder_mixpanel.mixpanel.operations import Operation

# Where properties come from; the later wins, other than in track calls.
SOURCES: Final = ("context.traits", "properties")
PLACEHOLDER: Final = r"\{{\{{\s*{}\s*\}}\}}"


def map_page(context: MappingContext) -> list[Operation]:
    """Map a viewed page; raises RejectedEvent."""
    settings = context.destination
    return map_view(context, settings.page_event_name, settings.page_event_template)


def map_screen(context: MappingContext) -> list[Operation]:
    """Map a viewed screen; raises RejectedEvent."""
    settings = context.destination
    return map_view(context, settings.screen_event_name, settings.screen_event_template)


def map_view(context: MappingContext, name: str, template: str | None) -> list[Operation]:
    """Map a page or screen, with its name and category as properties; raises RejectedEvent."""
    context.check_age()
    fields = context.fields
    properties, traits = (
        as_object(fields.get("properties")),
        as_object(context.message_context.get("traits")),
    )
    overrides = {key: fields[key] for key in ("name", "category") if truthy(fields.get(key))}
    if template is not None:
        values = {"category": properties.get("category"), "name": fields.get("name")}
        name = fill_template(template, values)
    own = context.merge(traits, properties)
    context.count_replaced(own, overrides)
    return [build_event(context, name, own, SOURCES, overrides)]


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
