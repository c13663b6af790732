"""Builds the event of a track, page or screen call."""

from typing import Any, Final

from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.cuts import EVENT_VALUE_BYTES, may_be_cut
from rudder_mixpanel.mapping.reader import TableReader
from rudder_mixpanel.mapping.reserved import (
    SPECIAL,
    check_event_name,
    lost_properties,
    special_properties,
)
from rudder_mixpanel.mapping.tables import EVENT_PROPERTIES, UTM_PROPERTIES
from rudder_mixpanel.message.identity import set_group_ids
from rudder_mixpanel.message.insert_ids import insert_id
from rudder_mixpanel.message.paths import Path, find_value
from rudder_mixpanel.message.values import NOTHING, is_sendable
from rudder_mixpanel.mixpanel.operations import Operation

READER: Final = TableReader(EVENT_PROPERTIES)


def build_event(
    context: MappingContext,
    name: str,
    properties: dict[str, Any],
    overrides: dict[str, Any] = NOTHING,
) -> Operation:
    """Build an event from a call's own properties and the message's context.

    The event takes over `properties`. Properties that are added later overwrite earlier ones;
    `overrides` come last. Raises RejectedEvent when the name is blank or reserved, the message has
    no usable id, or the event exceeds one of Mixpanel's limits.
    """
    check_event_name(name)
    destination = context.destination
    special = NOTHING if SPECIAL.isdisjoint(properties) else special_properties(properties)
    if destination.group_keys:
        if destination.group_keys_on_events:
            properties |= missing_groups(context, properties)
        set_group_ids(properties, destination.group_keys)
    READER.read(context.fields, properties)
    if context.address is not None:
        properties["ip"] = context.address
    properties["token"] = destination.token
    properties["distinct_id"] = context.distinct_id
    properties["time"] = context.time
    properties["$insert_id"] = insert_id(context.fields, context.time)
    if destination.simplified:
        set_simplified_ids(context, properties)
    if campaign := context.message_context.get("campaign"):
        add_campaign(context, properties, campaign)
    if browser := browser_properties(context.fields):
        properties |= browser
    if overrides:
        properties |= overrides
    if special:
        context.left_out += lost_properties(special, properties)
    event = context.build_event(name, properties)
    limits.check_limits(properties, event.encoded)
    if may_be_cut(event.encoded, EVENT_VALUE_BYTES):
        context.count_cuts(event, properties, EVENT_VALUE_BYTES)
    return event


def missing_groups(context: MappingContext, properties: dict[str, Any]) -> dict[str, Any]:
    """The groups that an event belongs to and does not name itself.

    Mixpanel attributes an event to a group by the event's own property, not by the user's profile:
    https://docs.mixpanel.com/docs/data-structure/group-analytics
    """
    groups = {}
    for key in context.destination.group_keys:
        if key in properties:
            continue
        values = (find_value(source, key) for _, source in group_sources(context, key))
        if (value := next(filter(is_sendable, values), None)) is not None:
            groups[key] = value
    return groups


def group_sources(context: MappingContext, key: str) -> list[tuple[Path, Any]]:
    """The objects of the message that may name a group of the event, best first."""
    fields, message_context = context.fields, context.message_context
    sources: list[tuple[Path, Any]] = [
        (("context", "traits"), message_context.get("traits")),
        (("traits",), fields.get("traits")),
        (("context",), message_context),
    ]
    return [((), fields), *sources] if key == "groupId" else sources


def set_simplified_ids(context: MappingContext, properties: dict[str, Any]) -> None:
    """Set the ids of the device and the user, which Mixpanel merges; distinct_id follows them."""
    fields = context.fields
    if "anonymousId" in fields:
        properties["$device_id"] = fields["anonymousId"]
    else:
        properties.pop("$device_id", None)
    if "userId" in fields:
        properties["$user_id"] = fields["userId"]
    else:
        properties.pop("$user_id", None)


def add_campaign(context: MappingContext, properties: dict[str, Any], campaign: Any) -> None:
    """Add the `utm_` properties of a campaign, and count what they replace."""
    utm = utm_properties(campaign)
    if not properties.keys().isdisjoint(utm):
        context.count_replaced(properties, utm)
    properties |= utm


def utm_properties(campaign: Any) -> dict[str, Any]:
    """The fields of a campaign as `utm_` properties; null stays null."""
    if type(campaign) is not dict:
        return NOTHING
    return {UTM_PROPERTIES.get(key) or f"utm_{key}": value for key, value in campaign.items()}
