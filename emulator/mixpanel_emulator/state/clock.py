"""The emulator's clock: the only module that reads the time of the machine."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def wall_clock() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)  # noqa: TID251 - the default of every clock that is an argument


def parse_time(text: str) -> datetime:
    """Parse an ISO time, in UTC unless it names an offset. Raises ValueError."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class Clock:
    """A clock that runs like its source, and that can be moved."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self.source = source
        self.offset = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time of this clock."""
        return self.source() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.set(self() + timedelta(seconds=seconds))

    def set(self, time: datetime) -> None:
        """Move the clock to this time, from which it runs on."""
        self.offset = time - self.source()

    def reset(self) -> None:
        """Follow the source again."""
        self.offset = timedelta(0)
