"""Maps identify calls: who a user is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.origins import Origins, merge_origins, nested_from
from rudder_mixpanel.mapping.reader import TableReader
from rudder_mixpanel.mapping.tables import (
    ADDRESS_PARTS,
    ANDROID_PROPERTIES,
    APPLE_DEVICES,
    APPLE_PROPERTIES,
    LISTED_TRAITS,
    MAPPED_TRAITS,
    OLD_NAMES,
    PROFILE_PROPERTIES,
    SPECIAL_NAMES,
)
from rudder_mixpanel.message.paths import find_value, put_value, without_value
from rudder_mixpanel.message.values import as_object, has_content, is_sendable, js_text
from rudder_mixpanel.mixpanel.operations import Operation

PROFILE: Final = TableReader("PROFILE_PROPERTIES", PROFILE_PROPERTIES)
LISTED: Final = TableReader("LISTED_TRAITS", LISTED_TRAITS)
LISTED_NAMES: Final = frozenset(name for row in LISTED_TRAITS for (name,) in row.sources)
GEO_SOURCE: Final = "reverse_geocoding"
# Origins of the traits that a list of the settings names
SET_ONCE: Final = "setOnceProperties: a trait that it names"
UNION: Final = "unionProperties: a trait that it names"
APPEND: Final = "appendProperties: a trait that it names"


@dataclass(frozen=True, slots=True)
class Device:
    """A family of phones: the property of its push tokens, and the table of its properties."""

    tokens: str
    reader: TableReader


APPLE: Final = Device("$ios_devices", TableReader("APPLE_PROPERTIES", APPLE_PROPERTIES))
ANDROID: Final = Device("$android_devices", TableReader("ANDROID_PROPERTIES", ANDROID_PROPERTIES))
# By context.device.type in lower case
DEVICES: Final = {**dict.fromkeys(APPLE_DEVICES, APPLE), "android": ANDROID}


class Traits:
    """Copies of a message's traits, out of which the lists of the settings take theirs."""

    def __init__(self, context: MappingContext) -> None:
        self.own = {**as_object(context.fields.get("traits"))}
        self.of_context = {**as_object(context.message_context.get("traits"))}
        self.left_out = context.left_out

    def take(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Remove the named traits and return them under Mixpanel's names.

        The message's own traits win over those of its context.
        """
        listed: dict[str, Any] = {}
        for name in names:
            own, of_context = self.own.get(name), self.of_context.get(name)
            if "." in name:
                own, of_context = find_value(self.own, name), find_value(self.of_context, name)
            if own is not None and has_content(own):
                self.add(listed, last_segment(name), own)
                self.own = remove_value(self.own, name)
            if of_context is not None and has_content(of_context):
                self.add(listed, last_segment(name), of_context)
                self.of_context = remove_value(self.of_context, name)
        return with_mixpanel_names(listed)

    def add(self, listed: dict[str, Any], name: str, value: Any) -> None:
        """Add a trait to the listed ones, unless another one has its name."""
        if listed.setdefault(name, value) != value:
            self.left_out.append(LeftOut.REPLACED)


def with_mixpanel_names(traits: dict[str, Any]) -> dict[str, Any]:
    """Listed traits under Mixpanel's names, where it has a name for them."""
    if LISTED_NAMES.isdisjoint(traits):
        return traits
    properties = {name: value for name, value in traits.items() if name not in SPECIAL_NAMES}
    LISTED.read(traits, properties)
    return properties


def remove_value(traits: dict[str, Any], dotted: str) -> dict[str, Any]:
    """Remove the value at a path from the copied traits."""
    if dotted in traits:
        del traits[dotted]
        return traits
    return without_value(traits, dotted)


def last_segment(dotted: str) -> str:
    """The name of a listed trait: the last segment of its path."""
    return dotted.rpartition(".")[2]


def map_identify(context: MappingContext) -> list[Operation]:
    """Set once, unite and append the listed traits, set all others, then merge the two ids.

    Raises RejectedEvent when the message has no usable id, or `$geo_source` is invalid.
    """
    settings, traits = context.destination, Traits(context)
    operations: list[Operation] = []
    if once := traits.take(settings.set_once):
        operations.append(context.build_profile_update("$set_once", once, SET_ONCE))
    if union := traits.take(settings.union):
        lists = {name: as_list(value) for name, value in union.items()}
        operations.append(context.build_profile_update("$union", lists, UNION))
    if append := traits.take(settings.append):
        operations.append(context.build_profile_update("$append", append, APPEND))
    operations.append(build_profile(context, traits))
    if not settings.simplified and context.user_id and context.anonymous_id:
        operations.append(build_merge(context, (context.user_id, context.anonymous_id)))
    return operations


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as the only item of a list."""
    return value if isinstance(value, list) else [value]


def build_merge(context: MappingContext, ids: tuple[str, str]) -> Operation:
    """The event that merges the user with the device; projects with original merge need it."""
    return context.build_identity_event("$merge", {"$distinct_ids": list(ids)}, "both ids", ids)


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
    count_mapped_traits(context, traits)
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
    origins = profile_origins(properties, fields, context) if context.explain else None
    return context.build_profile_set(properties, origins)


def check_geo_source(properties: dict[str, Any]) -> None:
    """Raise RejectedEvent when the profile's `$geo_source` is one that Mixpanel rejects."""
    if properties.get("$geo_source", GEO_SOURCE) != GEO_SOURCE:
        raise RejectedEvent(
            Code.INVALID_GEO_SOURCE, f"expected {GEO_SOURCE}", "context.location.geoSource"
        )


def count_mapped_traits(context: MappingContext, traits: Traits) -> None:
    """Count the traits that a row reads, and that are not sent."""
    for source in (traits.own, traits.of_context):
        if address := source.get("address"):
            context.left_out += unsent_parts(address)
    if traits.own and traits.of_context:
        mapped = {name: traits.own[name] for name in SPECIAL_NAMES.intersection(traits.own)}
        context.count_replaced(mapped, traits.of_context)


def unsent_parts(address: Any) -> list[LeftOut]:
    """A reason for each part of an address that has no place in a profile."""
    parts = address if type(address) is dict else {"": address}
    return [
        LeftOut.TRAIT
        for name, value in parts.items()
        if name not in ADDRESS_PARTS and has_content(value)
    ]


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


def profile_origins(
    properties: dict[str, Any], fields: dict[str, Any], context: MappingContext
) -> Origins:
    """The origin of each property that an identify call sets, in the order of writing."""
    message_context = fields["context"]
    origins = {"$name": "first and last name", **PROFILE.origins(fields)}
    origins |= nested_from("traits", custom_names(fields["traits"]))
    origins |= nested_from("context.traits", custom_names(message_context["traits"]))
    if not context.destination.use_new_mapping:
        rename_keys(origins, OLD_NAMES)
    if (device := DEVICES.get(device_type(message_context))) is not None:
        origins |= {device.tokens: "context.device.token", **device.reader.origins(fields)}
    origins |= dict.fromkeys(browser_properties(fields), "browser of context.userAgent")
    return merge_origins(properties, origins)


def custom_names(traits: dict[str, Any]) -> list[str]:
    """The names of the traits that no row reads."""
    return [name for name in traits if name and name not in MAPPED_TRAITS]
