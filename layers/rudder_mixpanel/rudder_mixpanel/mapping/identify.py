"""identify: who a user is."""

from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.browser import browser
from rudder_mixpanel.mapping.draft import Draft
from rudder_mixpanel.mapping.message import Message
from rudder_mixpanel.mapping.reading import Reader
from rudder_mixpanel.mapping.tables import (
    ANDROID_PROPERTIES,
    APPLE_DEVICES,
    APPLE_PROPERTIES,
    MAPPED_TRAITS,
    OLD_NAMES,
    PROFILE_PROPERTIES,
    SPECIAL_NAMES,
    SPECIAL_TRAITS,
)
from rudder_mixpanel.mapping.values import as_object, at, filled, find, path, text, without
from rudder_mixpanel.operations import Operation

PROFILE: Final = Reader("PROFILE_PROPERTIES", PROFILE_PROPERTIES)
SPECIAL: Final = Reader("SPECIAL_TRAITS", SPECIAL_TRAITS)
APPLE: Final = Reader("APPLE_PROPERTIES", APPLE_PROPERTIES)
ANDROID: Final = Reader("ANDROID_PROPERTIES", ANDROID_PROPERTIES)
TRAITS: Final = path("traits")
CONTEXT_TRAITS: Final = path("context.traits")
DEVICE_TYPE: Final = path("context.device.type")
DEVICE_TOKEN: Final = path("context.device.token")
GEO_SOURCE: Final = "reverse_geocoding"


class Traits:
    """A message's traits, from which each list of settings takes its share."""

    def __init__(self, message: Message) -> None:
        self.own = at(message.fields, TRAITS)
        self.of_context = message.context.get("traits")

    def take(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Take the named traits out of both places, under Mixpanel's names; the own ones win."""
        taken: dict[str, Any] = {}
        for name in names:
            own, of_context = find(self.own, name), find(self.of_context, name)
            value = own if filled(own) else of_context
            if not filled(value):
                continue
            taken.setdefault(name.rpartition(".")[2], value)
            if own is not None:
                self.own = without(self.own, name)
            if of_context is not None:
                self.of_context = without(self.of_context, name)
        if SPECIAL_NAMES.isdisjoint(taken):
            return taken
        properties = {name: one for name, one in taken.items() if name not in SPECIAL_NAMES}
        SPECIAL.read(taken, properties)
        return properties

    def rest_of(self, message: Message) -> dict[str, Any]:
        """The message's fields with what is left of its traits."""
        context = {**message.context, "traits": self.of_context}
        return {**message.fields, "traits": self.own, "context": context}


def identify(message: Message) -> list[Operation]:
    """What is set once, united and appended, then all other traits, then the merge of two ids."""
    settings, traits = message.destination, Traits(message)
    union = {name: as_list(one) for name, one in traits.take(settings.union).items()}
    operations = [
        *listed(message, "$set_once", traits.take(settings.set_once), "setOnceProperties"),
        *listed(message, "$union", union, "unionProperties"),
        *listed(message, "$append", traits.take(settings.append), "appendProperties"),
        message.profile_update(
            "$set", profile(message, traits.rest_of(message)), **{"$time": message.time}
        ),
    ]
    if not settings.simplified and message.user_id and message.anonymous_id:
        draft = message.draft()
        draft.write({"$distinct_ids": [message.user_id, message.anonymous_id]}, "both ids")
        operations.append(message.identity_event("$merge", draft))
    return operations


def listed(message: Message, verb: str, values: dict[str, Any], setting: str) -> list[Operation]:
    """The update of traits that a setting lists, if there are any."""
    if not values:
        return []
    draft = message.draft()
    draft.write(values, f"{setting}: a trait that it names")
    return [message.profile_update(verb, draft)]


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as the one thing in a list."""
    return value if isinstance(value, list) else [value]


def profile(message: Message, fields: dict[str, Any]) -> Draft:
    """All properties of the user's profile that a message sets."""
    draft = message.draft()
    draft.read(PROFILE, fields)
    found = draft.properties
    if found.get("$geo_source", GEO_SOURCE) != GEO_SOURCE:
        raise RejectedEvent(
            Code.INVALID_GEO_SOURCE, f"expected {GEO_SOURCE}", "context.location.geoSource"
        )
    if "$name" not in found and "$first_name" in found and "$last_name" in found:
        both = (text(found["$first_name"]), text(found["$last_name"]))
        draft.write({"$name": " ".join(both)}, "first and last name")
    draft.nest(custom(at(fields, TRAITS)), "traits")
    draft.nest(custom(at(fields, CONTEXT_TRAITS)), "context.traits")
    if not message.destination.use_new_mapping:
        draft.rename(OLD_NAMES)
    write_device(draft, fields)
    draft.write(browser(fields), "browser of context.userAgent")
    return draft


def custom(traits: Any) -> dict[str, Any]:
    """The traits that no row has used."""
    return {name: one for name, one in as_object(traits).items() if name not in MAPPED_TRAITS}


def write_device(draft: Draft, fields: dict[str, Any]) -> None:
    """What Mixpanel keeps of a phone, by its family."""
    kind = at(fields, DEVICE_TYPE)
    family = kind.lower() if isinstance(kind, str) else ""
    if family in APPLE_DEVICES:
        draft.write(push_token(fields, "$ios_devices"), "context.device.token")
        draft.read(APPLE, fields)
    elif family == "android":
        draft.write(push_token(fields, "$android_devices"), "context.device.token")
        draft.read(ANDROID, fields)


def push_token(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """The list of a device's push tokens, when it has one."""
    token = at(fields, DEVICE_TOKEN)
    return {name: [token]} if filled(token) else {}
