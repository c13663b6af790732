"""The time of an event, in the many formats that senders use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rudder_mixpanel.message.dates import parse_written_date

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH: Final = EPOCH.replace(tzinfo=None)
MILLISECOND: Final = timedelta(milliseconds=1)
# The years 1 to 9999, in milliseconds since 1970
EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
LATEST: Final = (datetime.max.replace(tzinfo=UTC) - EPOCH) // MILLISECOND
# The fields that replace a missing or unreadable `timestamp`, best first
FALLBACKS: Final = ("originalTimestamp", "sentAt", "receivedAt")
# No format of a time is longer.
TEXT_LENGTH: Final = 100
# A number is a time in seconds when it is one of the last 30 years. A wrong clock may be ahead;
# much further ahead lie dates without separators: 2026123112 is a time in 2034.
MOST_BEHIND: Final = timedelta(days=30 * 365) // MILLISECOND
MOST_AHEAD: Final = timedelta(days=365) // MILLISECOND
# Digits of a time in milliseconds, until the year 2286
MOST_DIGITS: Final = 13


def event_time(message: Mapping[str, Any], now: int) -> int:
    """The event's time in milliseconds since 1970: the first readable one, else `now`.

    `now` is the time at which the queue received the event, and never the wall clock: Mixpanel
    drops a repeat only when it is identical.
    """
    timestamp = message.get("timestamp")
    if type(timestamp) is str and (time := milliseconds(timestamp)) is not None:
        return time
    values = (timestamp, *(message.get(name) for name in FALLBACKS))
    times = (time_near(value, now) for value in values)
    return next((time for time in times if time is not None), now)


def time_source(message: Mapping[str, Any], now: int) -> str | None:
    """The field that has the event's time; None when it is `now`."""
    names = ("timestamp", *FALLBACKS)
    return next((name for name in names if time_near(message.get(name), now) is not None), None)


def time_near(value: Any, now: int) -> int | None:
    """A time in milliseconds since 1970, which a number may give in seconds; or None.

    A number, or a text of digits, is in the unit in which it is near `now`. No number is near in
    both, unless `now` is before 2001. Any other number is in milliseconds, as in JavaScript, and
    any other text of digits is not a time.
    """
    number = number_in(value)
    if number is None:
        return milliseconds(value)
    if is_near(number, now):
        return milliseconds(number)
    if is_near(number * 1000, now):
        return milliseconds(round(number * 1000))
    return milliseconds(value)


def number_in(value: Any) -> int | float | None:
    """A number as it is, or that of a text of digits, or None."""
    if type(value) is int or type(value) is float:
        return value
    if type(value) is not str or len(value) > TEXT_LENGTH:
        return None
    digits = value.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
    return int(digits) if is_number else None


def is_near(time: float, now: int) -> bool:
    """Whether an event that the queue received at `now` may have happened at this time."""
    return -MOST_BEHIND <= time - now <= MOST_AHEAD


def milliseconds(value: Any) -> int | None:
    """A time in milliseconds since 1970, parsed as JavaScript's Date does, or None.

    A number is milliseconds, text is a date (in UTC unless it names a zone); text of digits alone
    is neither. The first moment of 1970 or of the year 1 is None: programs write it for "unknown".
    """
    if type(value) is str:
        try:
            since: timedelta | None = datetime.fromisoformat(value) - EPOCH
        except (ValueError, TypeError):
            since = parse_unusual_date(value.strip())
        if since is None:
            return None
        # The same as `// MILLISECOND`, in a third of the time.
        time = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    elif (type(value) is int or type(value) is float) and EARLIEST < value <= LATEST:
        time = int(value)
    else:
        return None
    return time if time and EARLIEST < time <= LATEST else None


def parse_unusual_date(value: str) -> timedelta | None:
    """The time since 1970 of a date without a zone, or not quite in ISO 8601; or None."""
    if len(value) > TEXT_LENGTH or value.isdigit():
        return None
    try:
        moment: datetime | None = datetime.fromisoformat(value)
    except ValueError:
        moment = parse_written_date(value)
    return None if moment is None else with_zone(moment) - EPOCH


def with_zone(moment: datetime) -> datetime:
    """A time with its zone, which is UTC by default."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def since_epoch(moment: datetime) -> int:
    """A time in whole milliseconds since 1970."""
    return (with_zone(moment) - EPOCH) // MILLISECOND


def iso_milliseconds(time: int) -> str:
    """A time in milliseconds in the format of JavaScript's toISOString."""
    # Every received event has four times; without a zone, this takes half as long.
    seconds, rest = divmod(time, 1000)
    moment = NAIVE_EPOCH + timedelta(0, seconds, 1000 * rest)
    return f"{moment.isoformat(timespec='milliseconds')}Z"
