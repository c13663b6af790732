"""track, page and screen: what a user did."""

import re
from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.message import MappingContext
from rudder_mixpanel.mapping.origins import ON_EVERY_EVENT, copied_from, of_each
from rudder_mixpanel.mapping.reading import Reader
from rudder_mixpanel.mapping.tables import EVENT_PROPERTIES, ORDER_AMOUNTS, UTM_PROPERTIES
from rudder_mixpanel.message.identity import digest, insert_id
from rudder_mixpanel.message.times import iso_milliseconds
from rudder_mixpanel.message.values import (
    NOTHING,
    as_object,
    find_value,
    is_sendable,
    js_text,
    truthy,
)
from rudder_mixpanel.mixpanel.operations import Operation

READER: Final = Reader("EVENT_PROPERTIES", EVENT_PROPERTIES)
# Whence a call's own properties come: in track calls traits win, on pages and screens they do not.
TRACK: Final = ("properties", "context.traits")
VIEW: Final = ("context.traits", "properties")
SIMPLE_IDS: Final = {
    "$device_id": "anonymousId, for simplified merge",
    "$user_id": "userId, for simplified merge",
}
PLACEHOLDER: Final = r"\{{\{{\s*{}\s*\}}\}}"
NUMBERS: Final = frozenset({int, float})
NUMBER: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
# Up to here a float holds every whole number.
EXACT: Final = 2**53
LARGEST: Final = 1e300


def track(message: MappingContext) -> list[Operation]:
    """A charge and increments on the user's profile, if any, then the event, then its products."""
    name = message.fields.get("event")
    if type(name) is not str:
        if type(name) not in NUMBERS:
            raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name", "event")
        name = js_text(name)
    message.check_age()
    settings = message.destination
    given, traits = as_object(message.fields.get("properties")), traits_of_track(message)
    event = event_of(message, name, {**given, **traits}, TRACK)
    operations = charge(message, given) if settings.people else []
    if not given.keys().isdisjoint(settings.increments):
        operations += increments(message, given)
    operations.append(event)
    if settings.product_events:
        operations += limits.bounded(products(message, name, given), "properties.products")
    return operations


def traits_of_track(message: MappingContext) -> dict[str, Any]:
    """The traits that go into a track call's properties."""
    if message.destination.drop_traits_in_track_event:
        return NOTHING
    return as_object(message.context.get("traits"))


def products(message: MappingContext, name: str, order: dict[str, Any]) -> Iterator[Operation]:
    """An event of its own for each product of an order, where the settings want it.

    It carries the order's properties, but none of its amounts, which would count again with each.
    """
    items = order.get("products")
    if name.strip() != "Order Completed" or not isinstance(items, list):
        return
    shared = {key: value for key, value in order.items() if key not in ORDER_AMOUNTS}
    traits = traits_of_track(message)
    stated = insert_id(message.fields, message.time)
    for index, item in enumerate(items):
        if isinstance(item, dict):
            copied = (*TRACK, f"properties.products.{index}")
            own = {"$insert_id": digest(f"{stated} {index}")}
            yield event_of(message, "Product Purchased", {**shared, **traits, **item}, copied, own)


def page(message: MappingContext) -> list[Operation]:
    """A page that was seen."""
    settings = message.destination
    return view(message, settings.page_event_name, settings.page_event_template)


def screen(message: MappingContext) -> list[Operation]:
    """A screen that was seen."""
    settings = message.destination
    return view(message, settings.screen_event_name, settings.screen_event_template)


def view(message: MappingContext, name: str, template: str | None) -> list[Operation]:
    """A page or screen; its name and category go into the properties."""
    message.check_age()
    fields = message.fields
    given, traits = as_object(fields.get("properties")), as_object(message.context.get("traits"))
    own = {key: fields[key] for key in ("name", "category") if truthy(fields.get(key))}
    if template is not None:
        name = fill(template, {"category": given.get("category"), "name": fields.get("name")})
    return [event_of(message, name, {**traits, **given}, VIEW, own)]


