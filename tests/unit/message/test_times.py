"""The time of an event is read from many formats."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.message.times import (
    MOST_AHEAD,
    MOST_BEHIND,
    event_time,
    iso_milliseconds,
    milliseconds,
)

NOW = 1_798_761_600_000  # 2027-01-01T00:00:00Z
NOON = 1_798_718_400_000  # 2026-12-31T12:00:00Z
FIELDS = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")


@pytest.mark.parametrize(
    "value",
    [
        "2026-12-31T12:00:00.000Z",
        "2026-12-31T12:00:00Z",
        "2026-12-31T12:00Z",
        "2026-12-31T12:00:00.000000999Z",
        "2026-12-31T17:30:00+05:30",
        "2026-12-31T17:30:00+0530",
        "2026-12-31T12:00:00",
        "2026-12-31 12:00:00",
        "2026-12-31 12:00:00 UTC",
        "2026-12-31 12:00:00 +0000 UTC",
        "2026-12-31 17:30:00.5 +0530 IST",
        "2026-12-31t12:00:00z",
        " 2026-12-31T12:00:00Z ",
        "2026/12/31 12:00",
        "12/31/2026 12:00",
        "12/31/2026, 12:00:00 PM",
        "31 Dec 2026 12:00:00 +0000",
        "31-Dec-2026 12:00",
        "Thu, 31 Dec 2026 12:00:00 GMT",
        "Thu, 31 Dec 2026 13:00:00 +0100",
        "Thu, 31 Dec 2026 07:00:00 EST",
        "Thu Dec 31 2026 13:00:00 GMT+0100 (Central European Standard Time)",
        "Dec 31, 2026 12:00",
        "December 31, 2026 12:00:00 pm",
        "Thu Dec 31 12:00:00 UTC 2026",
        "Thu Dec 31 12:00:00 2026",
        "Thu Dec 31 13:00:00 +0100 2026",
        float(NOON),
        NOON,
    ],
)
def test_format_is_read(value: Any) -> None:
    """JavaScript's Date reads all of these."""
    assert milliseconds(value) in {NOON, NOON + 500}


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-12-31", 1_798_675_200_000),
        ("12/31/2026", 1_798_675_200_000),
        ("Dec 31, 2026", 1_798_675_200_000),
        ("Dec 31, 2026 12:30 AM", 1_798_677_000_000),
        ("2026-12-31 24:00", 1_798_761_600_000),
        ("2026-12", 1_796_083_200_000),
        ("2026-11-31T10:00:00Z", 1_796_119_200_000),
        ("1969-12-31T23:59:59.999Z", -1),
        (1.9, 1),
        (-1.9, -1),
    ],
)
def test_time_is_that_of_javascript(value: Any, time: int) -> None:
    """Also at midnight and noon, with fractions, and before 1970."""
    assert milliseconds(value) == time


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        " ",
        "soon",
        "1798718400000",
        "20261231",
        "2026",
        "2026-13-01",
        "2026-02-32 10:00",
        "2026-02-00 10:00",
        "31 Foo 2026",
        "2026-12-31 12:00 IST",
        "13/31/2026",
        "2026/12/31 25:00",
        "2026/12/31 24:00:01",
        "2026/12/31 13:00 PM",
        "0001-01-01 00:00 +2359",
        "9999-12-31 24:00 -2359",
        0,
        8.64e15,
        -8.64e15,
        float("nan"),
        float("inf"),
        [NOON],
        {"$date": NOON},
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        pytest.param("2026-12-31" + " " * 100_000 + "x", id="endless blanks"),
        pytest.param("9" * 100_000, id="endless digits"),
    ],
)
def test_other_value_is_not_a_time(value: Any) -> None:
    """Nothing is guessed."""
    assert milliseconds(value) is None


