"""Times, durations, counts and causes as text."""

from datetime import UTC, datetime, timedelta
from typing import Final

from rudder_mixpanel.errors import Code

# From how many of a unit on a duration is given in it: "90 seconds", but "2 minutes".
UNITS: Final = ((86_400, 2, "day"), (3600, 2, "hour"), (60, 2, "minute"))
# Codes that tell what Mixpanel answered to a request, or that it did not answer. For the others,
# the endpoint is only the one where the event was to go.
ANSWERS: Final = frozenset(
    {
        Code.TOO_LARGE,
        Code.REFUSED_BY_MIXPANEL,
        Code.OUTCOME_UNKNOWN,
        Code.CREDENTIALS_REFUSED,
        Code.THROTTLED,
        Code.MIXPANEL_UNAVAILABLE,
        Code.UNEXPECTED_ANSWER,
        Code.REFUSED_FOR_NOW,
        Code.URL_OR_HEADERS_TOO_LONG,
        Code.WRONG_SERVER,
    }
)


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


def cause(code: str, endpoint: str) -> str:
    """A code, with the endpoint if it is Mixpanel's answer there."""
    return f"{code} by {endpoint}" if endpoint and code in ANSWERS else code
