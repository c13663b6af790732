"""identify: who a user is."""

from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.browser import browser
from rudder_mixpanel.mapping.message import Message
from rudder_mixpanel.mapping.tables import (
    ANDROID_PROPERTIES,
    APPLE_DEVICES,
    APPLE_PROPERTIES,
    MAPPED_TRAITS,
    OLD_NAMES,
    PROFILE_PROPERTIES,
    SPECIAL_NAMES,
    SPECIAL_TRAITS,
    mapped,
)
from rudder_mixpanel.mapping.values import as_object, at, filled, find, path, put, text, without
from rudder_mixpanel.operations import Operation

TRAITS: Final = path("traits")
CONTEXT_TRAITS: Final = path("context.traits")
DEVICE_TYPE: Final = path("context.device.type")
DEVICE_TOKEN: Final = path("context.device.token")
GEO_SOURCE: Final = "reverse_geocoding"


class Traits:
    """A message's traits, from which each list of settings takes its share."""

    def __init__(self, message: Message) -> None:
        self.own = at(message.fields, TRAITS)
        self.of_context = at(message.fields, CONTEXT_TRAITS)

    def take(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Take the named traits out of both places, under Mixpanel's names; the own ones win."""
        taken: dict[str, Any] = {}
        for name in names:
            value = next(filter(filled, (find(self.own, name), find(self.of_context, name))), None)
            if value is None:
                continue
            taken.setdefault(name.rpartition(".")[2], value)
            self.own, self.of_context = without(self.own, name), without(self.of_context, name)
        if not taken:
            return {}
        custom = {name: value for name, value in taken.items() if name not in SPECIAL_NAMES}
        return mapped(SPECIAL_TRAITS, taken) | custom

    def rest_of(self, message: Message) -> dict[str, Any]:
        """The message's fields with what is left of its traits."""
        context = {**as_object(message.fields.get("context")), "traits": self.of_context}
        return {**message.fields, "traits": self.own, "context": context}


def identify(message: Message) -> list[Operation]:
    """What is set once, united and appended, then all other traits, then the merge of two ids."""
    settings, traits = message.destination, Traits(message)
    operations = [
        message.profile_update(verb, values)
        for verb, values in (
            ("$set_once", traits.take(settings.set_once)),
            ("$union", {name: as_list(one) for name, one in traits.take(settings.union).items()}),
            ("$append", traits.take(settings.append)),
        )
        if values
    ]
    update = message.profile_update("$set", profile(message, traits.rest_of(message)))
    update.payload["$time"] = message.time
    operations.append(update)
    if not settings.simplified and message.user_id and message.anonymous_id:
        both = {"$distinct_ids": [message.user_id, message.anonymous_id]}
        operations.append(message.identity_event("$merge", both))
    return operations


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as the one thing in a list."""
    return value if isinstance(value, list) else [value]


def profile(message: Message, fields: dict[str, Any]) -> dict[str, Any]:
    """All properties of the user's profile that a message sets."""
    properties = mapped(PROFILE_PROPERTIES, fields)
    if properties.get("$geo_source", GEO_SOURCE) != GEO_SOURCE:
        raise RejectedEvent(
            Code.INVALID_GEO_SOURCE, f"expected {GEO_SOURCE}", "context.location.geoSource"
        )
    if "$name" not in properties and {"$first_name", "$last_name"} <= properties.keys():
        both = (properties["$first_name"], properties["$last_name"])
        properties["$name"] = " ".join(text(name) for name in both)
    copy_custom_traits(fields, properties)
    if not message.destination.use_new_mapping:
        for new, old in OLD_NAMES.items():
            if new in properties:
                properties[old] = properties.pop(new)
    properties |= device(fields)
    properties |= browser(fields)
    return properties


def copy_custom_traits(fields: dict[str, Any], properties: dict[str, Any]) -> None:
    """Copy every trait that no row has used; those of the context win, dotted names nest."""
    for source in (TRAITS, CONTEXT_TRAITS):
        for name, value in as_object(at(fields, source)).items():
            if name in MAPPED_TRAITS:
                continue
            if "." in name:
                put(properties, name, value)
            else:
                properties[name] = value


def device(fields: dict[str, Any]) -> dict[str, Any]:
    """What Mixpanel keeps of a phone, by its family."""
    kind = at(fields, DEVICE_TYPE)
    family = kind.lower() if isinstance(kind, str) else ""
    if family in APPLE_DEVICES:
        return push_token(fields, "$ios_devices") | mapped(APPLE_PROPERTIES, fields)
    if family == "android":
        return push_token(fields, "$android_devices") | mapped(ANDROID_PROPERTIES, fields)
    return {}


def push_token(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The list of a device's push tokens, when it has one."""
    token = at(fields, DEVICE_TOKEN)
    return {name: [token]} if filled(token) else {}
