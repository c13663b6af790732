"""The outcomes of an operation."""

from dataclasses import dataclass, field
from typing import Final

from rudder_mixpanel.errors import Code


@dataclass(frozen=True, slots=True)
class Delivered:
    """Mixpanel has accepted it; `earlier` when that was in another invocation.

    `superseded` when it is an update of a profile of which all or a part was not sent, because
    newer values are there.
    """

    earlier: bool = field(default=False, compare=False)
    superseded: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """It can never be delivered.

    `quote` is Mixpanel's own message. It can contain personal data, and only `loggable_words` of it
    are logged.
    """

    code: Code
    message: str
    field: str = ""
    quote: str = ""

    @property
    def reason(self) -> str:
        """Message and quote, for the rejected queue."""
        return ": ".join(filter(None, (self.message, self.quote)))


@dataclass(frozen=True, slots=True)
class Kept:
    """It is retried later; `not_applied` when it is certain that nothing of it was applied.

    `wait` is the number of seconds that Mixpanel asked to wait, 0 if it did not.
    """

    code: Code
    message: str
    not_applied: bool = False
    quote: str = ""
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It is about a user whose data must not be sent, and is dropped."""


type Outcome = Delivered | Rejected | Kept | Suppressed

DELIVERED: Final = Delivered()
# Equal to the one above
DELIVERED_EARLIER: Final = Delivered(earlier=True)
SUPERSEDED: Final = Delivered(superseded=True)
SUPPRESSED: Final = Suppressed()
NO_TIME_LEFT: Final = Kept(Code.NO_TIME_LEFT, "the invocation has no time left", not_applied=True)
