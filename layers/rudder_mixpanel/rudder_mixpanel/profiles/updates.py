"""What is sent of an update of a profile that comes after newer ones."""

from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.mixpanel.operations import Operation, Payload
from rudder_mixpanel.profiles.history import ANY_UPDATE, History, ProfileNames

# The verbs whose result depends on the order: the last one wins.
# https://developer.mixpanel.com/reference/profile-set
LAST_WINS: Final = ("$set", "$unset")


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    """What is sent of an update, and the hashes of the names that it changes.

    `superseded` when a part of it is left out.
    """

    operation: Operation
    names: tuple[bytes, ...]
    superseded: bool = False


def newer_part(operation: Operation, history: History, names: ProfileNames) -> ProfileUpdate | None:
    """The part of an update that is as new as the properties it sets, or newer, if there is any.

    An update that is older than any other of its profile is sent without what moves the user's
    location and "last seen".
    """
    payload = operation.payload
    is_late = history.newest(names) > operation.stamp
    verb = next((verb for verb in LAST_WINS if verb in payload), None)
    any_update = names.hash(ANY_UPDATE)
    if verb is None:
        return ProfileUpdate(late_update(operation) if is_late else operation, (any_update,))
    hashes = {name: names.hash(name) for name in payload[verb]}
    late = {name for name, hash_ in hashes.items() if history.is_newer(hash_, operation.stamp)}
    if late and len(late) == len(hashes):
        return None
    # The last of them is forgotten last, when the history has no room for all.
    changed = (*(hash_ for name, hash_ in hashes.items() if name not in late), any_update)
    # The time of the newest update can be forgotten while that of a property is known.
    if not is_late and not late:
        return ProfileUpdate(operation, changed)
    rest = {**without_presence(operation), verb: leave_out(payload[verb], late)}
    return ProfileUpdate(operation.with_payload(rest), changed, superseded=bool(late))


def late_update(operation: Operation) -> Operation:
    """An update of a user who was seen since: it changes neither location nor "last seen"."""
    return operation.with_payload(without_presence(operation))


def leave_out(values: Any, late: set[str]) -> Any:
    """The values of `$set`, or the names of `$unset`, without the late ones."""
    if isinstance(values, dict):
        return {name: value for name, value in values.items() if name not in late}
    return [name for name in values if name not in late]


def without_presence(operation: Operation) -> Payload:
    """The payload without what moves a user's location and "last seen". Groups have neither."""
    payload = operation.payload
    if operation.endpoint != "engage":
        return payload
    return {name: value for name, value in payload.items() if name != "$ip"} | {
        "$ignore_time": True
    }
