"""The checks of one event that /import and /track share, in their order."""

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import RecordError
from mixpanel_emulator.endpoints.property_limits import find_limit_error, legible, utf8_error
from mixpanel_emulator.state.identities import derive_distinct_id
from mixpanel_emulator.state.project import Project

IDENTITY_EVENTS: Final = ("$identify", "$create_alias", "$merge")
# Identifiers that clients send by accident and that would merge unrelated users.
# fmt: off
PLACEHOLDERS: Final = frozenset(
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
# A larger time is in milliseconds: this is the year 5138 in seconds, 1973 in milliseconds.
SECONDS_END: Final = 100_000_000_000


def to_milliseconds(time: int) -> int:
    """Convert a `time`, which may be in seconds or milliseconds, to milliseconds."""
    return time if time > SECONDS_END else time * 1000


def is_placeholder(value: Any) -> bool:
    """Whether an identifier is a placeholder that many users would share."""
    if isinstance(value, dict | list):
        return not value
    return str(value).strip().lower() in PLACEHOLDERS


def properties_of(record: dict[str, Any]) -> dict[str, Any]:
    """Return the event's properties, or none when they are not an object."""
    properties = record.get("properties")
    return properties if isinstance(properties, dict) else {}


@dataclass(frozen=True, slots=True)
class EventChecker:
    """Checks each event of a batch against the rules of its project."""

    project: Project
    now: int  # milliseconds
    # /import requires time, distinct_id and $insert_id; /track makes them up.
    requires_all_fields: bool
    # Whether some text of the batch is not UTF-8.
    damaged: bool
    # A small batch cannot hold an event that is too large.
    checks_size: bool

    def first_error(self, record: dict[str, Any]) -> RecordError | None:
        """Return the first error of this event, or None when it is valid."""
        # First, since text that is not UTF-8 cannot be measured.
        if self.damaged and (error := utf8_error(record)):
            return error
        properties = properties_of(record)
        # Identity events carry the identifiers to join, and nothing else is documented for them.
        required = self.requires_all_fields and record.get("event") not in IDENTITY_EVENTS
        return (
            name_error(record.get("event"))
            or self.time_error(properties.get("time"), required=required)
            or self.distinct_id_error(properties, required=required)
            or insert_id_error(properties.get("$insert_id"), required=required)
            or find_limit_error(properties, self.project.max_depth)
            or self.size_error(record)
        )

    def time_error(self, time: Any, *, required: bool) -> RecordError | None:
        """Return the error of a time that Mixpanel does not accept."""
        if time is None:
            error = RecordError("E20", "properties.time", messages.TIME_MISSING)
            return error if required else None
        if type(time) is not int or time < 0:
            return RecordError("E21", "properties.time", messages.TIME_UNREADABLE)
        time = to_milliseconds(time)
        if time > self.now + HOUR:
            return RecordError("E22", "properties.time", messages.TIME_IN_FUTURE)
        return self.age_error(time) if self.requires_all_fields else None

    def age_error(self, time: int) -> RecordError | None:
        """Return the error of a time that is older than the project's retention."""
        days = self.project.retention_days
        if days and time < self.now - days * DAY:
            message = messages.TIME_PAST_RETENTION.format(days=days)
            return RecordError("E24", "properties.time", message)
        if time < YEAR_1971:
            return RecordError("E24", "properties.time", messages.TIME_BEFORE_1971)
        return None

    def distinct_id_error(
        self, properties: dict[str, Any], *, required: bool
    ) -> RecordError | None:
        """Return the error of a missing distinct_id, or of one that is a placeholder."""
        distinct_id = properties.get("distinct_id")
        if distinct_id is None:
            derived = self.project.simplified and derive_distinct_id(properties)
            error = RecordError("E25", "properties.distinct_id", messages.DISTINCT_ID_MISSING)
            return error if required and not derived else None
        if is_placeholder(distinct_id):
            return RecordError("E27", "properties.distinct_id", messages.DISTINCT_ID_PLACEHOLDER)
        return None

    def size_error(self, record: dict[str, Any]) -> RecordError | None:
        """Return the error of an event whose JSON is too large."""
        if not self.checks_size:
            return None
        event = {"event": record["event"], "properties": properties_of(record)}
        if len(orjson.dumps(event)) >= EVENT_BYTES:
            return RecordError("E30", "properties", messages.EVENT_TOO_LARGE)
        return None


def name_error(name: Any) -> RecordError | None:
    """Return the error of an event without a name."""
    if not isinstance(name, str) or not name.strip():
        return RecordError("E19", "event", messages.EVENT_BLANK)
    return None


def insert_id_error(insert_id: Any, *, required: bool) -> RecordError | None:
    """Return the error of an `$insert_id` that is missing or malformed."""
    if insert_id is None or insert_id == "":
        error = RecordError("E29", "$insert_id", messages.INSERT_ID_MISSING)
        return error if required else None
    if is_placeholder(insert_id):
        return RecordError("E27", "$insert_id", messages.INSERT_ID_PLACEHOLDER)
    text = str(insert_id)
    if not INSERT_ID.fullmatch(text):
        return RecordError("E29", "$insert_id", messages.INSERT_ID_CHARACTERS)
    if len(text) > INSERT_ID_BYTES:
        return RecordError("E29", "$insert_id", messages.INSERT_ID_LONG)
    return None


def failed_record(index: int, record: dict[str, Any], error: RecordError) -> dict[str, Any]:
    """Report a rejected event as strict=1 does."""
    insert_id = properties_of(record).get("$insert_id")
    return {
        "index": index,
        "insert_id": legible(insert_id) if isinstance(insert_id, str) else "",
        "field": error.field,
        "message": error.message,
    }