@pytest.mark.parametrize("name", FIELDS)
def test_the_first_readable_time_is_used(name: str) -> None:
    """Each field replaces those before it when they are unreadable."""
    message = dict.fromkeys(FIELDS[: FIELDS.index(name)], "soon") | {name: NOON}
    assert event_time({**dict.fromkeys(FIELDS, NOON + 1), **message}, NOW) == NOON


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize(
    "value",
    [
        NOON // 1000,
        NOON / 1000,
        str(NOON // 1000),
        f" {NOON // 1000}\n",
        NOON,
        float(NOON),
        str(NOON),
    ],
    ids=repr,
)
def test_number_is_a_time_in_seconds_or_milliseconds(name: str, value: Any) -> None:
    """Whichever is near the time of the queue, as a number or as text; in each field."""
    assert event_time({"receivedAt": NOON + 1, name: value}, NOW) == NOON


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (NOON / 1000 + 0.123, NOON + 123),
        (NOON + 0.9, NOON),
        (NOW // 1000 + 3600, NOW + 3_600_000),
        (str(NOW + 3_600_000), NOW + 3_600_000),
        ((NOW - MOST_BEHIND) // 1000, NOW - MOST_BEHIND),
        ((NOW + MOST_AHEAD) // 1000, NOW + MOST_AHEAD),
        (NOW - MOST_BEHIND - 1, NOW - MOST_BEHIND - 1),
        (NOW + MOST_AHEAD + 1, NOW + MOST_AHEAD + 1),
        ((NOW - MOST_BEHIND) // 1000 - 1, (NOW - MOST_BEHIND) // 1000 - 1),
        ((NOW + MOST_AHEAD) // 1000 + 1, (NOW + MOST_AHEAD) // 1000 + 1),
        (2026, 2026),
        (20261231, 20261231),
        (-1, -1),
    ],
)
def test_number_far_from_now_is_a_time_in_milliseconds(value: Any, time: int) -> None:
    """As in RudderStack; beside the borders of what is near."""
    assert event_time({"timestamp": value}, NOW) == time


@pytest.mark.parametrize(
    "value",
    [
        "2026",
        "202612",
        "20261231",
        "2026123112",
        "202612311200",
        "20261231120000",
        "1",
        "-1798718400",
        "1798718400.5",
        "1798718400000000",
        "1_798_718_400",
        "\N{ARABIC-INDIC DIGIT ONE}798718400",
        "\N{SUPERSCRIPT TWO}",
        str((NOW - MOST_BEHIND) // 1000 - 1),
        str((NOW + MOST_AHEAD) // 1000 + 1),
        pytest.param("9" * 100_000, id="endless digits"),
        NOON * 1000,
        NOON * 1_000_000,
        0,
        True,
    ],
    ids=repr,
)
def test_value_that_is_not_near_now_is_replaced(value: Any) -> None:
    """Dates without separators and other digits are not guessed at; the next field is read."""
    assert event_time({"timestamp": value, "sentAt": "2026-12-31T12:00:00Z"}, NOW) == NOON


@given(
    st.integers(NOW - MOST_BEHIND, NOW + MOST_AHEAD).map(lambda time: time // 1000 * 1000),
    st.sampled_from(FIELDS),
)
def test_all_forms_of_a_time_are_the_same_time(time: int, name: str) -> None:
    """ISO 8601, and seconds and milliseconds as numbers and as text."""
    numbers = [time, time // 1000]
    forms = [iso_milliseconds(time), *numbers, *map(float, numbers), *map(str, numbers)]
    assert {event_time({name: form}, NOW) for form in forms} == {time}


@given(
    st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14) | st.integers().map(str),
    st.integers(0, 10**13),
)
def test_number_is_read_in_one_unit_or_replaced(value: Any, now: int) -> None:
    """No number becomes anything but itself in one of the two units, at any time of the queue."""
    number = float(value)
    time = event_time({"timestamp": value}, now)
    assert time == now or min(abs(time - number), abs(time - number * 1000)) <= 1


def test_time_of_the_queue_is_the_default() -> None:
    """An event without a readable time gets the time at which the queue received it."""
    assert event_time({"timestamp": 0}, NOW) == NOW


@given(st.text() | st.from_regex(r"[\d/:.,TZampDecGMT+() -]{1,40}"))
def test_any_text_is_a_time_or_none(text: str) -> None:
    """No text raises an exception."""
    time = milliseconds(text)
    assert time is None or iso_milliseconds(time)


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))  # noqa: DTZ001 - without a zone on purpose
def test_iso_format_is_read_back(moment: datetime) -> None:
    """A time stays the same when it is written as in JavaScript and read again."""
    time = milliseconds(moment.isoformat())
    assert time is not None
    assert milliseconds(iso_milliseconds(time)) == time
