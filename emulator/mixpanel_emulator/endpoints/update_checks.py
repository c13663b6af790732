"""The checks of one update of a user's or a group's profile."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import RecordError
from mixpanel_emulator.state.profiles import CREATING, OPERATIONS, USER_OPERATIONS, is_acceptable

# The fields that identify the profile, by endpoint.
SUBJECT: Final = {"engage": ("$distinct_id",), "groups": ("$group_key", "$group_id")}
# Mixpanel's client for browsers adds them.
SDK_FIELDS: Final = {
    "engage": frozenset({"$device_id", "$user_id", "$had_persisted_distinct_id"}),
    "groups": frozenset[str](),
}
MISSING_RULE: Final = {"engage": "E43", "groups": "E44"}
METADATA: Final = ("$ip", "$ignore_time", "$time", "$latitude", "$longitude")
MODIFIERS: Final = frozenset({"$token", "$ignore_alias", *METADATA})
UPDATE_BYTES: Final = 1_048_576
PROPERTY_LIMIT: Final = 2000


def update_error(update: dict[str, Any], endpoint: str) -> RecordError | None:
    """Return the first error of this update, or None when it is valid."""
    return (
        missing_error(update, endpoint) or operation_error(update, endpoint) or size_error(update)
    )


def missing_error(update: dict[str, Any], endpoint: str) -> RecordError | None:
    """Return the error of an update that does not identify its project and profile."""
    for name in ("$token", *SUBJECT[endpoint]):
        value = update.get(name)
        valid = isinstance(value, str if name == "$token" else str | int | float)
        if not valid or value == "":
            message = messages.FIELD_MISSING.format(field=name)
            return RecordError(MISSING_RULE[endpoint], name, message)
    return None


def operation_error(update: dict[str, Any], endpoint: str) -> RecordError | None:
    """Return the error of an update that does not hold exactly one valid operation."""
    known = {*MODIFIERS, *SUBJECT[endpoint], *SDK_FIELDS[endpoint], *OPERATIONS}
    unknown = update.keys() - known
    if unknown:
        return RecordError("E45", min(unknown), messages.UNKNOWN_FIELD)
    if sum(operation in update for operation in OPERATIONS) != 1:
        return RecordError("E45", "", messages.ONE_OPERATION)
    operation = operation_of(update)
    if endpoint == "groups" and operation in USER_OPERATIONS:
        return RecordError("E45", operation, messages.NO_GROUP_OPERATION)
    return None if is_acceptable(operation, update[operation]) else wrong_value(operation)


def wrong_value(operation: str) -> RecordError:
    """Build the error of a value of the wrong type."""
    return RecordError("E45", operation, messages.WRONG_VALUE.format(operation=operation))


def operation_of(update: Mapping[str, Any]) -> str:
    """Return the operation of an update that has one."""
    return next(operation for operation in OPERATIONS if operation in update)


def size_error(update: dict[str, Any]) -> RecordError | None:
    """Return the error of an update whose JSON is too large or too deep."""
    try:
        # The admin API nests the value three levels deeper, and orjson writes at most 254 levels.
        size = len(orjson.dumps([[[update]]])) - len("[[[]]]")
    except orjson.JSONEncodeError:
        return wrong_value(operation_of(update))
    return RecordError("E47", "", messages.UPDATE_TOO_LARGE) if size > UPDATE_BYTES else None


def capacity_error(operation: str, value: Any, properties: Mapping[str, Any]) -> RecordError | None:
    """Return the error of an update that gives the profile too many properties."""
    if operation in CREATING and len(properties.keys() | value.keys()) > PROPERTY_LIMIT:
        return RecordError("E47", operation, messages.PROFILE_FULL)
    return None
