"""Clocks that stand still until they are advanced."""

import os
from datetime import datetime, timedelta
from pathlib import Path


class Clock:
    """A clock for queues and for Mixpanel."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """The current time."""
        return self._now

    @property
    def milliseconds(self) -> int:
        """The current time in milliseconds since 1970."""
        return round(self().timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        """Advance the clock by this many seconds."""
        self._now += timedelta(seconds=seconds)

    def show_in(self, file: Path) -> None:
        """Write the time to a file, for another process."""
        file.write_text(self().isoformat())


class SharedClock(Clock):
    """A clock in a file, which other processes can advance as well."""

    def __init__(self, now: datetime, file: Path) -> None:
        self.file = file
        self._write(now)

    def __call__(self) -> datetime:
        """The current time, for all processes."""
        return datetime.fromisoformat(self.file.read_text())

    def advance(self, seconds: float) -> None:
        """Advance the clock for all processes."""
        self._write(self() + timedelta(seconds=seconds))

    def show_in(self, file: Path) -> None:
        """Link to the clock itself, so that another process can advance it."""
        if not file.exists():
            file.symlink_to(self.file)

    def _write(self, now: datetime) -> None:
        # Replaced in one step, so that no process reads a part of it.
        new = self.file.with_suffix(f".{os.getpid()}")
        new.write_text(now.isoformat())
        new.replace(self.file)
