"""The ledger of counters: what must not be repeated is claimed before it is sent.

Mixpanel de-duplicates events, but not what it adds or appends to a profile, and SQS delivers a
record again whenever in doubt. So each counter has one entry in a table: claimed by an invocation
until that has ended, then done, or unknown for good; absent again if it certainly was not applied.
docs/decisions/0006 has the reasons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from rudder_mixpanel.aws.time_limits import TimeLeft

# A `doubted_before` in the far future: a counter whose outcome is unknown may be sent again.
ALWAYS: Final = 2**40
# Milliseconds. An invocation that claims must have time to send and to settle, or the outcome is
# unknown.
TIME_FOR_A_CLAIM: Final = 35_000


class ClaimState(Enum):
    """The state of a counter that an invocation wants to send."""

    OURS = auto()  # claimed for this invocation: send it
    DONE = auto()  # it has been applied
    UNKNOWN = auto()  # it was sent once, and nobody knows whether it was applied
    CLAIMED = auto()  # another invocation is sending it
    UNREACHABLE = auto()  # the table does not respond, or throttles
    NO_TIME = auto()  # the invocation has no time left to claim and to send


@dataclass(frozen=True, slots=True)
class Claimant:
    """An invocation that claims counters; times are in seconds since 1970.

    At `deadline` it has certainly ended.
    """

    name: str
    now: int
    deadline: int
    time_left: TimeLeft = lambda: 60_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A counter that an invocation wants to send.

    It is also claimed if its outcome became unknown before `doubted_before`, in seconds since 1970.
    """

    key: str
    doubted_before: int = 0


class Ledger(Protocol):
    """What delivery needs of a ledger."""

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each counter, so that no other invocation sends it, and return its state."""
        ...

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle claimed counters: DONE, UNKNOWN, or absent again (OURS)."""
        ...
