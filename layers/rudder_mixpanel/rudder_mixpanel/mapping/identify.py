"""identify: who a user is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.message import MappingContext
from rudder_mixpanel.mapping.origins import Origins, nested, of_each
from rudder_mixpanel.mapping.reading import Reader
from rudder_mixpanel.mapping.tables import (
    ANDROID_PROPERTIES,
    APPLE_DEVICES,
    APPLE_PROPERTIES,
    LISTED_TRAITS,
    MAPPED_TRAITS,
    OLD_NAMES,
    PROFILE_PROPERTIES,
    SPECIAL_NAMES,
)
from rudder_mixpanel.message.values import (
    as_object,
    find_value,
    has_content,
    js_text,
    put_value,
    without_value,
)
from rudder_mixpanel.mixpanel.operations import Operation

PROFILE: Final = Reader("PROFILE_PROPERTIES", PROFILE_PROPERTIES)
LISTED: Final = Reader("LISTED_TRAITS", LISTED_TRAITS)
LISTED_NAMES: Final = frozenset(name for row in LISTED_TRAITS for (name,) in row.sources)
GEO_SOURCE: Final = "reverse_geocoding"
# The rules of listed traits, for whoever asks
SET_ONCE: Final = "setOnceProperties: a trait that it names"
UNION: Final = "unionProperties: a trait that it names"
APPEND: Final = "appendProperties: a trait that it names"


@dataclass(frozen=True, slots=True)
class Device:
    """What Mixpanel keeps of a phone: its push tokens by that name, and a table's properties."""

    tokens: str
    reader: Reader


APPLE: Final = Device("$ios_devices", Reader("APPLE_PROPERTIES", APPLE_PROPERTIES))
ANDROID: Final = Device("$android_devices", Reader("ANDROID_PROPERTIES", ANDROID_PROPERTIES))
# By context.device.type in lower case
DEVICES: Final = {**dict.fromkeys(APPLE_DEVICES, APPLE), "android": ANDROID}


class Traits:
    """A message's traits, from copies of which each list of settings takes its share."""

    def __init__(self, message: MappingContext) -> None:
        self.own = {**as_object(message.fields.get("traits"))}
        self.of_context = {**as_object(message.context.get("traits"))}

    def take(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Take the named traits out of both places, under Mixpanel's names; the own ones win."""
        taken: dict[str, Any] = {}
        for name in names:
            own, of_context = self.own.get(name), self.of_context.get(name)
            if "." in name:
                own, of_context = find_value(self.own, name), find_value(self.of_context, name)
            if own is not None and has_content(own):
                taken.setdefault(last_segment(name), own)
                self.own = drop(self.own, name)
            if of_context is not None and has_content(of_context):
                taken.setdefault(last_segment(name), of_context)
                self.of_context = drop(self.of_context, name)
        if LISTED_NAMES.isdisjoint(taken):
            return taken
        properties = {name: one for name, one in taken.items() if name not in SPECIAL_NAMES}
        LISTED.read(taken, properties)
        return properties


def drop(traits: dict[str, Any], dotted: str) -> dict[str, Any]:
    """Our copy of traits, less what stands at a path."""
    if dotted in traits:
        del traits[dotted]
        return traits
    return without_value(traits, dotted)


def last_segment(dotted: str) -> str:
    """What a listed trait is called: by the last segment of its path."""
    return dotted.rpartition(".")[2]


def identify(message: MappingContext) -> list[Operation]:
    """What is set once, united and appended, then all other traits, then the merge of two ids."""
    settings, traits = message.destination, Traits(message)
    operations: list[Operation] = []
    if once := traits.take(settings.set_once):
        operations.append(message.profile_update("$set_once", once, SET_ONCE))
    if union := traits.take(settings.union):
        lists = {name: as_list(one) for name, one in union.items()}
        operations.append(message.profile_update("$union", lists, UNION))
    if append := traits.take(settings.append):
        operations.append(message.profile_update("$append", append, APPEND))
    operations.append(profile(message, traits))
    if not settings.simplified and message.user_id and message.anonymous_id:
        ids = (message.user_id, message.anonymous_id)
        merged = {"$distinct_ids": list(ids)}
        operations.append(message.identity_event("$merge", merged, "both ids", ids))
    return operations


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as the one thing in a list."""
    return value if isinstance(value, list) else [value]


def profile(message: MappingContext, traits: Traits) -> Operation:
    """All that a message sets of the user's profile with what is left of its traits."""
    own, of_context = traits.own, traits.of_context
    context = {**message.context, "traits": of_context}
    fields = {**message.fields, "traits": own, "context": context}
    properties: dict[str, Any] = {}
    PROFILE.read(fields, properties)
    if properties.get("$geo_source", GEO_SOURCE) != GEO_SOURCE:
        raise RejectedEvent(
            Code.INVALID_GEO_SOURCE, f"expected {GEO_SOURCE}", "context.location.geoSource"
        )
    if "$name" not in properties and "$first_name" in properties and "$last_name" in properties:
        properties["$name"] = (
            f"{js_text(properties['$first_name'])} {js_text(properties['$last_name'])}"
        )
    nest_custom(properties, own)
    nest_custom(properties, of_context)
    if not message.destination.use_new_mapping:
        rename(properties, OLD_NAMES)
    device = DEVICES.get(family_of(context))
    if device is not None:
        token = context["device"].get("token")
        if has_content(token):
            properties[device.tokens] = [token]
        device.reader.read(fields, properties)
    properties |= browser_properties(fields)
    origins = origins_of(properties, fields, message) if message.explain else None
    return message.profile_setting(properties, origins)


def nest_custom(properties: dict[str, Any], traits: dict[str, Any]) -> None:
    """Copy the traits that no row has used, with dotted names as objects in objects."""
    for name, value in traits.items():
        if name not in MAPPED_TRAITS:
            if "." in name:
                if name.rstrip("."):
                    put_value(properties, name, value)
            elif name:
                properties[name] = value


def rename(properties: dict[str, Any], names: Mapping[str, str]) -> None:
    """Give properties other names."""
    for old, new in names.items():
        if old in properties:
            properties[new] = properties.pop(old)


def family_of(context: dict[str, Any]) -> str:
    """The family of the device that a message comes from, in lower case; maybe none."""
    device = context.get("device")
    kind = device.get("type") if type(device) is dict else None
    return kind.lower() if type(kind) is str else ""


def origins_of(
    properties: dict[str, Any], fields: dict[str, Any], message: MappingContext
) -> Origins:
    """Where each of a profile's properties came from."""
    context = fields["context"]
    told = {"$name": "first and last name", **PROFILE.origins(fields)}
    for source, traits in (("traits", fields["traits"]), ("context.traits", context["traits"])):
        told |= nested(source, [name for name in traits if name and name not in MAPPED_TRAITS])
    if not message.destination.use_new_mapping:
        rename(told, OLD_NAMES)
    if (device := DEVICES.get(family_of(context))) is not None:
        told |= {device.tokens: "context.device.token", **device.reader.origins(fields)}
    told |= dict.fromkeys(browser_properties(fields), "browser of context.userAgent")
    return of_each(properties, told)
