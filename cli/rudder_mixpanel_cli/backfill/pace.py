"""How fast a backfill sends: live events wait no longer than for one batch of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rudder_mixpanel_cli.queues.queue import QueueStatus

# Lambda passes at most 6 MB to an invocation: 90 full records. Ten fewer leave room for live ones.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_UNREAD: Final = 80
# As many records as ten concurrent invocations hold. More are kept ones: Mixpanel is not taking
# events, and all that is sent now would come back together with live events.
MOST_IN_FLIGHT: Final = 20_000
# Seconds between two looks at the queue, while too many wait.
LOOK_AGAIN: Final = 0.5


@dataclass(slots=True)
class Pace:
    """Lets records be sent while few wait on the queue, whoever has sent them.

    `look` counts the messages of the queue. `wait` sleeps, and returns True to stop.
    """

    look: Callable[[], QueueStatus]
    wait: Callable[[float], bool]
    # What may be sent until the next look.
    left: int = 0

    def acquire(self, weight: int) -> bool:
        """Return True when records of this weight may be sent, False to stop."""
        while weight > self.left:
            self.left = allowance(self.look())
            # What is heavier than all that may wait is sent when nothing waits.
            if weight <= self.left or self.left == MOST_UNREAD:
                break
            if self.wait(LOOK_AGAIN):
                return False
        self.left -= weight
        return not self.wait(0)


def allowance(status: QueueStatus) -> int:
    """How many records may be sent, by what waits on the queue."""
    if status.in_flight > MOST_IN_FLIGHT:
        return 0
    return max(0, MOST_UNREAD - status.visible)
