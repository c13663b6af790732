"""Limit how many messages are sent a second."""

from collections.abc import Callable

from rudder_mixpanel.aws.sqs import ENTRIES


class RateLimit:
    """Allows `rate` messages a second; `wait` sleeps for seconds, and returns True to stop."""

    def __init__(
        self, rate: int | None, *, clock: Callable[[], float], wait: Callable[[float], bool]
    ) -> None:
        self.rate = rate
        self.clock = clock
        self.wait = wait
        self.next_start = clock()

    @property
    def batch_size(self) -> int:
        """The most messages of one batch."""
        return min(ENTRIES, self.rate or ENTRIES)

    def acquire(self, count: int) -> bool:
        """Wait until `count` messages may be sent; False when the replay must stop."""
        now = self.clock()
        start = max(self.next_start, now)
        self.next_start = start + (count / self.rate if self.rate else 0)
        return not self.wait(start - now)
