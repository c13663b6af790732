"""Explains the properties of events."""

import re
from collections.abc import Iterator
from typing import Final

from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.event import group_sources
from rudder_mixpanel.mapping.explain.fields import (
    ANONYMOUS,
    ARRIVAL,
    BROWSER,
    PREVIOUS,
    TOKEN,
    USER,
    address_origin,
    insert_id_origin,
    time_origin,
    user_origin,
)
from rudder_mixpanel.mapping.explain.reasons import CONTEXT_TRAITS
from rudder_mixpanel.mapping.explain.shadow import ALL, Origin, Shadow, object_at
from rudder_mixpanel.mapping.explain.writing import Writing
from rudder_mixpanel.mapping.page_and_screen import (
    PAGE_NAMES,
    PLACEHOLDER,
    SCREEN_NAMES,
    name_source,
)
from rudder_mixpanel.mapping.tables import EVENT_PROPERTIES, ORDER_AMOUNTS, UTM_PROPERTIES
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.paths import Path, find_value, keys_to, value_at
from rudder_mixpanel.message.values import as_object, is_sendable, truthy
from rudder_mixpanel.mixpanel.operations import Payload

CAMPAIGN: Final[Path] = ("context", "campaign")
IDENTITY_WORDS: Final = {
    "$merge": "makes one user of two ids",
    "$create_alias": "makes an id another name of a user",
}
OF_PRODUCTS: Final = Origin("a constant for each product of an order (setting productEvents)")
BOTH_IDS: Final = Origin(paths=(USER, ANONYMOUS))


def event_writing(context: MappingContext, shadow: Shadow) -> Writing:
    """The properties of the event of a track, page or screen call."""
    traits, is_track = object_at(shadow, CONTEXT_TRAITS), context.fields["type"] == "track"
    written = Writing(name=event_name_origin(context))
    if is_track:
        written.copy(shadow.get("properties"))
        if not context.destination.drop_traits_in_track_event:
            written.copy(traits)
    else:
        written.copy(traits)
        written.copy(shadow.get("properties"))
    write_context(context, shadow, written)
    if not is_track:
        for name in ("name", "category"):
            if truthy(context.fields.get(name)):
                written.write(name, shadow[name])
    return written


def product_writings(context: MappingContext, shadow: Shadow) -> Iterator[Writing]:
    """The properties of the event of each product of an order, in their order."""
    order = object_at(shadow, ("properties",))
    items = find_value(as_object(context.fields.get("properties")), "products")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            written = Writing(name=OF_PRODUCTS)
            written.copy(order, ORDER_AMOUNTS)
            if not context.destination.drop_traits_in_track_event:
                written.copy(object_at(shadow, CONTEXT_TRAITS))
            written.copy(order["products"][index])
            write_context(context, shadow, written)
            written.write("$insert_id", product_id_origin(context))
            yield written


def product_id_origin(context: MappingContext) -> Origin:
    """The origin of the `$insert_id` of a product."""
    paths = insert_id_origin(context).paths
    order = ALL if paths else "the whole event"
    return Origin(f"hash of {order} and the place of the product in the order", paths)


def write_context(context: MappingContext, shadow: Shadow, written: Writing) -> None:
    """Write what an event has beside its own properties, in the order of the mapping."""
    if context.destination.group_keys_on_events:
        write_groups(context, shadow, written)
    written.read_table(EVENT_PROPERTIES, context.fields, shadow)
    if context.address is not None:
        written.write("ip", address_origin(context))
    written.write("token", TOKEN)
    written.write("distinct_id", user_origin(context))
    written.write("time", time_origin(context))
    written.write("$insert_id", insert_id_origin(context))
    if context.destination.simplified:
        for name, path in (("$device_id", ANONYMOUS), ("$user_id", USER)):
            if path[0] in context.fields:
                written.write(name, Origin(paths=(path,)))
            else:
                written.remove(name)
    if type(context.message_context.get("campaign")) is dict:
        for key, value in object_at(shadow, CAMPAIGN).items():
            written.write(UTM_PROPERTIES.get(key) or f"utm_{key}", value)
    for name in browser_properties(context.fields):
        written.write(name, BROWSER)


def write_groups(context: MappingContext, shadow: Shadow, written: Writing) -> None:
    """Write the groups that an event belongs to and does not name itself."""
    named = set(written.shadows)
    for key in context.destination.group_keys:
        if key not in named:
            for root, source in group_sources(context, key):
                if is_sendable(find_value(source, key)):
                    keys = keys_to(source, key) or ()
                    written.write(key, Origin(paths=((*root, *keys),)))
                    break


def event_name_origin(context: MappingContext) -> Origin:
    """The origin of the name of the event of a track, page or screen call."""
    kind, settings = context.fields["type"], context.destination
    if kind == "track":
        return Origin(paths=(("event",),))
    if kind == "page":
        return view_name_origin(context, "Page", settings.page_event_template, PAGE_NAMES)
    return view_name_origin(context, "Screen", settings.screen_event_template, SCREEN_NAMES)


def view_name_origin(
    context: MappingContext, kind: str, template: str | None, names: tuple[Path, ...]
) -> Origin:
    """The origin of the name of the event of a page or screen."""
    if template is None:
        return Origin(f"a constant: the setting {kind.lower()}EventName")
    sources = {"category": ("properties", "category"), "name": name_source(context, names)}
    filled = tuple(
        path
        for name, path in sources.items()
        if re.search(PLACEHOLDER.format(name), template) and is_given(context, path)
    )
    words = f"the setting userDefined{kind}EventTemplate"
    return Origin(f"{words} with {ALL}" if filled else words, filled)


def is_given(context: MappingContext, path: Path) -> bool:
    """Whether the message has a value at the path, which may be null."""
    return path[-1] in as_object(value_at(context.fields, path[:-1]))


def identity_writing(context: MappingContext, payload: Payload) -> Writing:
    """The properties of an event that relates two ids."""
    previous = usable_id(context.fields.get("previousId")) is not None
    time = time_origin(context)
    if payload["properties"]["time"] != context.time:
        time = ARRIVAL.adding("because Mixpanel would reject the time of the event")
    origins = {
        "$distinct_ids": BOTH_IDS,
        "distinct_id": Origin(paths=(PREVIOUS if previous else ANONYMOUS,)),
        "alias": Origin(paths=(USER,)),
        "token": TOKEN,
        "time": time,
        "$insert_id": insert_id_origin(context),
    }
    name = Origin(f"a constant, by which Mixpanel {IDENTITY_WORDS[payload['event']]}")
    return Writing({key: origins[key] for key in payload["properties"]}, name=name)