def event_of(
    message: MappingContext,
    name: str,
    properties: dict[str, Any],
    copied: tuple[str, ...],
    own: dict[str, Any] = NOTHING,
) -> Operation:
    """The event with all that the message's context tells; what is written later wins.

    `properties` are what is `copied` from these objects of the message, and become the event's;
    `own` win over everything.
    """
    if not name.strip():
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name that is not blank", "event")
    destination = message.destination
    groups = groups_of(message, properties) if destination.group_keys_on_events else NOTHING
    if groups:
        properties |= groups
    READER.read(message.fields, properties)
    properties["token"] = destination.token
    properties["distinct_id"] = message.distinct_id
    properties["time"] = message.time
    properties["$insert_id"] = insert_id(message.fields, message.time)
    if destination.simplified:
        identify_simply(message, properties)
    campaign = message.context.get("campaign")
    if campaign and (campaign := utm(campaign)):
        properties |= campaign
    if behind := browser_properties(message.fields):
        properties |= behind
    if own:
        properties |= own
    origins = None
    if message.explain:
        origins = of_each(
            properties,
            *(copied_from(message.fields, source) for source in copied),
            dict.fromkeys(
                groups, "groupKeysOnEvents: a trait or context that groupKeySettings names"
            ),
            READER.origins(message.fields),
            ON_EVERY_EVENT,
            SIMPLE_IDS if destination.simplified else {},
            dict.fromkeys(campaign or (), "context.campaign as utm_ properties"),
            dict.fromkeys(behind, "browser of context.userAgent"),
            dict.fromkeys(own, "name and category of the message, id of the product"),
        )
    event = message.event(name, properties, origins)
    limits.check_limits(properties, event.encoded)
    return event


def groups_of(message: MappingContext, properties: dict[str, Any]) -> dict[str, Any]:
    """The groups that an event belongs to and does not name yet.

    Mixpanel attributes an event to a group by the event's own property, not by the user's profile:
    https://docs.mixpanel.com/docs/data-structure/group-analytics
    """
    fields, context = message.fields, message.context
    groups = {}
    for key in message.destination.group_keys:
        root = (fields,) if key == "groupId" else ()
        places = (*root, context.get("traits"), fields.get("traits"), context)
        named = filter(is_sendable, (find_value(place, key) for place in places))
        if key not in properties and (value := next(named, None)) is not None:
            groups[key] = value
    return groups


def identify_simply(message: MappingContext, properties: dict[str, Any]) -> None:
    """Say which device and user it was, and nothing else: these two merge, distinct_id follows."""
    fields = message.fields
    if "anonymousId" in fields:
        properties["$device_id"] = fields["anonymousId"]
    else:
        properties.pop("$device_id", None)
    if "userId" in fields:
        properties["$user_id"] = fields["userId"]
    else:
        properties.pop("$user_id", None)


def utm(campaign: Any) -> dict[str, Any]:
    """Campaign fields as `utm_` properties; null stays null."""
    if type(campaign) is not dict:
        return NOTHING
    return {UTM_PROPERTIES.get(key) or f"utm_{key}": one for key, one in campaign.items()}


def charge(message: MappingContext, properties: dict[str, Any]) -> list[Operation]:
    """Revenue on the user's profile, where the settings want it."""
    revenue = properties.get("revenue")
    if not truthy(revenue):
        return []
    amount = numeric_value(revenue)
    if amount is None:
        message.left_out.append("charge")
        return []
    transaction = {"$time": iso_milliseconds(message.time), "$amount": amount}
    rule = "properties.revenue, as a number"
    return [message.profile_update("$append", {"$transactions": transaction}, rule)]


def increments(message: MappingContext, properties: dict[str, Any]) -> list[Operation]:
    """Counters on the user's profile, for the properties that the settings name."""
    counted: dict[str, int | float] = {}
    for key in message.destination.increments:
        value = properties.get(key)
        if truthy(value):
            amount = numeric_value(value)
            if amount is None:
                message.left_out.append("increment")
            else:
                counted[key] = amount
    if not counted:
        return []
    rule = "propIncrements: the property of this name, as a number"
    return [message.profile_update("$add", counted, rule)]


def numeric_value(value: Any) -> int | float | None:
    """A number, or the number that a text spells."""
    if type(value) is int and -EXACT < value < EXACT:
        return value
    if type(value) is str and NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return int(value) if abs(value) < EXACT and value == int(value) else float(value)


def fill(template: str, values: dict[str, Any]) -> str:
    """An event name with `{{ category }}` and `{{ name }}` filled in, whatever stands in them.

    What is missing takes the blanks on its both sides with it; without two blanks the placeholder
    stays, as the peer leaves it.
    """
    if not template:
        raise RejectedEvent(Code.EMPTY_TEMPLATE, "expected a template for the name of this event")
    known = {key: js_text(value) for key, value in values.items() if value is not None}
    for key in [key for key in values if key not in known]:
        template = re.sub(rf"\s{PLACEHOLDER.format(key)}\s", " ", template)
    # All at once: a value that looks like a placeholder is none.
    return re.sub(
        PLACEHOLDER.format("(" + "|".join(values) + ")"),
        lambda found: known.get(found[1], found[0]),
        template,
    )
