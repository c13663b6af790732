"""The requests have each day once, and are few."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel_cli.raw_export.days import MOST_REQUESTS, requested_days

TODAY = date(2026, 11, 27)


@given(st.integers(-500, 0), st.integers(0, 500))
def test_each_day_is_requested_once(first: int, length: int) -> None:
    """With a day more on both sides, up to tomorrow; the future is not mixed with the past."""
    start, end = TODAY + timedelta(first), TODAY + timedelta(min(first + length, 0))
    ranges = requested_days(start, end, TODAY)
    days = [
        days.first + timedelta(n)
        for days in ranges
        for n in range((days.last - days.first).days + 1)
    ]
    expected = [start - timedelta(1) + timedelta(n) for n in range((end - start).days + 3)]
    alone = all(days.first == days.last for days in ranges if days.last >= TODAY)
    assert (days, len(ranges) <= MOST_REQUESTS + 2, alone) == (expected, True, True)


def test_future_has_no_days() -> None:
    """Nothing is requested of it."""
    assert requested_days(TODAY + timedelta(9), TODAY + timedelta(9), TODAY) == []
