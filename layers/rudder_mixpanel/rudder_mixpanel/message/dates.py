"""Parses dates other than ISO 8601, as people, mail and JavaScript's toString write them."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST_MONTH: Final = 31
DAY_LENGTH: Final = timedelta(days=1)
# Hours east of Greenwich; these are the only zone names that JavaScript knows.
ZONES: Final = {
    "": 0,
    "z": 0,
    "utc": 0,
    "gmt": 0,
    "edt": -4,
    "est": -5,
    "cdt": -5,
    "cst": -6,
    "mdt": -6,
    "mst": -7,
    "pdt": -7,
    "pst": -8,
}
DATES: Final = (
    r"(?P<year>\d{4})[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)",  # 2026/12/31
    r"(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>\d{4})",  # 12/31/2026
    r"(?P<day>\d\d?)[ -](?P<month>[a-z]{3,9})[ -](?P<year>\d{4})",  # 31 Dec 2026
    r"(?P<month>[a-z]{3,9}) +(?P<day>\d\d?),? +(?P<year>\d{4})",  # December 31, 2026
    r"(?P<year>\d{4})-(?P<month>\d\d)(?P<day>)",  # 2026-12
)
WEEKDAY: Final = r"(?:[a-z]{3,9},? +)?"
TIME: Final = (
    r"(?:[T, ]+(?P<hours>\d\d?):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:\.\d+)?))?"
    r"(?: *(?P<half>[ap]m))?)?"
)
ZONE: Final = (
    r"(?: *(?P<zone>[a-z]{1,4})?(?:(?P<sign>[+-])(?P<east>\d\d):?(?P<minutes_east>\d\d))?)"
    r"(?: +[a-z]{3,4})?(?: *\(.*\))?"
)
# Thu Dec 31 12:00:00 UTC 2026, as C, Java and Ruby write it
YEAR_LAST: Final = r"(?P<month>[a-z]{3}) +(?P<day>\d\d?)" + TIME + ZONE + r" +(?P<year>\d{4})"


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """The compiled patterns; compiled when they are first used, which keeps cold starts short."""
    dates = (*(date + TIME + ZONE for date in DATES), YEAR_LAST)
    return tuple(re.compile(WEEKDAY + date, re.ASCII | re.IGNORECASE) for date in dates)


def parse_written_date(value: str) -> datetime | None:
    """The time of a date, in UTC unless it names a zone, or None when it is not a date."""
    match = next(filter(None, (pattern.fullmatch(value) for pattern in patterns())), None)
    if match is None:
        return None
    try:
        first = datetime(int(match["year"]), parse_month(match["month"]), 1, tzinfo=UTC)
        return first + parse_days(match) + parse_time(match) - parse_offset(match)
    except (ValueError, LookupError, OverflowError):
        return None


def parse_month(value: str) -> int:
    """The number of a month; raises ValueError when its name is unknown."""
    return int(value) if value.isdigit() else MONTHS.index(value[:3].lower()) + 1


def parse_days(match: re.Match[str]) -> timedelta:
    """The days after the first of the month; raises ValueError when no month has that day.

    As in JavaScript, the 30th of February is a day in March.
    """
    day = int(match["day"] or 1)
    if not 1 <= day <= LONGEST_MONTH:
        raise ValueError("not a day of a month")
    return timedelta(days=day - 1)


def parse_time(match: re.Match[str]) -> timedelta:
    """The time of day, in 12 or 24 hours; raises ValueError when a day has no such time."""
    hours, half = int(match["hours"] or 0), match["half"]
    if hours > (12 if half else 24):
        raise ValueError("not an hour of a day")
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    time = timedelta(
        hours=hours, minutes=int(match["minutes"] or 0), seconds=float(match["seconds"] or 0)
    )
    if time > DAY_LENGTH:
        raise ValueError("not a time of a day")
    return time


def parse_offset(match: re.Match[str]) -> timedelta:
    """The offset of the zone from UTC; raises LookupError when the zone's name is unknown."""
    if match["sign"] is None:
        return timedelta(hours=ZONES[(match["zone"] or "").lower()])
    east = timedelta(hours=int(match["east"]), minutes=int(match["minutes_east"]))
    return -east if match["sign"] == "-" else east
