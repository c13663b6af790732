"""Days as they are counted from 1970, in UTC."""

from datetime import date, timedelta

from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY
from rudder_mixpanel.message.times import EPOCH


def number_of(day: date) -> int:
    """The number of a day."""
    return (day - EPOCH.date()).days


def day_of(milliseconds: int) -> int:
    """The number of the day of a time in milliseconds since 1970."""
    return milliseconds // MILLISECONDS_A_DAY


def date_of_number(number: int) -> date:
    """The day with a number."""
    return EPOCH.date() + timedelta(days=number)
