"""When an event happened, in the many spellings that senders use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rudder_mixpanel.message.dates import parse_written_date

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
# The years 1 to 9999, in milliseconds since 1970
EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
LATEST: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
# Where an event says its time, should it say none at `timestamp`, best first
STAND_INS: Final = ("originalTimestamp", "sentAt", "receivedAt")
# No spelling of a time is longer.
LONGEST: Final = 100


def event_time(message: Mapping[str, Any], now: int) -> int:
    """The event's time in milliseconds since 1970: the first readable one, else `now`.

    That is when the queue took it, and never the wall clock: a retry must be identical, or Mixpanel
    cannot drop the copy.
    """
    time = milliseconds(message.get("timestamp"))
    if time is not None:
        return time
    others = (milliseconds(message.get(name)) for name in STAND_INS)
    return next((other for other in others if other is not None), now)


def milliseconds(value: Any) -> int | None:
    """A time as JavaScript's Date reads it, or None.

    Numbers are milliseconds, text is a date, digits alone are neither; what names no zone is UTC.
    The first moment of 1970, or of the year 1, is what programs write that know no time.
    """
    if type(value) is str:
        try:
            since = None if value.isdigit() else datetime.fromisoformat(value) - EPOCH
        except (ValueError, TypeError):
            since = parse_unusual_date(value.strip())
        if since is None:
            return None
        # What // MILLISECOND gives, in a third of its time.
        time = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    elif (type(value) is int or type(value) is float) and EARLIEST < value <= LATEST:
        time = int(value)
    else:
        return None
    return time if time and EARLIEST < time <= LATEST else None


def parse_unusual_date(value: str) -> timedelta | None:
    """The time since 1970 of what names no zone, or is not quite ISO 8601."""
    if len(value) > LONGEST or value.isdigit():
        return None
    try:
        moment: datetime | None = datetime.fromisoformat(value)
    except ValueError:
        moment = parse_written_date(value)
    return None if moment is None else in_zone(moment) - EPOCH


def in_zone(moment: datetime) -> datetime:
    """A moment; what names no zone is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def since_epoch(moment: datetime) -> int:
    """A moment in whole milliseconds since 1970."""
    return (in_zone(moment) - EPOCH) // MILLISECOND


def iso_milliseconds(time: int) -> str:
    """A time in milliseconds as JavaScript's toISOString spells it."""
    moment = EPOCH + timedelta(milliseconds=time)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
