"""What newer-wins means for the requests of a preview."""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.profiles.updates import LAST_WINS

# Updates of which a part that is older than the profile's values is not sent, and the others.
ORDERED: Final = frozenset(LAST_WINS)
UNORDERED: Final = frozenset({"$set_once", "$union", "$append", "$add"})
PROFILES: Final = frozenset({"engage", "groups"})
ONLY_NEWER: Final = "sent only where the profile has no newer value, by the event's time"
AS_THEY_COME: Final = "as they come: only $set and $unset are ordered by time"


def verb_of(payload: Mapping[str, Any]) -> str:
    """What an update does, if newer-wins makes a difference between that and others; else empty."""
    return next((name for name in payload if name in ORDERED | UNORDERED), "")


def is_ordered(payload: Mapping[str, Any]) -> bool:
    """Whether an update sets or removes properties of a user or a group.

    An event has no such field at its top level.
    """
    return verb_of(payload) in ORDERED
