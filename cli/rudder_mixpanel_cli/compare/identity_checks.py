"""Whether RudderStack spells the ids of users, groups and events in another way."""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.message.identity import DEVICE, usable_id
from rudder_mixpanel.message.insert_ids import LEGAL_INSERT_ID
from rudder_mixpanel.message.values import as_object, js_text
from rudder_mixpanel_cli.compare.artefact_checks import has_time_of_arrival
from rudder_mixpanel_cli.compare.case import Case
from rudder_mixpanel_cli.compare.differing import Mismatch, is_same
from rudder_mixpanel_cli.compare.rudderstack import ABSENT

INSERT_ID: Final = ("properties", "$insert_id")
TIME: Final = ("properties", "time")
ID_FIELDS: Final = ("userId", "anonymousId")
# Of an alias call, the fields that become its properties
ALIAS_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "alias": ("userId",),
    "distinct_id": ("previousId", "anonymousId"),
}


def is_sent_by_rudderstack(mismatch: Mismatch, case: Case) -> bool:
    """Whether an id on an event is exactly the one that RudderStack sends."""
    event = case.rudderstack
    if not mismatch.is_property or not case.expected.is_event_call:
        return False
    match mismatch.name:
        case "distinct_id":
            value = event.distinct_id
        case "$user_id":
            value = event.user_id
        case "$device_id":
            value = event.device_id
        case _:
            return False
    return is_same(mismatch.held, value)


def is_placeholder(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack sends a placeholder, of which nothing is sent here."""
    values = (case.message.get(field) for field in ID_FIELDS)
    has_placeholder = any(value is not None and usable_id(value) is None for value in values)
    return has_placeholder and is_sent_by_rudderstack(mismatch, case)


def has_double_prefix(mismatch: Mismatch, case: Case) -> bool:
    """Whether RudderStack has added the prefix of devices to an id that has one."""
    own = case.message.get("anonymousId")
    is_prefixed = case.destination.simplified and isinstance(own, str) and DEVICE in own
    return is_prefixed and is_sent_by_rudderstack(mismatch, case)


def is_other_number_text(mismatch: Mismatch, case: Case) -> bool:
    """Whether JavaScript writes an id that is a number in another way."""
    values = [case.message.get(field) for field in ID_FIELDS]
    has_number = any(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return has_number and is_sent_by_rudderstack(mismatch, case)


def is_number(mismatch: Mismatch, case: Case) -> bool:
    """Whether an id of an alias call or of a group is a number, or a group's true or false."""
    held = mismatch.held
    if not isinstance(held, int | float) or mismatch.sent != js_text(held):
        return False
    if case.message.get("type") == "alias":
        fields = ALIAS_FIELDS.get(str(mismatch.name), ())
        return any(is_same(case.message.get(field), held) for field in fields)
    is_group = mismatch.name in case.destination.group_keys
    # The id of a group, or an element of a list of them
    return is_group and len(mismatch.path) <= len(("properties", "key", 0))


def is_insert_id(mismatch: Mismatch, case: Case) -> bool:
    """Whether it is RudderStack's `$insert_id`; where it has none, Mixpanel may have made one."""
    if mismatch.path != INSERT_ID or not case.expected.is_event_call:
        return False
    theirs = case.rudderstack.insert_id
    if theirs is ABSENT:
        return is_made_by_mixpanel(mismatch.held)
    return is_same(mismatch.held, theirs) or mismatch.held == js_text(theirs)


def is_made_by_mixpanel(held: Any) -> bool:
    """Whether Mixpanel may have made an `$insert_id`, or left it out."""
    return held is ABSENT or (type(held) is str and bool(LEGAL_INSERT_ID.fullmatch(held)))


def is_field_of_identity_event(mismatch: Mismatch, case: Case) -> bool:
    """Whether it is the time or id of an event that merges users: RudderStack sends neither."""
    if not (case.merges_users and has_time_of_arrival(case)):
        return False
    return mismatch.path == TIME or (
        mismatch.path == INSERT_ID and is_made_by_mixpanel(mismatch.held)
    )


def is_added_group(mismatch: Mismatch, case: Case) -> bool:
    """Whether it is a group that this stack adds to the event by a setting."""
    traits = as_object(case.context.get("traits"))
    return (
        mismatch.is_property
        and mismatch.held is ABSENT
        and case.destination.group_keys_on_events
        and mismatch.name in case.destination.group_keys
        and mismatch.name not in case.own_properties
        and (mismatch.name not in traits or case.destination.drop_traits_in_track_event)
    )
