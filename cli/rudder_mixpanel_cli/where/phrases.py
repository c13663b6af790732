"""Times, durations and counts as text."""

from datetime import UTC, datetime, timedelta
from typing import Final

# From how many of a unit on a duration is given in it: "90 seconds", but "2 minutes".
UNITS: Final = ((86_400, 2, "day"), (3600, 2, "hour"), (60, 2, "minute"))


def clock(at: datetime, now: datetime) -> str:
    """A time of day in UTC, with the date unless it is today's."""
    at, today = at.astimezone(UTC), now.astimezone(UTC).date()
    return f"{at:%H:%M:%S} UTC" if at.date() == today else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def duration(length: timedelta) -> str:
    """A duration in its largest unit, rounded down; less than a second is a second."""
    seconds = max(int(length.total_seconds()), 1)
    for size, least, unit in UNITS:
        if seconds >= least * size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")


def limit(length: timedelta) -> str:
    """A duration that is an upper limit: rounded up."""
    seconds = max(int(length.total_seconds()), 1)
    for size, least, unit in UNITS:
        if seconds >= least * size:
            return counted(-(-seconds // size), unit)
    return counted(seconds, "second")


def counted(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
