"""Explains the updates of users' profiles, and of the profiles of groups."""

from collections.abc import Iterable, Iterator

from rudder_mixpanel.mapping.browser import browser_properties
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.explain.fields import BROWSER, TOKEN, time_origin
from rudder_mixpanel.mapping.explain.listed_traits import ListedTraits
from rudder_mixpanel.mapping.explain.shadow import Origin, Shadow, ShadowMessage, object_at
from rudder_mixpanel.mapping.explain.writing import Attempt, Writing
from rudder_mixpanel.mapping.group import is_group_id
from rudder_mixpanel.mapping.identify import DEVICES, device_type, nest_custom_traits
from rudder_mixpanel.mapping.tables import MAPPED_TRAITS, OLD_NAMES, PROFILE_PROPERTIES
from rudder_mixpanel.message.paths import Path, keys_to, segments
from rudder_mixpanel.message.values import as_object, has_content, is_sendable
from rudder_mixpanel.mixpanel.operations import Payload


def profile_writing(
    context: MappingContext, message: ShadowMessage, listed: ListedTraits
) -> Writing:
    """The properties that an identify call sets, of the traits that no list has taken."""
    message_context = {**context.message_context, "traits": listed.of_context.values}
    fields = {**context.fields, "traits": listed.own.values, "context": message_context}
    shadow_context = {**object_at(message.root, ("context",)), "traits": listed.of_context.shadow}
    shadow = {**message.root, "traits": listed.own.shadow, "context": shadow_context}
    written = Writing()
    written.read_table(PROFILE_PROPERTIES, fields, shadow)
    write_full_name(written, message)
    for traits in (listed.own.shadow, listed.of_context.shadow):
        custom = [(name, item) for name, item in traits.items() if name not in MAPPED_TRAITS]
        written.attempts += [Attempt(segments(name)[0], item) for name, item in custom]
        nest_custom_traits(written.shadows, traits, context)
    if not context.destination.use_new_mapping:
        written.rename(OLD_NAMES)
    if (device := DEVICES.get(device_type(message_context))) is not None:
        if has_content(message_context["device"].get("token")):
            written.write(device.tokens, shadow_context["device"]["token"])
        written.read_table(device.reader.table, fields, shadow)
    for name in browser_properties(fields):
        written.write(name, BROWSER)
    return written


def write_full_name(written: Writing, message: ShadowMessage) -> None:
    """Write a name of the first and the last one, where there is no other."""
    names = written.shadows
    if "$name" not in names and "$first_name" in names and "$last_name" in names:
        parts = (names["$first_name"], names["$last_name"])
        paths = tuple(path for part in parts for path in message.origin(part).paths)
        written.write("$name", Origin("{} and {}, with a blank between them", paths))


def charge_writing(context: MappingContext) -> Writing:
    """The charge of a track call."""
    time = time_origin(context)
    words = f"{{}} as the amount, and {'{}' if time.paths else time.words} as the time"
    written = Writing()
    written.write("$transactions", Origin(words, (("properties", "revenue"), *time.paths)))
    return written


def increment_writing(shadow: Shadow, names: Iterable[str]) -> Writing:
    """The increments of a track call."""
    properties = object_at(shadow, ("properties",))
    return Writing({name: properties[name] for name in names})


def group_ids_writing(context: MappingContext, key: str) -> Writing:
    """The ids of the groups of one key, on the user's profile."""
    return Writing({key: Origin(paths=(group_path(context, key),))})


def group_field_origins(
    context: MappingContext, shadow: ShadowMessage, payloads: Iterable[Payload]
) -> Iterator[dict[str, Origin]]:
    """The origins of the fields of each update of a group's profile, in their order."""
    for payload in payloads:
        if "$group_key" not in payload and "$set" in payload:
            ((key, ids),) = payload["$set"].items()
            path = group_path(context, key)
            is_list = isinstance(shadow.value_at(path), list)
            for index, value in enumerate(ids):
                if is_group_id(value):
                    yield {
                        "$token": TOKEN,
                        "$group_key": Origin("a constant: one of the setting groupKeySettings"),
                        "$group_id": Origin(paths=((*path, str(index)) if is_list else path,)),
                    }


def group_path(context: MappingContext, key: str) -> Path:
    """Where a group call names the groups of a key."""
    if key == "groupId":
        at_root = is_sendable(context.fields.get("groupId"))
        return ("groupId",) if at_root else ("traits", "groupId")
    return ("traits", *(keys_to(as_object(context.fields.get("traits")), key) or ()))
