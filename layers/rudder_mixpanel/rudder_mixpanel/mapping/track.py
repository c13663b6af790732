"""Maps track calls: what a user did."""

import re
from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.event import build_event
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.tables import ORDER_AMOUNTS
from rudder_mixpanel.message.insert_ids import insert_id, legal_hash
from rudder_mixpanel.message.times import iso_milliseconds
from rudder_mixpanel.message.values import NOTHING, as_object, js_text, truthy
from rudder_mixpanel.mixpanel.operations import Operation

NUMBER_TYPES: Final = frozenset({int, float})
NUMBER: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
# Up to here a float represents every whole number exactly.
EXACT: Final = 2**53
LARGEST: Final = 1e300


def map_track(context: MappingContext) -> list[Operation]:
    """Map an event: a charge and increments on the profile, the event, then its products.

    Raises RejectedEvent.
    """
    name = event_name(context)
    context.check_age()
    settings = context.destination
    properties, traits = as_object(context.fields.get("properties")), context_traits(context)
    own = context.merge(properties, traits) if traits else properties.copy()
    event = build_event(context, name, own)
    operations = build_charge(context, properties) if settings.people else []
    if not properties.keys().isdisjoint(settings.increments):
        operations += build_increments(context, properties)
    operations.append(event)
    if settings.product_events:
        products = build_product_events(context, name, properties)
        operations += limits.bounded(products, "properties.products")
    return operations


def event_name(context: MappingContext) -> str:
    """The name of the event, as text; raises RejectedEvent when it is neither text nor a number."""
    name = context.fields.get("event")
    if type(name) is str:
        return name
    if type(name) not in NUMBER_TYPES:
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name", "event")
    return js_text(name)


def context_traits(context: MappingContext) -> dict[str, Any]:
    """The traits that are copied into a track call's properties."""
    if context.destination.drop_traits_in_track_event:
        return NOTHING
    return as_object(context.message_context.get("traits"))


def build_product_events(
    context: MappingContext, name: str, order: dict[str, Any]
) -> Iterator[Operation]:
    """Build an event for each product of an order.

    It carries the order's properties without its amounts, which would be counted once a product.
    """
    items = order.get("products")
    if name.strip() != "Order Completed" or not isinstance(items, list):
        return
    shared = {key: value for key, value in order.items() if key not in ORDER_AMOUNTS}
    shared |= context_traits(context)
    order_id = insert_id(context.fields, context.time)
    for index, item in enumerate(items):
        if isinstance(item, dict):
            overrides = {"$insert_id": legal_hash(order_id, index)}
            yield build_event(context, "Product Purchased", {**shared, **item}, overrides)


def build_charge(context: MappingContext, properties: dict[str, Any]) -> list[Operation]:
    """The update that adds the revenue to the user's transactions, if there is any revenue."""
    revenue = properties.get("revenue")
    if not truthy(revenue):
        return []
    amount = numeric_value(revenue)
    if amount is None:
        context.left_out.append(LeftOut.CHARGE)
        return []
    transaction = {"$time": iso_milliseconds(context.time), "$amount": amount}
    return [context.build_profile_update("$append", {"$transactions": transaction})]


def build_increments(context: MappingContext, properties: dict[str, Any]) -> list[Operation]:
    """The update that increments counters on the user's profile, if any has a number."""
    amounts: dict[str, int | float] = {}
    for key in context.destination.increments:
        value = properties.get(key)
        if not truthy(value):
            continue
        amount = numeric_value(value)
        if amount is None:
            context.left_out.append(LeftOut.INCREMENT)
        else:
            amounts[key] = amount
    if not amounts:
        return []
    return [context.build_profile_update("$add", amounts)]


def numeric_value(value: Any) -> int | float | None:
    """A number, or the number that a text spells; None for anything else."""
    if type(value) is int and -EXACT < value < EXACT:
        return value
    if type(value) is str and NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return int(value) if abs(value) < EXACT and value == int(value) else float(value)
