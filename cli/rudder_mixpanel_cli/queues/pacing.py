"""How fast messages go, and when they stop."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rudder_mixpanel.aws.sqs import ENTRIES


class Stop:
    """Whether somebody has asked for a stop.

    No threading.Event: its lock is not for handlers of signals.
    """

    def __init__(self) -> None:
        self.asked = False

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until a stop is asked for; tells whether it is."""
        end = time.monotonic() + seconds
        while not self.asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
        return self.asked


@contextmanager
def stopped_by_ctrl_c() -> Iterator[Stop]:
    """Ctrl-C asks for a stop at the next good moment; a second one is heard at once."""
    stop = Stop()

    def ask(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stop.asked = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


class Pace:
    """At most so many a second; `wait` waits for seconds, and tells whether to stop instead."""

    def __init__(
        self, rate: int | None, *, clock: Callable[[], float], wait: Callable[[float], bool]
    ) -> None:
        self.rate = rate
        self.clock = clock
        self.wait = wait
        self.due = clock()

    @property
    def most(self) -> int:
        """How many may go together."""
        return min(ENTRIES, self.rate or ENTRIES)

    def allows(self, count: int) -> bool:
        """Wait until so many may go; False if none may go any more."""
        now = self.clock()
        start = max(self.due, now)
        self.due = start + (count / self.rate if self.rate else 0)
        return not self.wait(start - now)
