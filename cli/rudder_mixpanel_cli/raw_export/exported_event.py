"""An event as Mixpanel's raw export has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Self

from rudder_mixpanel.message.times import EPOCH, MILLISECOND

# The id that was sent, where Mixpanel has replaced it by that of the user it belongs to.
SENT_ID: Final = "$distinct_id_before_identity"
# The years that a time in a row can be in
EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(9998, 1, 1, tzinfo=UTC)


class NotAnEvent(Exception):
    """A row of the export is not an event; the text says what it lacks."""


@dataclass(frozen=True, slots=True)
class ExportedEvent:
    """An event; `time` is in milliseconds since 1970, and texts that it does not have are empty.

    `distinct_id` is the one that was sent, if the row has it, else that of the user.
    """

    name: str
    insert_id: str
    time: int
    distinct_id: str
    properties: Mapping[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any], zone: tzinfo = UTC) -> Self:
        """Read a row. Raises NotAnEvent.

        `zone` is that of the times in the rows: the project's for a project created before 2023,
        UTC for later ones.
        """
        name, properties = row.get("event"), row.get("properties")
        if not isinstance(name, str) or not isinstance(properties, dict):
            raise NotAnEvent("no event with properties")
        sent = properties.get(SENT_ID) or properties.get("distinct_id")
        return cls(
            name,
            text_of(properties.get("$insert_id")),
            utc_time(properties.get("time"), zone),
            text_of(sent),
            properties,
        )


def text_of(value: Any) -> str:
    """An id as text; empty for none."""
    return "" if value is None else str(value)


def utc_time(value: Any, zone: tzinfo) -> int:
    """The time of a row in UTC. Raises NotAnEvent for what is no time.

    A row has the time that a clock in the zone shows, as if the clock showed UTC.
    """
    if type(value) not in {int, float} or not milliseconds_of(EARLIEST) <= value:
        raise NotAnEvent("no time in milliseconds")
    if value > milliseconds_of(LATEST):
        raise NotAnEvent("no time in milliseconds")
    if zone is UTC:
        return int(value)
    shown = EPOCH + timedelta(milliseconds=int(value))
    return milliseconds_of(shown.replace(tzinfo=zone))


def milliseconds_of(time: datetime) -> int:
    """A time in milliseconds since 1970."""
    return (time - EPOCH) // MILLISECOND
