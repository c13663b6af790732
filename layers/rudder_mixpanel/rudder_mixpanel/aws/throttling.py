"""Throttled calls to DynamoDB: how they are told from others, and when they are repeated.

The SDK repeats a call once, whatever the reason: the response was lost, the server failed, or it
throttled. Everything after that is decided here, and only throttled calls and conflicts are
repeated, with exponential backoff and full jitter, as AWS advises:
https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import random
from time import sleep
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.time_limits import TIME_FOR_A_CALL, TimeLeft

# The errors by which DynamoDB limits the rate of calls, and the same as reasons for which it
# cancels a transaction.
THROTTLING: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
    }
)
# Another write to the same item is under way, and will soon be over.
CONFLICTS: Final = frozenset({"TransactionConflict", "TransactionConflictException"})
# Seconds: the longest wait before the first repetition, which doubles with each, and its limit.
THROTTLED_WAIT: Final = 0.05
CONFLICT_WAIT: Final = 0.01
LONGEST_WAIT: Final = 2.0


def error_code(error: BotoCoreError | ClientError) -> str:
    """AWS's code for an error; empty when there was no response."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""


def first_wait(code: str) -> float:
    """The longest wait before a call with this error is first repeated; 0 if that does not help."""
    if code in THROTTLING:
        return THROTTLED_WAIT
    return CONFLICT_WAIT if code in CONFLICTS else 0


@dataclass(frozen=True, slots=True)
class TableBackoff:
    """Waits between repetitions, as long as more than `reserve` milliseconds are left.

    The reserve is for the next call, and for what has to follow it.
    """

    time_left: TimeLeft
    reserve: int = TIME_FOR_A_CALL
    sleep: Callable[[float], None] = sleep
    random: Callable[[], float] = random

    @property
    def has_time(self) -> bool:
        """Whether there is time for another call."""
        return self.time_left() > self.reserve

    def wait(self, attempt: int, first: float = THROTTLED_WAIT) -> bool:
        """Wait after a failed attempt, counted from 0; False when there is no time for it."""
        seconds = self.random() * min(LONGEST_WAIT, first * 2 ** min(attempt, 16))
        if self.time_left() - 1000 * seconds <= self.reserve:
            return False
        self.sleep(seconds)
        return True


def repeat_throttled[Result](call: Callable[[], Result], backoff: TableBackoff) -> Result:
    """Make a call, and repeat it while it is throttled or conflicts and there is time.

    Raises the last ClientError or BotoCoreError.
    """
    for attempt in count():
        try:
            return call()
        except ClientError as error:
            first = first_wait(error_code(error))
            if not first or not backoff.wait(attempt, first):
                raise
    raise AssertionError  # count() does not end
