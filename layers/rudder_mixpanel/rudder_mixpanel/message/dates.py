"""Dates as people, mail and JavaScript's own toString write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST_MONTH: Final = 31
A_DAY: Final = timedelta(days=1)
# Hours east of Greenwich; JavaScript knows no other zones by name.
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
WRITTEN: Final = tuple(
    re.compile(WEEKDAY + date, re.ASCII | re.IGNORECASE)
    for date in (*(date + TIME + ZONE for date in DATES), YEAR_LAST)
)


def parse_written_date(value: str) -> datetime | None:
    """The moment that a date says, or None; what names no zone is UTC."""
    found = next(filter(None, (date.fullmatch(value) for date in WRITTEN)), None)
    if found is None:
        return None
    try:
        first = datetime(int(found["year"]), month(found["month"]), 1, tzinfo=UTC)
        return first + days(found) + clock(found) - offset(found)
    except (ValueError, LookupError, OverflowError):
        return None


def month(value: str) -> int:
    """The number of a month, by its number or name; raises ValueError."""
    return int(value) if value.isdigit() else MONTHS.index(value[:3].lower()) + 1


def days(found: re.Match[str]) -> timedelta:
    """The days after a month's first; the 30th of February is in March; raises ValueError."""
    day = int(found["day"] or 1)
    if not 1 <= day <= LONGEST_MONTH:
        raise ValueError("no day of a month")
    return timedelta(days=day - 1)


def clock(found: re.Match[str]) -> timedelta:
    """The time of day, on a clock of 12 or 24 hours; raises ValueError."""
    hours, half = int(found["hours"] or 0), found["half"]
    if hours > (12 if half else 24):
        raise ValueError("no hour of a day")
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    time = timedelta(
        hours=hours, minutes=int(found["minutes"] or 0), seconds=float(found["seconds"] or 0)
    )
    if time > A_DAY:
        raise ValueError("no time of a day")
    return time


def offset(found: re.Match[str]) -> timedelta:
    """How far its zone is east of Greenwich; raises LookupError for a name that nobody knows."""
    if found["sign"] is None:
        return timedelta(hours=ZONES[(found["zone"] or "").lower()])
    east = timedelta(hours=int(found["east"]), minutes=int(found["minutes_east"]))
    return -east if found["sign"] == "-" else east
