"""track, page and screen: what a user did."""

import re
from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.browser import browser
from rudder_mixpanel.mapping.draft import Draft
from rudder_mixpanel.mapping.identity import digest
from rudder_mixpanel.mapping.message import Message
from rudder_mixpanel.mapping.reading import Reader
from rudder_mixpanel.mapping.tables import EVENT_PROPERTIES, ORDER_AMOUNTS, UTM_PROPERTIES
from rudder_mixpanel.mapping.times import iso
from rudder_mixpanel.mapping.values import as_object, find, says_something, text, truthy
from rudder_mixpanel.operations import Operation

READER: Final = Reader("EVENT_PROPERTIES", EVENT_PROPERTIES)
NAMES: Final = frozenset({str, int, float})
NUMBER: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
# Up to here a float holds every whole number.
EXACT: Final = 2**53
LARGEST: Final = 1e300


def track(message: Message) -> list[Operation]:
    """A charge and increments on the user's profile, if any, then the event, then its products."""
    name = message.fields.get("event")
    if type(name) not in NAMES:
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name", "event")
    message.check_age()
    given, settings = as_object(message.fields.get("properties")), message.destination
    event = event_of(message, text(name), track_properties(message, given))
    operations = charge(message, given) if settings.people else []
    if not given.keys().isdisjoint(settings.increments):
        operations += increments(message, given)
    operations.append(event)
    if settings.product_events:
        operations += limits.bounded(products(message, text(name), given), "properties.products")
    return operations


def track_properties(message: Message, given: dict[str, Any]) -> Draft:
    """Properties, then traits: here traits win; on pages and screens it is the reverse."""
    draft = message.draft()
    if message.destination.group_keys_on_events:
        copy_group_keys(draft, message)
    draft.copy(given, "properties")
    traits = message.context.get("traits")
    if traits and not message.destination.drop_traits_in_track_event:
        draft.copy(as_object(traits), "context.traits")
    return draft


def products(message: Message, name: str, order: dict[str, Any]) -> Iterator[Operation]:
    """An event of its own for each product of an order, where the settings want it.

    It carries the order's properties, but none of its amounts, which would count again with each.
    """
    items = order.get("products")
    if name.strip() != "Order Completed" or not isinstance(items, list):
        return
    shared = {key: value for key, value in order.items() if key not in ORDER_AMOUNTS}
    for index, item in enumerate(items):
        if isinstance(item, dict):
            draft = track_properties(message, shared)
            draft.copy(item, f"properties.products.{index}")
            own = {"$insert_id": digest(f"{message.insert_id} {index}")}
            yield event_of(message, "Product Purchased", draft, own)


def page(message: Message) -> list[Operation]:
    """A page that was seen."""
    settings = message.destination
    return view(message, settings.page_event_name, settings.page_event_template)


def screen(message: Message) -> list[Operation]:
    """A screen that was seen."""
    settings = message.destination
    return view(message, settings.screen_event_name, settings.screen_event_template)


def view(message: Message, name: str, template: str | None) -> list[Operation]:
    """A page or screen; its name and category go into the properties."""
    message.check_age()
    fields = message.fields
    given = as_object(fields.get("properties"))
    own = {key: fields[key] for key in ("name", "category") if truthy(fields.get(key))}
    if template is not None:
        name = fill(template, {"category": given.get("category"), "name": fields.get("name")})
    draft = message.draft()
    if message.destination.group_keys_on_events:
        copy_group_keys(draft, message)
    draft.copy(as_object(message.context.get("traits")), "context.traits")
    draft.copy(given, "properties")
    return [event_of(message, name, draft, own)]


