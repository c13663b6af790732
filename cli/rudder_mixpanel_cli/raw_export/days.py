"""Which days of the export to request, and how many of them with each request."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

DAY: Final = timedelta(days=1)
# Mixpanel answers 60 requests an hour: with no more than these, some are left for repeats.
MOST_REQUESTS: Final = 40


class DayRange(NamedTuple):
    """The days of a request, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        """As people read it."""
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"


def requested_days(first: date, last: date, today: date) -> list[DayRange]:
    """The requests that together have every event of some days.

    A day more on both sides, since the days of an older project are those of its time zone, and
    `today` is that of UTC. From today on, each day is a request of its own: it may be in the future
    there, which Mixpanel refuses.
    """
    start, end = first - DAY, min(last, today) + DAY
    if start > end:
        return []
    past = DayRange(start, min(end, today - DAY))
    return [*split_days(past), *split_days(DayRange(max(start, today), end), 1)]


def split_days(days: DayRange, longest: int = 0) -> Iterator[DayRange]:
    """The days in parts of this length; by default, in as many as there may be requests."""
    count = (days.last - days.first).days + 1
    length = longest or max(1, -(-count // MOST_REQUESTS))
    start = days.first
    while start <= days.last:
        end = min(start + (length - 1) * DAY, days.last)
        yield DayRange(start, end)
        start = end + DAY
