"""Times are read as RudderStack's server reads them.

The expected times of the tables are those of the server's own library, araddon/dateparse 6b43995.
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.times import iso_milliseconds
from rudder_mixpanel.receiving.server_times import LONGEST, parse_server_time

NOON = "2026-11-23T12:00:00.000Z"

READ = {
    "2026-11-23T10:20:30Z": "2026-11-23T10:20:30.000Z",
    "2026-11-23T10:20:30.123Z": "2026-11-23T10:20:30.123Z",
    "2026-11-23T10:20:30.123456789Z": "2026-11-23T10:20:30.123Z",
    "2026-11-23T10:20:30.1234567890123Z": "2026-11-23T10:20:30.123Z",
    "2026-11-23T10:20:30.9999Z": "2026-11-23T10:20:30.999Z",
    "2026-11-23T10:20:30,5Z": "2026-11-23T10:20:30.500Z",
    "2026-11-23T10:20:30.Z": "2026-11-23T10:20:30.000Z",
    "2026-11-23T1:2:3Z": "2026-11-23T01:02:03.000Z",
    "2026-11-23T10:20Z": "2026-11-23T10:20:00.000Z",
    "2026-11-23T10:20:30": "2026-11-23T10:20:30.000Z",
    "2026-11-23T10:20:30.123": "2026-11-23T10:20:30.123Z",
    "2026-11-23T10:20": "2026-11-23T10:20:00.000Z",
    "2026-11-23T": "2026-11-23T00:00:00.000Z",
    "2026-11-23T10:20:30+05:30": "2026-11-23T04:50:30.000Z",
    "2026-11-23T10:20:30.123+05:30": "2026-11-23T04:50:30.123Z",
    "2026-11-23T10:20:30+0530": "2026-11-23T04:50:30.000Z",
    "2026-11-23T10:20:30.123-0530": "2026-11-23T15:50:30.123Z",
    "2026-11-23T10:20:30+05": "2026-11-23T05:20:30.000Z",
    "2026-11-23T10:20:30+24:59": "2026-11-22T09:21:30.000Z",
    "2026-11-23 10:20:30": "2026-11-23T10:20:30.000Z",
    "2026-11-23 10:20:30.123456": "2026-11-23T10:20:30.123Z",
    "2026-11-23 10:20:30 UTC": "2026-11-23T10:20:30.000Z",
    "2026-11-23 10:20:30 +0530": "2026-11-23T04:50:30.000Z",
    "2026-11-23 10:20:30 +0530 IST": "2026-11-23T04:50:30.000Z",
    "2026-11-23 10:20:30.123 +00:00": "2026-11-23T10:20:30.123Z",
    "2026-11-23 10:20:30+00": "2026-11-23T10:20:30.000Z",
    "2026-11-23 10:20 PM": "2026-11-23T22:20:00.000Z",
    "2026-11-23 12:20 AM": "2026-11-23T00:20:00.000Z",
    "2026-11-23 10:20:30pm": "2026-11-23T22:20:30.000Z",
    "2026-11-23 22:20:30 PM": "2026-11-23T22:20:30.000Z",
    "2026-11-23": "2026-11-23T00:00:00.000Z",
    "2026-11-3": "2026-11-03T00:00:00.000Z",
    "2026-11-23+05:30": "2026-11-22T18:30:00.000Z",
    "2026-11": "2026-11-01T00:00:00.000Z",
    "2028-02-29": "2028-02-29T00:00:00.000Z",
    "2026/11/23": "2026-11-23T00:00:00.000Z",
    "2026/11/23 10:20:30": "2026-11-23T10:20:30.000Z",
    "2026/11/23 10:20:30 +0000": "2026-11-23T10:20:30.000Z",
    "2026.11.23": "2026-11-23T00:00:00.000Z",
    "2026:11:23 10:20:30": "2026-11-23T10:20:30.000Z",
    "11/23/2026 10:20:30 PM": "2026-11-23T22:20:30.000Z",
    "11.23.2026": "2026-11-23T00:00:00.000Z",
    "1/2/06": "2006-01-02T00:00:00.000Z",
    "1/2/69": "1969-01-02T00:00:00.000Z",
    "Mon, 23 Nov 2026 10:20:30 GMT": "2026-11-23T10:20:30.000Z",
    "Mon, 23 Nov 2026 10:20:30 +0530": "2026-11-23T04:50:30.000Z",
    "Mon, 23 Nov 2026 10:20:30 +0530 (IST)": "2026-11-23T04:50:30.000Z",
    "Monday, 23-Nov-26 10:20:30 UTC": "2026-11-23T10:20:30.000Z",
    "Mon Nov 23 10:20:30 2026": "2026-11-23T10:20:30.000Z",
    "Mon Nov  3 10:20:30 2026": "2026-11-03T10:20:30.000Z",
    "Mon Nov 23 10:20:30 UTC 2026": "2026-11-23T10:20:30.000Z",
    "Mon Nov 23 10:20:30 +0530 2026": "2026-11-23T04:50:30.000Z",
    "Mon Nov 23 2026 10:20:30 GMT+0530 (India Standard Time)": "2026-11-23T04:50:30.000Z",
    "Nov 23, 2026": "2026-11-23T00:00:00.000Z",
    "Nov 23, 2026 10:20:30 AM": "2026-11-23T10:20:30.000Z",
    "Nov 23, 2026, 10:20:30 PM": "2026-11-23T22:20:30.000Z",
    "November 23, 2026 10:20": "2026-11-23T10:20:00.000Z",
    "November 1st, 2026": "2026-11-01T00:00:00.000Z",
    "23 Nov 2026": "2026-11-23T00:00:00.000Z",
    "23 nov 2026, 10:20:30": "2026-11-23T10:20:30.000Z",
    "23 November 2026": "2026-11-23T00:00:00.000Z",
    "23-Nov-2026 10:20:30": "2026-11-23T10:20:30.000Z",
    "23/Nov/2026:10:20:30 +0530": "2026-11-23T04:50:30.000Z",
    "2026-Nov-23": "2026-11-23T00:00:00.000Z",
    "2026年11月23日": "2026-11-23T00:00:00.000Z",
    "2026年11月23日 10:20:30": "2026-11-23T10:20:30.000Z",
    "1795429230": "2026-11-23T10:20:30.000Z",
    "1795429230123": "2026-11-23T10:20:30.123Z",
    "1795429230123456": "2026-11-23T10:20:30.123Z",
    "1795429230123456789": "2026-11-23T10:20:30.123Z",
    "9223372036854775807": "2262-04-11T23:47:16.854Z",
    "0000000000": "1970-01-01T00:00:00.000Z",
    "2026": "2026-01-01T00:00:00.000Z",
    "20261123": "2026-11-23T00:00:00.000Z",
    "20261123102030": "2026-11-23T10:20:30.000Z",
    "261123 10:20:30": "2026-11-23T10:20:30.000Z",
    "9999-12-31T23:59:59.999Z": "9999-12-31T23:59:59.999Z",
    "1969-12-31T23:59:59.9999Z": "1969-12-31T23:59:59.999Z",
}
SURPRISES = {
    # The month comes first, as in the USA.
    "03/04/2026": "2026-03-04T00:00:00.000Z",
    # The name of a zone is taken for UTC, whatever it is.
    "2026-11-23 10:20:30 EST": "2026-11-23T10:20:30.000Z",
    "Mon, 23 Nov 2026 10:20:30 CEST": "2026-11-23T10:20:30.000Z",
    "2026-11-23T10:20:30.123EST": "2026-11-23T10:20:30.123Z",
    # What follows a zone is ignored.
    "2026-11-23T10:20:30.123Zjunk": "2026-11-23T10:20:30.123Z",
    "2026-11-23T10:20:30Z\n": "2026-11-23T10:20:30.000Z",
    "2026-11-23T10:20:30+05:30[Asia/Kolkata]": "2026-11-23T04:50:30.000Z",
    # So are a day's name, and a time that programs write for "unknown".
    "Tue, 23 Nov 2026 10:20:30 GMT": "2026-11-23T10:20:30.000Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00.000Z",
}
# The server's library refuses these, or takes the offset for something else.
BETTER = {
    "2026-11-23 10:20:30.123+05": "2026-11-23T05:20:30.123Z",
    "Mon Nov 23 2026 10:20:30 GMT+0000 (Coordinated Universal Time)": "2026-11-23T10:20:30.000Z",
}
REFUSED = [
    "",
    " ",
    "0",
    "-1",
    "1e12",
    "1795429230.123",
    "9999999999999999999",
    "\N{ARABIC-INDIC DIGIT TWO}026",
    "2026-11-2\N{ARABIC-INDIC DIGIT THREE}",
    "179542923\N{ARABIC-INDIC DIGIT SIX}",
    "179542923\N{SUPERSCRIPT TWO}",
    "202611",
    "179542923012",
    "20261332",
    "20261123T102030Z",
    "2026-W48-1",
    "2026-W48-1T10:20:30.123Z",
    "2026-327",
    "2026-13-01",
    "2026-00-10",
    "2026-11-00",
    "2026-02-30",
    "2026-02-29T10:20:30Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T10:60:00Z",
    "2026-11-23T10:20:60Z",
    "2026-11-23T10",
    "2026-11-23T10Z",
    "2026-11-23t10:20:30z",
    "2026-11-23T10:20:30z",
    " 2026-11-23T10:20:30Z",
    "2026-11-23T10:20:30 ",
    "2026-11-23T10:20:30junk",
    "2026-11-23T10:20:30+5",
    "2026-11-23T10:20:30+5:30",
    "2026-11-23T10:20:30+25:00",
    "2026-11-23T10:20:30\N{MINUS SIGN}05:00",
    "+002026-11-23T10:20:30Z",
    "12026-11-23T10:20:30Z",
    "23/11/2026",
    "13/01/2026",
    "23.11.2026",
    "11/23/2026, 10:20:30 AM",
    "Monday, November 23, 2026",
    "2026年1月2日",
    "null",
    "NaN",
    "Invalid Date",
    "/Date(1795429230123)/",
    "now",
    # Beyond the years that are written with four digits, which the server does not check
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00",
    "2026-11-23T10:20:30Z" + "x" * LONGEST,
]


def read(value: Any) -> str | None:
    """The time that is read, in ISO 8601."""
    time = parse_server_time(value)
    return None if time is None else iso_milliseconds(time)


@pytest.mark.parametrize(("text", "time"), [*READ.items(), *SURPRISES.items(), *BETTER.items()])
def test_time_is_read(text: str, time: str) -> None:
    """To the millisecond, and in UTC unless the text says another offset."""
    assert read(text) == time


@pytest.mark.parametrize("text", REFUSED)
def test_text_is_refused(text: str) -> None:
    """It is not a time, or not one that the server reads."""
    assert read(text) is None


@pytest.mark.parametrize(
    "value", [1795429230, 1795429230123, 1795429230.5, 0, True, None, [], ["2026"], {}]
)
def test_only_text_is_a_time(value: Any) -> None:
    """A number is not, whatever its unit."""
    assert read(value) is None


MOMENTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(
    MOMENTS,
    st.sampled_from("T "),
    st.sampled_from(["auto", "seconds", "milliseconds", "microseconds"]),
)
def test_any_time_of_rfc_3339_is_the_one_that_python_reads(
    moment: datetime, separator: str, precision: str
) -> None:
    """Whatever its offset and its precision, with T or a blank."""
    text = moment.isoformat(separator, precision)
    expected = (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        milliseconds=1
    )
    assert parse_server_time(text) == expected


@given(MOMENTS, st.text("0123456789", max_size=12))
def test_fraction_is_cut_to_milliseconds(moment: datetime, digits: str) -> None:
    """Not rounded, however many digits there are, and also before 1970."""
    written = moment.replace(microsecond=0, tzinfo=UTC)
    text = f"{written.isoformat().removesuffix('+00:00')}.{digits}Z"
    assert read(text) == f"{text[:19]}.{digits[:3].ljust(3, '0')}Z"


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_written_time_is_read_back(time: int) -> None:
    """So an event may pass two gateways."""
    assert parse_server_time(iso_milliseconds(time)) == time


@given(st.text(max_size=120) | st.text("0123456789-/:.,+TZ APMapm()", max_size=40))
def test_any_text_is_a_time_of_the_calendar_or_none(text: str) -> None:
    """No text makes reading fail."""
    time = parse_server_time(text)
    assert time is None or len(iso_milliseconds(time)) == len(NOON)
