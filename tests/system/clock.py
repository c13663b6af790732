"""Time that stands still until a test moves it."""

from datetime import datetime, timedelta


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
        return round(self._now.timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self._now += timedelta(seconds=seconds)
