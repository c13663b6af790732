"""The time: read from the wall here and nowhere else, and moved by whoever must not wait."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def wall_clock() -> datetime:
    """The time it is now."""
    return datetime.now(UTC)  # noqa: TID251 - every other clock is an argument; this is its default


def moment_of(text: str) -> datetime:
    """An ISO time, in UTC unless it says otherwise, or ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Clock:
    """A clock that goes as another one does, and can be set."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self.source = source
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """The time it is now."""
        return self.source() + self.ahead

    def advance(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self.set(self() + timedelta(seconds=seconds))

    def set(self, moment: datetime) -> None:
        """Go on from this moment."""
        self.ahead = moment - self.source()
