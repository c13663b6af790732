"""When an event happened, in the many spellings that senders use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rudder_mixpanel.mapping.dates import written

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
# The years 1 to 9999, in milliseconds since 1970
EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
LATEST: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
# Where an event says its time, best first; `now`, when the queue took it, stands in for all.
TIMES: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
# No spelling of a time is longer.
LONGEST: Final = 100


def event_time(message: Mapping[str, Any], now: int) -> int:
    """The event's time in milliseconds since 1970: the first readable one, else `now`.

    Never the wall clock: a retry must be identical, or Mixpanel cannot drop the copy.
    """
    for name in TIMES:
        if (time := milliseconds(message.get(name))) is not None:
            return time
    return now


def milliseconds(value: Any) -> int | None:
    """A time as JavaScript's Date reads it, or None.

    Numbers are milliseconds, text is a date, digits alone are neither; what names no zone is UTC.
    The first moment of 1970, or of the year 1, is what programs write that know no time.
    """
    if type(value) is str:
        try:
            moment = None if value.isdigit() else datetime.fromisoformat(value)
        except ValueError:
            moment = spelled(value.strip())
        time = 0 if moment is None else since_epoch(moment)
    elif (type(value) is int or type(value) is float) and EARLIEST < value <= LATEST:
        time = int(value)
    else:
        return None
    return time if time and EARLIEST < time <= LATEST else None


def spelled(value: str) -> datetime | None:
    """The moment that a text spells that is not quite ISO 8601."""
    if len(value) > LONGEST or value.isdigit():
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return written(value)


def since_epoch(moment: datetime) -> int:
    """A moment in whole milliseconds since 1970; what names no zone is UTC."""
    try:
        since = moment - EPOCH
    except TypeError:
        since = moment.replace(tzinfo=UTC) - EPOCH
    # What // MILLISECOND gives, in a third of its time.
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def iso(time: int) -> str:
    """A time in milliseconds as JavaScript's toISOString spells it."""
    moment = EPOCH + timedelta(milliseconds=time)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
