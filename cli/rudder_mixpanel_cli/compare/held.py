"""An event as Mixpanel's export has it, in the form in which this stack would send it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from typing import Any, Final

from rudder_mixpanel.message.times import EARLIEST, EPOCH, LATEST, MILLISECOND

# Times from here on are in milliseconds; in seconds it is the year 5138.
FIRST_MILLISECONDS: Final = 100_000_000_000
SENT_ID: Final = "$distinct_id_before_identity"
# What an export does not have or has apart: the project's token, and the id that was sent.
NOT_PROPERTIES: Final = frozenset({"token", SENT_ID})


@dataclass(frozen=True, slots=True)
class Clock:
    """How an export writes times: in milliseconds or seconds, in UTC or the time of a zone."""

    in_milliseconds: bool
    zone: tzinfo = UTC

    def instants(self, time: Any) -> tuple[int, ...]:
        """The times in milliseconds since 1970 that a time may be: two in the hour that recurs."""
        if isinstance(time, bool) or not isinstance(time, int | float):
            return ()
        if not EARLIEST < time < LATEST:
            return ()
        value = int(time) if self.in_milliseconds else int(time) * 1000
        return (value,) if self.zone is UTC else local_instants(value, self.zone)

    def is_same(self, time: Any, sent: Any) -> bool:
        """Whether an export shows this time for one that was sent."""
        if type(sent) is not int:
            return False
        shown = sent if self.in_milliseconds else sent // 1000 * 1000
        return shown in self.instants(time)


def is_in_milliseconds(time: Any) -> bool:
    """Whether a time of an export is in milliseconds."""
    return isinstance(time, int | float) and time >= FIRST_MILLISECONDS


def local_instants(value: int, zone: tzinfo) -> tuple[int, ...]:
    """The times at which the clocks of a zone show what is written as if it were UTC."""
    try:
        shown = (EPOCH + value * MILLISECOND).replace(tzinfo=None)
    except OverflowError:
        return ()
    moments = (shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return tuple(dict.fromkeys(utc_milliseconds(moment) for moment in moments))


def utc_milliseconds(moment: datetime) -> int:
    """A moment in milliseconds since 1970."""
    return (moment.astimezone(UTC) - EPOCH) // MILLISECOND


class HeldEvent:
    """One event of an export."""

    def __init__(self, name: Any, properties: Mapping[str, Any]) -> None:
        self.name = name
        self.all_properties = properties

    @cached_property
    def properties(self) -> dict[str, Any]:
        """The properties as they were sent, with the distinct_id that was sent."""
        properties = {
            name: value for name, value in self.all_properties.items() if name not in NOT_PROPERTIES
        }
        if SENT_ID in self.all_properties:
            properties["distinct_id"] = self.all_properties[SENT_ID]
        return properties