def event_of(
    message: Message, name: str, draft: Draft, last: dict[str, Any] | None = None
) -> Operation:
    """The event with all that the message's context tells; `last` wins over everything."""
    if not name.strip():
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name that is not blank", "event")
    fields, destination = message.fields, message.destination
    draft.read(READER, fields)
    if "$session_id" in draft.properties:
        draft.properties["$session_id"] = text(draft.properties["$session_id"])
    stated = {
        "token": destination.token,
        "distinct_id": message.distinct_id,
        "time": message.time,
        "$insert_id": message.insert_id,
    }
    draft.write(stated, "stated on every event")
    if campaign := message.context.get("campaign"):
        draft.write(utm(campaign), "context.campaign as utm_ properties")
    if destination.simplified:
        identify_simply(draft, message)
    draft.write(browser(fields), "browser of context.userAgent")
    if last:
        draft.write(last, "name and category of the message, id of the product")
    event = message.event(name, draft)
    limits.check(draft.properties, event.encoded)
    return event


def copy_group_keys(draft: Draft, message: Message) -> None:
    """The groups that an event belongs to, where the settings want them on events.

    Mixpanel attributes an event to a group by the event's own property, not by the user's profile:
    https://docs.mixpanel.com/docs/data-structure/group-analytics
    """
    fields, context = message.fields, message.context
    places = (("context.traits", context.get("traits")), ("traits", fields.get("traits")))
    for key in message.destination.group_keys:
        root = (("message", fields),) if key == "groupId" else ()
        for source, place in (*root, *places, ("context", context)):
            value = find(place, key)
            if says_something(value):
                draft.copy({key: value}, source)
                break


def identify_simply(draft: Draft, message: Message) -> None:
    """Say which device and user it was, and nothing else: these two merge, distinct_id follows."""
    ids = {"$device_id": message.anonymous_id, "$user_id": message.user_id}
    draft.write(ids, "ids of simplified merge")
    for name, one in ids.items():
        if one is None:
            draft.drop(name)


def utm(campaign: Any) -> dict[str, Any]:
    """Campaign fields as `utm_` properties; null stays null."""
    if not isinstance(campaign, dict):
        return {}
    return {UTM_PROPERTIES.get(key, f"utm_{key}"): value for key, value in campaign.items()}


def charge(message: Message, properties: dict[str, Any]) -> list[Operation]:
    """Revenue on the user's profile, where the settings want it."""
    revenue = properties.get("revenue")
    if not truthy(revenue):
        return []
    amount = number(revenue)
    if amount is None:
        message.left_out.append("charge")
        return []
    draft = message.draft()
    transaction = {"$time": iso(message.time), "$amount": amount}
    draft.write({"$transactions": transaction}, "properties.revenue, as a number")
    return [message.profile_update("$append", draft)]


def increments(message: Message, properties: dict[str, Any]) -> list[Operation]:
    """Counters on the user's profile, for the properties that the settings name."""
    wanted = message.destination.increments
    given = {key: one for key, one in properties.items() if key in wanted and truthy(one)}
    counted = {key: amount for key, one in given.items() if (amount := number(one)) is not None}
    message.left_out.extend(["increment"] * (len(given) - len(counted)))
    if not counted:
        return []
    draft = message.draft()
    draft.write(counted, "propIncrements: the property of this name, as a number")
    return [message.profile_update("$add", draft)]


def number(value: Any) -> int | float | None:
    """A number, or the number that a text spells."""
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return int(value) if abs(value) < EXACT and value == int(value) else float(value)


def literal(replacement: str) -> str:
    """A replacement in which no character has a meaning of its own."""
    return replacement.replace("\\", r"\\")


def fill(template: str, values: dict[str, Any]) -> str:
    """An event name with `{{ category }}` and `{{ name }}` filled in.

    What is missing takes the blanks on its both sides with it; without two blanks the placeholder
    stays, as the peer leaves it.
    """
    if not template:
        raise RejectedEvent(Code.EMPTY_TEMPLATE, "expected a template for the name of this event")
    for key, value in values.items():
        placeholder = r"\{\{\s*" + key + r"\s*\}\}"
        if value is None:
            template = re.sub(rf"\s{placeholder}\s", " ", template)
        else:
            template = re.sub(placeholder, literal(text(value)), template)
    return template
