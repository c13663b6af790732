"""What one update of a user's or a group's profile must look like."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.visit import Fault
from mixpanel_emulator.state.profiles import CREATING, OPERATIONS, USER_OPERATIONS, is_acceptable

# The fields that say whose profile it is, by endpoint.
SUBJECT: Final = {"engage": ("$distinct_id",), "groups": ("$group_key", "$group_id")}
MISSING_RULE: Final = {"engage": "E43", "groups": "E44"}
METADATA: Final = ("$ip", "$ignore_time", "$time", "$latitude", "$longitude")
MODIFIERS: Final = frozenset({"$token", "$ignore_alias", *METADATA})
UPDATE_BYTES: Final = 1_048_576
PROPERTY_LIMIT: Final = 2000


def update_fault(update: dict[str, Any], endpoint: str) -> Fault | None:
    """The first rule that refuses this update, or None."""
    return (
        missing_fault(update, endpoint) or operation_fault(update, endpoint) or weight_fault(update)
    )


def missing_fault(update: dict[str, Any], endpoint: str) -> Fault | None:
    """Whether the update says for which project and profile it is."""
    for name in ("$token", *SUBJECT[endpoint]):
        value = update.get(name)
        known = isinstance(value, str if name == "$token" else str | int | float)
        if not known or value == "":
            return Fault(MISSING_RULE[endpoint], name, say.FIELD_MISSING.format(field=name))
    return None


def operation_fault(update: dict[str, Any], endpoint: str) -> Fault | None:
    """Whether the update holds one operation that can be done here with its value."""
    unknown = update.keys() - MODIFIERS - set(SUBJECT[endpoint]) - set(OPERATIONS)
    if unknown:
        return Fault("E45", min(unknown), say.UNKNOWN_FIELD)
    if sum(operation in update for operation in OPERATIONS) != 1:
        return Fault("E45", "", say.ONE_OPERATION)
    operation = operation_of(update)
    if endpoint == "groups" and operation in USER_OPERATIONS:
        return Fault("E45", operation, say.NO_GROUP_OPERATION)
    if not is_acceptable(operation, update[operation]):
        return Fault("E45", operation, say.WRONG_VALUE.format(operation=operation))
    return None


def operation_of(update: Mapping[str, Any]) -> str:
    """The operation of an update that has one."""
    return next(operation for operation in OPERATIONS if operation in update)


def weight_fault(update: dict[str, Any]) -> Fault | None:
    """Whether the update as JSON is too large."""
    try:
        # Shown, its value lies three deeper, and orjson writes no more than 254 levels.
        size = len(orjson.dumps([[[update]]])) - len("[[[]]]")
    except orjson.JSONEncodeError:
        operation = operation_of(update)
        return Fault("E45", operation, say.WRONG_VALUE.format(operation=operation))
    return Fault("E47", "", say.UPDATE_TOO_LARGE) if size > UPDATE_BYTES else None


def full_fault(operation: str, value: Any, properties: Mapping[str, Any]) -> Fault | None:
    """Whether the profile has no room for what is to be written."""
    if operation in CREATING and len(properties.keys() | value.keys()) > PROPERTY_LIMIT:
        return Fault("E47", operation, say.PROFILE_FULL)
    return None
