"""Maps group calls: the company, team or account that a user belongs to."""

from collections.abc import Iterator
from typing import Any

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping import limits
from rudder_mixpanel.mapping.context import MappingContext
from rudder_mixpanel.mapping.cuts import check_id
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.message.identity import group_ids, with_group_ids
from rudder_mixpanel.message.paths import find_value
from rudder_mixpanel.message.values import as_object, has_content, is_sendable, truthy
from rudder_mixpanel.mixpanel.operations import Operation


def map_group(context: MappingContext) -> list[Operation]:
    """For each configured key of the call: the user's membership, then the groups' profiles.

    Raises RejectedEvent when no key is configured, or the call has none of them.
    """
    keys = context.destination.group_keys
    if not keys:
        raise RejectedEvent(
            Code.GROUP_KEY_NOT_CONFIGURED, "expected a group key in groupKeySettings"
        )
    updates = (update for key in keys for update in build_group_updates(context, key))
    operations = list(limits.bounded(updates, "traits"))
    if not operations:
        raise RejectedEvent(
            Code.GROUP_KEY_MISSING, f"expected one of {', '.join(keys)} in the traits", "traits"
        )
    return operations


def build_group_updates(context: MappingContext, key: str) -> Iterator[Operation]:
    """The user's membership under one key, and the profile of each group that it names."""
    traits = as_object(context.fields.get("traits"))
    group = find_group_id(context, traits) if key == "groupId" else find_value(traits, key)
    if not truthy(group):
        return
    groups = group_ids(group if isinstance(group, list) else [group])
    yield context.build_profile_update("$set", {key: groups})
    for value in groups:
        if is_group_id(value):
            yield build_group_profile(context, key, value, traits)
        else:
            context.left_out.append(LeftOut.GROUP)


def find_group_id(context: MappingContext, traits: dict[str, Any]) -> Any:
    """The groupId at the call's root, else the one in its traits."""
    root = context.fields.get("groupId")
    return root if is_sendable(root) else traits.get("groupId")


def is_group_id(value: Any) -> bool:
    """Whether a value can be the id of a group; Mixpanel rejects an update without one."""
    return has_content(value) and not isinstance(value, dict | list)


def build_group_profile(
    context: MappingContext, key: str, value: str, traits: dict[str, Any]
) -> Operation:
    """The update that sets a call's traits on the profile of one group; raises RejectedEvent."""
    check_id(value, "traits")
    group = {"$token": context.destination.token, "$group_key": key, "$group_id": value}
    traits = with_group_ids(traits, context.destination.group_keys)
    ids = (context.distinct_id,)
    update = Operation("groups", {**group, "$set": traits}, ids=ids, stamp=context.stamp)
    context.check_update(update, traits)
    return update
