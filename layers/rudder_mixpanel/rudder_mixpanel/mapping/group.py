"""group: which company, team or account a user belongs to."""

from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.message import MappingContext
from rudder_mixpanel.mapping.origins import copied_from
from rudder_mixpanel.message.values import (
    as_object,
    find_value,
    has_content,
    is_sendable,
    js_text,
    truthy,
)
from rudder_mixpanel.mixpanel.operations import Operation

STATED: Final = "groupKeySettings: the group that the call names"


def group(message: MappingContext) -> list[Operation]:
    """For each configured key that the call carries: the user's membership, then the groups."""
    keys = message.destination.group_keys
    if not keys:
        raise RejectedEvent(
            Code.GROUP_KEY_NOT_CONFIGURED, "expected a group key in groupKeySettings"
        )
    made = (one for key in keys for one in members_of(message, key))
    operations = list(limits.bounded(made, "traits"))
    if not operations:
        raise RejectedEvent(
            Code.GROUP_KEY_MISSING, f"expected one of {', '.join(keys)} in the traits", "traits"
        )
    return operations


def members_of(message: MappingContext, key: str) -> Iterator[Operation]:
    """The user's membership under one key, and the profile of each group that it names."""
    traits = as_object(message.fields.get("traits"))
    given = group_id(message, traits) if key == "groupId" else find_value(traits, key)
    if not truthy(given):
        return
    values = given if isinstance(given, list) else [given]
    yield message.profile_update("$set", {key: values}, STATED)
    for value in values:
        if names_group(value):
            yield group_profile(message, key, value, traits)


def group_id(message: MappingContext, traits: dict[str, Any]) -> Any:
    """The id at the call's root, else the one in its traits."""
    root = message.fields.get("groupId")
    return root if is_sendable(root) else traits.get("groupId")


def names_group(value: Any) -> bool:
    """Whether a value can be a group's id; Mixpanel refuses an update of a group without one."""
    return has_content(value) and not isinstance(value, dict | list)


def group_profile(
    message: MappingContext, key: str, value: Any, traits: dict[str, Any]
) -> Operation:
    """The traits of a call, as the profile of one group."""
    named = {"$token": message.destination.token, "$group_key": key, "$group_id": js_text(value)}
    origins = None
    if message.explain:
        origins = {**copied_from(message.fields, "traits"), **dict.fromkeys(named, STATED)}
    whose = (message.distinct_id,)
    return Operation("groups", {**named, "$set": traits}, origins, ids=whose)
