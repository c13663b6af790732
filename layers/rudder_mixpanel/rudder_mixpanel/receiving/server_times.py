"""Parses the times of events as RudderStack's server does: text alone, but in many formats.

The server's library takes an offset for something else in a few places, where this module reads the
offset; and it ignores more of what is not a time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from rudder_mixpanel.message.times import EARLIEST, EPOCH, LATEST, MILLISECOND

# No time is longer. Beyond that, text is not searched for one.
LONGEST: Final = 100
# Digits alone are a time since 1970. Their number says the unit, here in nanoseconds.
UNITS: Final = {10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}
LAST_NANOSECOND: Final = 2**63 - 1
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Of the years with two digits, the first one of the 20th century
FIRST_OF_CENTURY: Final = 69
CENTURY: Final = 100
MAX_OFFSET_HOURS: Final = 24
MAX_OFFSET_MINUTES: Final = 59
NOON: Final = 12
SIGNS: Final = frozenset("+-")
CLOCK_ENDS: Final = frozenset(".Z+-")

LONG_MONTHS: Final = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
SHORT_MONTH: Final = rf"(?P<month>(?i:{'|'.join(MONTHS)}))"
LONG_MONTH: Final = rf"(?P<month>(?i:{LONG_MONTHS}))"
SHORT_WEEKDAY: Final = "(?i:mon|tue|wed|thu|fri|sat|sun)"
LONG_WEEKDAY: Final = "(?i:[a-z]{3,6}day)"
ORDINAL: Final = "(?i:[snrt][tdh])?"  # 1st, 22nd
YEAR: Final = r"(?P<year>\d{4})"
ANY_YEAR: Final = r"(?P<year>\d{4}|\d\d)"
MONTH: Final = r"(?P<month>\d\d?)"
DAY: Final = r"(?P<day>\d\d?)"
HOUR_MINUTE: Final = r"(?P<hour>\d\d?):(?P<minute>\d\d?)"
CLOCK: Final = rf"{HOUR_MINUTE}(?::(?P<second>\d\d?))?"
PRECISE_CLOCK: Final = rf"{HOUR_MINUTE}(?::(?P<second>\d\d?)(?P<fraction>[.,]\d*)?)?"
OFFSET: Final = r"(?P<offset>[+-]\d\d(?:\d\d|:\d\d)?)"
# In order: 12 hours; UTC, with anything after it; an offset, perhaps with names, and with anything
# after minutes behind a colon; a name, which is taken for UTC, and anything after a fraction.
ZONE: Final = (
    r"(?: ?(?P<half>AM|PM)|(?P<lower_half>am|pm)| *Z.*"
    rf"| ?(?:[A-Z]{{3,4}})?{OFFSET}(?:(?<=:\d\d).*| ?[A-Z]{{3,4}}| ?\(.*\))?"
    r"| [A-Z]{3,4}|(?(fraction) *[A-Za-z].*|(?!)))?"
)
TIME: Final = f" *(?:{PRECISE_CLOCK}{ZONE})?"
FORMATS: Final = (
    rf"{YEAR}-{MONTH}-{DAY}(?:[T ]{TIME})?",  # 2026-11-23T10:20:30.123Z
    rf"{YEAR}/{MONTH}/{DAY}(?: {TIME})?",  # 2026/11/23 10:20:30
    rf"{YEAR}:{MONTH}:{DAY} {TIME}",  # 2026:11:23 10:20:30, as in photographs
    rf"{MONTH}/{DAY}/{ANY_YEAR}(?: {TIME})?",  # 11/23/2026 10:20:30 PM; never the day first
    rf"{MONTH}:{DAY}:{ANY_YEAR} {TIME}",  # 11:23:2026 10:20:30
    rf"(?:{SHORT_WEEKDAY} )?{DAY} {SHORT_MONTH} {ANY_YEAR}(?:,? {TIME})?",  # 23 Nov 2026 10:20
    rf"{DAY}-{SHORT_MONTH}-{ANY_YEAR}(?: {TIME})?",  # 23-Nov-2026 10:20:30
    rf"{DAY}/{SHORT_MONTH}/{ANY_YEAR}(?:[ :]{TIME})?",  # 23/Nov/2026:10:20:30 +0530
    rf"{SHORT_WEEKDAY}, {DAY}[ -]{SHORT_MONTH}[ -]{ANY_YEAR}(?: {TIME})?",  # RFC 1123
    rf"{LONG_WEEKDAY}, {DAY}[ -]{SHORT_MONTH}[ -]{ANY_YEAR}(?: {TIME})?",  # RFC 850
    # Mon Nov 23 2026 10:20:30 GMT+0530 (India Standard Time), Nov 23, 2026, 10:20:30 AM
    rf"(?:{SHORT_WEEKDAY} +)?{SHORT_MONTH}\.? +{DAY}{ORDINAL},? {ANY_YEAR}(?:,? (?:at )?{TIME})?",
    rf"{LONG_MONTH} {DAY}{ORDINAL},? {ANY_YEAR}(?:,? (?:at )?{TIME})?",  # November 23, 2026
    # Mon Nov 23 10:20:30 UTC 2026, as C, Java and Ruby write it
    rf"(?:{SHORT_WEEKDAY} +)?{SHORT_MONTH} +{DAY} {CLOCK}(?: (?:[A-Z]{{3,4}})?{OFFSET}?)? {YEAR}",
    rf"{YEAR}-{MONTH}-{DAY}(?P<offset>[+-]\d\d:?\d\d)",  # 2026-11-23+05:30
    rf"{YEAR}[-.]{MONTH}",  # 2026-11
    rf"{YEAR}\.{MONTH}\.{DAY}",  # 2026.11.23
    rf"{MONTH}\.{DAY}\.{ANY_YEAR}",  # 11.23.2026
    rf"{YEAR}-{SHORT_MONTH}-{DAY}",  # 2026-Nov-23
    rf"{DAY} {LONG_MONTH} {YEAR}",  # 23 November 2026
    rf"{YEAR}年(?P<month>\d\d)月(?P<day>\d\d)日(?: {CLOCK})?",
    rf"(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d) {TIME}",  # 261123 10:20:30
    rf"{YEAR}",
    rf"{YEAR}(?P<month>\d\d)(?P<day>\d\d)",
    rf"{YEAR}(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
)

type Parts = Mapping[str, str | None]


@cache
def compile_formats() -> tuple[re.Pattern[str], ...]:
    """The formats, compiled at the first unusual time, which keeps cold starts short."""
    return tuple(re.compile(pattern, re.ASCII | re.DOTALL) for pattern in FORMATS)


def parse_server_time(value: Any) -> int | None:
    """A time in whole milliseconds since 1970, or None for what the server does not read.

    Also None for times outside the years 1 to 9999 in UTC.
    """
    if type(value) is not str or len(value) > LONGEST:
        return None
    since = parse_usual_time(value) if is_usual(value) else parse_unusual_time(value)
    if since is None:
        return None
    time = since // MILLISECOND
    return time if EARLIEST <= time <= LATEST else None


def parse_usual_time(value: str) -> timedelta | None:
    """The time since 1970 of a text that looks like RFC 3339, or None."""
    try:
        return datetime.fromisoformat(value) - EPOCH
    except ValueError:
        return parse_unusual_time(value)


def is_usual(value: str) -> bool:
    """Whether this looks like a time in RFC 3339, as SDKs send it, which is parsed fastest."""
    return (
        value[7:8] == "-"
        and value[10:11] == "T"
        and value[19:20] in CLOCK_ENDS
        and (value[-1:] == "Z" or value[-6:-5] in SIGNS)
    )


def parse_unusual_time(value: str) -> timedelta | None:
    """The time since 1970 of a text in any format, or None."""
    if len(value) in UNITS and value.isdecimal() and value.isascii():
        return parse_digits(value)
    match = next(filter(None, (pattern.fullmatch(value) for pattern in compile_formats())), None)
    try:
        return None if match is None else parse_parts(match.groupdict())
    except ValueError:  # The calendar has no such day, or the clock no such time.
        return None


def parse_digits(digits: str) -> timedelta | None:
    """The time since 1970 that digits alone say, or None when it is beyond the year 2262."""
    nanoseconds = int(digits) * UNITS[len(digits)]
    if nanoseconds > LAST_NANOSECOND:
        return None
    return timedelta(microseconds=nanoseconds // 1000)


def parse_parts(parts: Parts) -> timedelta:
    """The time since 1970 of the parts of a date; raises ValueError when there is no such time."""
    moment = datetime(
        read_year(parts["year"] or ""),
        read_month(parts.get("month") or "1"),
        int(parts.get("day") or 1),
        read_hour(parts),
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        int((parts.get("fraction") or "")[1:7].ljust(6, "0")),
        tzinfo=UTC,
    )
    return moment - EPOCH - read_offset(parts.get("offset") or "+00")


def read_year(text: str) -> int:
    """A year; one of two digits is from 1969 to 2068."""
    year = int(text)
    if year >= CENTURY or len(text) > len("69"):
        return year
    return year + (1900 if year >= FIRST_OF_CENTURY else 2000)


def read_month(text: str) -> int:
    """The number of a month, which may be its name."""
    return int(text) if text.isdigit() else MONTHS.index(text[:3].lower()) + 1


def read_hour(parts: Parts) -> int:
    """The hour of the day; the server accepts 22 PM, too."""
    hour = int(parts.get("hour") or 0)
    half = (parts.get("half") or parts.get("lower_half") or "").lower()
    if half == "pm":
        return hour + NOON if hour < NOON else hour
    return 0 if half == "am" and hour == NOON else hour


def read_offset(text: str) -> timedelta:
    """The time by which a zone is ahead of UTC; raises ValueError when no zone is."""
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > MAX_OFFSET_HOURS or minutes > MAX_OFFSET_MINUTES:
        raise ValueError("not an offset of a zone")
    east = timedelta(hours=hours, minutes=minutes)
    return -east if text[0] == "-" else east
