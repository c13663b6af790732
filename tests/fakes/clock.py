"""Time that stands still until a test moves it."""

import os
from datetime import datetime, timedelta
from pathlib import Path


class Clock:
    """The one clock of queues and of Mixpanel."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """The time it is now."""
        return self._now

    @property
    def milliseconds(self) -> int:
        """The time it is now, as SQS tells it."""
        return round(self().timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self._now += timedelta(seconds=seconds)

    def show_in(self, file: Path) -> None:
        """Write the time into a file, from which another process reads it."""
        file.write_text(self().isoformat())


class SharedClock(Clock):
    """A clock that stands in a file: processes that rest move it, too."""

    def __init__(self, now: datetime, file: Path) -> None:
        self.file = file
        self._write(now)

    def __call__(self) -> datetime:
        """The time it is now, for everybody."""
        return datetime.fromisoformat(self.file.read_text())

    def advance(self, seconds: float) -> None:
        """Let so much time pass at once, for everybody."""
        self._write(self() + timedelta(seconds=seconds))

    def show_in(self, file: Path) -> None:
        """Let another process find the very clock there."""
        if not file.exists():
            file.symlink_to(self.file)

    def _write(self, now: datetime) -> None:
        # At once, so that nobody reads half a time.
        new = self.file.with_suffix(f".{os.getpid()}")
        new.write_text(now.isoformat())
        new.replace(self.file)
