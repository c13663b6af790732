"""A fact: what one invocation did with an event or with a record, as the log has it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final


class Act(IntEnum):
    """What was done. In the same invocation, the greater one is what became of the event.

    The same event may be there twice, and is finished when one of the copies is.
    """

    KEPT = 1
    SUPERSEDED = 2
    PARTLY_DELIVERED = 3
    FILTERED = 4
    SUPPRESSED = 5
    REJECTED = 6
    UPDATED = 7
    DELIVERED = 8


# After these, nothing more is done with an event, unless an operator replays it.
FINAL: Final = frozenset({Act.FILTERED, Act.SUPPRESSED, Act.REJECTED, Act.UPDATED, Act.DELIVERED})


@dataclass(frozen=True, slots=True)
class Fact:
    """What was done at a time; empty texts and zeros are not known.

    `reason` says why, `words` are Mixpanel's own. `attempt` counts the attempts so far, and
    `next_within` are seconds. `of_record` when it is about a record, which may hold several events.
    """

    at: datetime
    act: Act
    code: str = ""
    reason: str = ""
    words: str = ""
    endpoint: str = ""
    attempt: int = 0
    next_within: int = 0
    of_record: bool = False
