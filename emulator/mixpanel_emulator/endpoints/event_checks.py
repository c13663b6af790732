"""What one event must look like: the checks that /import and /track share, in their order."""

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.shapes import legible, shape_fault, utf8_fault
from mixpanel_emulator.endpoints.visit import Fault
from mixpanel_emulator.state.project import Project

IDENTITY_EVENTS: Final = ("$identify", "$create_alias", "$merge")
# Identifiers that clients send by accident, and that would join strangers.
# fmt: off
JUNK: Final = frozenset(
    {
        "00000000-0000-0000-0000-000000000000", "-1", "0", "<nil>", "[]", "anon", "anonymous",
        "false", "lmy47d", "n/a", "na", "nil", "none", "null", "true", "undefined", "unknown", "{}",
    }
)
# fmt: on
INSERT_ID: Final = re.compile(r"[A-Za-z0-9-]+")
INSERT_ID_BYTES: Final = 36
EVENT_BYTES: Final = 1_000_000
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
YEAR_1971: Final = 365 * DAY
# Beyond this a time is in milliseconds: the year 5138 in seconds, 1973 in milliseconds.
SECONDS_END: Final = 100_000_000_000


def milliseconds(time: int) -> int:
    """A `time`, which may be in seconds or milliseconds, in milliseconds."""
    return time if time > SECONDS_END else time * 1000


def is_junk(value: Any) -> bool:
    """Whether an identifier is a placeholder that many users would share."""
    if isinstance(value, dict | list):
        return not value
    return str(value).strip().lower() in JUNK


def properties_of(record: dict[str, Any]) -> dict[str, Any]:
    """The event's properties, none when they are no object."""
    properties = record.get("properties")
    return properties if isinstance(properties, dict) else {}


@dataclass(frozen=True, slots=True)
class Examiner:
    """What decides about each event of a batch."""

    project: Project
    now: int  # milliseconds
    # /import insists on time, distinct_id and $insert_id; /track makes them up.
    complete: bool
    damaged: bool
    # Nobody in a small batch can be too large.
    weigh: bool

    def fault(self, record: dict[str, Any]) -> Fault | None:
        """The first rule that refuses this event, or None."""
        # First, since text that is not UTF-8 cannot be weighed.
        if self.damaged and (found := utf8_fault(record)):
            return found
        properties = properties_of(record)
        # The documented requests for these carry ids to join, and nothing else.
        complete = self.complete and record.get("event") not in IDENTITY_EVENTS
        return (
            name_fault(record.get("event"))
            or self.time_fault(properties.get("time"), required=complete)
            or self.distinct_id_fault(properties, required=complete)
            or insert_id_fault(properties.get("$insert_id"), required=complete)
            or shape_fault(properties, self.project.max_depth)
            or self.weight_fault(record)
        )

    def time_fault(self, time: Any, *, required: bool) -> Fault | None:
        """Whether the event happened at a time that Mixpanel takes."""
        if time is None:
            return Fault("E20", "properties.time", say.TIME_MISSING) if required else None
        if type(time) is not int or time < 0:
            return Fault("E21", "properties.time", say.TIME_UNREADABLE)
        at = milliseconds(time)
        if at > self.now + HOUR:
            return Fault("E22", "properties.time", say.TIME_IN_FUTURE)
        return self.age_fault(at) if self.complete else None

    def age_fault(self, at: int) -> Fault | None:
        """Whether the project still keeps events of that time."""
        days = self.project.retention_days
        if days and at < self.now - days * DAY:
            message = say.TIME_PAST_RETENTION.format(days=days)
            return Fault("E24", "properties.time", message)
        if at < YEAR_1971:
            return Fault("E24", "properties.time", say.TIME_BEFORE_1971)
        return None

    def distinct_id_fault(self, properties: dict[str, Any], *, required: bool) -> Fault | None:
        """Whether the event says whose it is."""
        distinct_id = properties.get("distinct_id")
        if distinct_id is not None:
            junk = is_junk(distinct_id)
            return Fault("E27", "properties.distinct_id", say.DISTINCT_ID_JUNK) if junk else None
        if required and not (
            self.project.id_mode == "simplified" and derived_distinct_id(properties)
        ):
            return Fault("E25", "properties.distinct_id", say.DISTINCT_ID_MISSING)
        return None

    def weight_fault(self, record: dict[str, Any]) -> Fault | None:
        """Whether the event as JSON is too large."""
        if not self.weigh:
            return None
        event = {"event": record["event"], "properties": properties_of(record)}
        if len(orjson.dumps(event)) >= EVENT_BYTES:
            return Fault("E30", "properties", say.EVENT_TOO_LARGE)
        return None


def name_fault(name: Any) -> Fault | None:
    """Whether the event has a name."""
    if not isinstance(name, str) or not name.strip():
        return Fault("E19", "event", say.EVENT_BLANK)
    return None


def insert_id_fault(insert_id: Any, *, required: bool) -> Fault | None:
    """Whether the event can be told from its own copy."""
    if insert_id is None or insert_id == "":
        return Fault("E29", "$insert_id", say.INSERT_ID_MISSING) if required else None
    if is_junk(insert_id):
        return Fault("E27", "$insert_id", say.INSERT_ID_JUNK)
    text = str(insert_id)
    if not INSERT_ID.fullmatch(text):
        return Fault("E29", "$insert_id", say.INSERT_ID_CHARACTERS)
    if len(text) > INSERT_ID_BYTES:
        return Fault("E29", "$insert_id", say.INSERT_ID_LONG)
    return None


def derived_distinct_id(properties: dict[str, Any]) -> str | None:
    """Who a simplified project says it was: the user, else the device."""
    if user_id := properties.get("$user_id"):
        return str(user_id)
    device = properties.get("$device_id")
    return device_id(device) if device else None


def device_id(device: Any) -> str:
    """The identifier of a device among those of users."""
    return f"$device:{str(device).removeprefix('$device:')}"


def failed_record(index: int, record: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """How strict=1 reports an event that it refused."""
    insert_id = properties_of(record).get("$insert_id")
    return {
        "index": index,
        "insert_id": legible(insert_id) if isinstance(insert_id, str) else "",
        "field": fault.field,
        "message": fault.message,
    }
