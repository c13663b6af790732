"""Maps identify calls: who a user is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.listed import Traits, listed_properties
from rudder_mixpanel.mapping.reader import TableReader
from rudder_mixpanel.mapping.tables import (
    ANDROID_PROPERTIES,
    APPLE_DEVICES,
    APPLE_PROPERTIES,
    MAPPED_TRAITS,
    OLD_NAMES,
    PROFILE_PROPERTIES,
)
from rudder_mixpanel.mapping.unsent import AlternativeSources, ambiguous_traits, unsent_parts
from rudder_mixpanel.message.paths import put_value
from rudder_mixpanel.message.values import has_content, is_sendable, js_text
from rudder_mixpanel.mixpanel.operations import Operation

PROFILE: Final = TableReader(PROFILE_PROPERTIES)
ALTERNATIVES_OF_PROFILES: Final = AlternativeSources(
    PROFILE_PROPERTIES, ("traits",), ("context", "traits")
)
GEO_SOURCE: Final = "reverse_geocoding"


@dataclass(frozen=True, slots=True)
class Device:
    """A family of phones: the property of its push tokens, and the table of its properties."""

    tokens: str
    reader: TableReader


APPLE: Final = Device("$ios_devices", TableReader(APPLE_PROPERTIES))
ANDROID: Final = Device("$android_devices", TableReader(ANDROID_PROPERTIES))
# By context.device.type in lower case
DEVICES: Final = {**dict.fromkeys(APPLE_DEVICES, APPLE), "android": ANDROID}


def map_identify(context: MappingContext) -> list[Operation]:
    """Set once, unite and append the listed traits, set all others, then merge the two ids.

    Raises RejectedEvent when the message has no usable id, or `$geo_source` is invalid.
    """
    settings, traits = context.destination, Traits(context)
    operations: list[Operation] = []
    if settings.set_once:
        operations += build_listed(context, "$set_once", traits.take(settings.set_once))
    if settings.union:
        operations += build_listed(context, "$union", traits.take(settings.union))
    if settings.append:
        operations += build_listed(context, "$append", traits.take(settings.append))
    operations.append(build_profile(context, traits))
    if not settings.simplified and context.user_id and context.anonymous_id:
        operations.append(build_merge(context, (context.user_id, context.anonymous_id)))
    return operations


def build_listed(context: MappingContext, verb: str, taken: dict[str, Any]) -> list[Operation]:
    """The update of the profile by the traits that a list names, if it has any."""
    values = listed_properties(context, taken)
    if not values:
        return []
    if verb == "$union":
        values = {name: as_list(value) for name, value in values.items()}
    return [context.build_profile_update(verb, values)]


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as the only item of a list."""
    return value if isinstance(value, list) else [value]


def build_merge(context: MappingContext, ids: tuple[str, str]) -> Operation:
    """The event that merges the user with the device; projects with original merge need it."""
    return context.build_identity_event("$merge", {"$distinct_ids": list(ids)}, ids)


def build_profile(context: MappingContext, traits: Traits) -> Operation:
    """The update that sets the remaining traits on the user's profile; raises RejectedEvent."""
    message_context = {**context.message_context, "traits": traits.of_context}
    fields = {**context.fields, "traits": traits.own, "context": message_context}
    properties: dict[str, Any] = {}
    PROFILE.read(fields, properties)
    check_geo_source(properties)
    if "$name" not in properties and "$first_name" in properties and "$last_name" in properties:
        first, last = js_text(properties["$first_name"]), js_text(properties["$last_name"])
        properties["$name"] = f"{first} {last}"
    count_mapped_traits(context, traits, fields)
    nest_custom_traits(properties, traits.own, context)
    nest_custom_traits(properties, traits.of_context, context)
    if not context.destination.use_new_mapping:
        rename_keys(properties, OLD_NAMES)
    device = DEVICES.get(device_type(message_context))
    if device is not None:
        token = message_context["device"].get("token")
        if has_content(token):
            properties[device.tokens] = [token]
        device.reader.read(fields, properties)
    properties |= browser_properties(fields)
    return context.build_profile_set(properties)


def check_geo_source(properties: dict[str, Any]) -> None:
    """Raise RejectedEvent when the profile's `$geo_source` is one that Mixpanel rejects."""
    if properties.get("$geo_source", GEO_SOURCE) != GEO_SOURCE:
        raise RejectedEvent(
            Code.INVALID_GEO_SOURCE, f"expected {GEO_SOURCE}", "context.location.geoSource"
        )


def count_mapped_traits(context: MappingContext, traits: Traits, fields: dict[str, Any]) -> None:
    """Count the traits that a row reads, and that are not sent."""
    own, of_context = traits.own, traits.of_context
    for source in (own, of_context):
        if address := source.get("address"):
            context.left_out += unsent_parts(address)
    if names := ambiguous_traits(own, of_context):
        context.left_out += ALTERNATIVES_OF_PROFILES.replaced(fields, names)


def nest_custom_traits(
    properties: dict[str, Any], traits: dict[str, Any], context: MappingContext
) -> None:
    """Copy the traits that no row reads, with dotted names as nested objects."""
    for name, value in traits.items():
        if name in MAPPED_TRAITS:
            continue
        if not name.rstrip("."):
            context.left_out.append(LeftOut.TRAIT)
            continue
        if "." in name:
            previous = put_value(properties, name, value)
        else:
            previous, properties[name] = properties.get(name), value
        if is_sendable(previous) and previous != value:
            context.left_out.append(LeftOut.REPLACED)


def rename_keys(properties: dict[str, Any], names: Mapping[str, str]) -> None:
    """Rename properties, where they exist."""
    for old, new in names.items():
        if old in properties:
            properties[new] = properties.pop(old)


def device_type(message_context: dict[str, Any]) -> str:
    """The type of the device that a message comes from, in lower case; empty when unknown."""
    device = message_context.get("device")
    kind = device.get("type") if type(device) is dict else None
    return kind.lower() if type(kind) is str else ""
