"""Names of properties that the stack or Mixpanel uses itself, when the sender uses them, too.

https://docs.mixpanel.com/docs/data-structure/property-reference/reserved-properties
"""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.mapping.tables import EVENT_PROPERTIES
from rudder_mixpanel.message.values import is_sendable, truthy
from rudder_mixpanel.mixpanel.operations import IDENTITY_EVENTS

# An event with this property is dropped, and the response is success.
IGNORE: Final = "$ignore"
# Properties that Mixpanel writes: on events, and on the profiles of users.
WRITTEN_ON_EVENTS: Final = frozenset(
    {
        *("bucket", "$bucket", "$event_name", "$time", "$import", "$distinct_id_before_identity"),
        *("$mp_api_endpoint", "$mp_api_timestamp_ms", "$mp_event_size", "mp_processing_time_ms"),
        *("$is_reshuffled", "$preshuffle_distinct_id"),
        *("$failure_reason", "$failure_description", "$identity_failure_reason"),
    }
)
WRITTEN_ON_PROFILES: Final = frozenset({"$distinct_id", "$last_seen", "$mp_first_event_time"})
# Properties that the stack writes on events, whatever the sender's own are.
MAPPED: Final = frozenset(
    {
        *(row.name for row in EVENT_PROPERTIES),
        *(
            "token",
            "distinct_id",
            "time",
            "$insert_id",
            "ip",
            "$device_id",
            "$browser",
            "$browser_version",
        ),
    }
)
SPECIAL: Final = WRITTEN_ON_EVENTS | MAPPED | {IGNORE}


def special_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The sender's properties whose names the stack or Mixpanel uses.

    Raises RejectedEvent when Mixpanel would drop the event for one of them.
    """
    if truthy(properties.get(IGNORE)):
        raise RejectedEvent(Code.IGNORED, "expected an event without $ignore", IGNORE)
    return {name: properties[name] for name in SPECIAL.intersection(properties)}


def lost_properties(special: Mapping[str, Any], properties: Mapping[str, Any]) -> list[LeftOut]:
    """A reason for each special property whose value is not that of the event, or not kept."""
    return [
        LeftOut.RESERVED if name in WRITTEN_ON_EVENTS else LeftOut.REPLACED
        for name, value in special.items()
        if is_sendable(value) and (name in WRITTEN_ON_EVENTS or properties.get(name) != value)
    ]


def check_event_name(name: str) -> None:
    """Raise RejectedEvent when the name is blank, or one by which Mixpanel merges users."""
    trimmed = name.strip()
    if trimmed in IDENTITY_EVENTS:
        raise RejectedEvent(Code.RESERVED_EVENT_NAME, "expected another name", "event")
    if not trimmed:
        raise RejectedEvent(Code.MISSING_EVENT_NAME, "expected a name that is not blank", "event")
