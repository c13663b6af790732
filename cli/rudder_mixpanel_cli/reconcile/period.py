"""The days that are reconciled, and what is too new to be judged."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Self

from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.reconcile.day_numbers import number_of

# Some rows of the export come later than Mixpanel's answer. It documents no limit; in practice all
# were there after 45 minutes.
EXPORT_DELAY: Final = timedelta(hours=1)
# An event may be delivered before its own time, by a clock that is ahead.
AHEAD: Final = timedelta(hours=1)
LONGEST: Final = 366


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included, in UTC, as they are known at `now`."""

    first: date
    last: date
    now: datetime

    @classmethod
    def of(cls, first: str, last: str, now: datetime) -> Self:
        """Read two days. Raises UsageError."""
        period = cls(day(first, "--from"), day(last, "--to"), now)
        if period.last < period.first:
            raise UsageError(f"--to: {last} is before {first}")
        if period.first > period.today:
            raise UsageError(f"--from: {first} is in the future")
        if (period.last - period.first).days >= LONGEST:
            raise UsageError(f"--to: expected at most {LONGEST} days")
        return period

    @property
    def today(self) -> date:
        """The day of `now`."""
        return self.now.astimezone(UTC).date()

    @property
    def numbers(self) -> range:
        """The days, as they are counted since 1970."""
        return range(number_of(self.first), number_of(self.last) + 1)

    @property
    def earliest_delivery(self) -> datetime:
        """Since when the events of these days can have been delivered."""
        return datetime.combine(self.first, time(), UTC) - AHEAD

    @property
    def judged_until(self) -> int:
        """Until when something must have happened to be in the export, in milliseconds."""
        return (self.now - EXPORT_DELAY - EPOCH) // MILLISECOND


def day(text: str, option: str) -> date:
    """A day in an option. Raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: expected a day such as 2026-12-31, got {text}") from None
