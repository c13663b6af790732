"""Facts about an event, messages about it, and the question."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.where.fact import Act, Fact
from rudder_mixpanel_cli.where.situation import Situation
from rudder_mixpanel_cli.where.stored import Coverage, QueueFindings, Stored

NOW = datetime(2026, 11, 27, 3, 20, tzinfo=UTC)
SENT = "first sent at 03:10:00 UTC."
NAMELESS = Stored("s", NOW - timedelta(minutes=10), Code.MISSING_EVENT_NAME, "", "event", "no name")
REFUSED = Stored(
    "s", NOW - timedelta(minutes=10), Code.REFUSED_BY_MIXPANEL, "import", "", "refused: ann@x.com"
)
IN_REJECTED = QueueFindings(rejected=NAMELESS, rejected_coverage=Coverage(5, 5))


def fact(minutes: float, act: Act, code: str = "", **known: Any) -> Fact:
    """A fact of so many minutes ago."""
    return Fact(NOW - timedelta(minutes=minutes), act, code, **known)


def kept(minutes: float, attempt: int, within: int = 36, endpoint: str = "import") -> Fact:
    """An event that Mixpanel throttled."""
    return fact(
        minutes,
        Act.KEPT,
        Code.THROTTLED,
        reason="HTTP 429",
        endpoint=endpoint,
        attempt=attempt,
        next_within=within,
    )


DELIVERED = fact(1, Act.DELIVERED)
PARTLY = fact(9, Act.PARTLY_DELIVERED)
REJECTED = fact(9, Act.REJECTED, Code.MISSING_EVENT_NAME, reason="no name", attempt=1)
REJECTED_BY_IMPORT = fact(
    9, Act.REJECTED, Code.REFUSED_BY_MIXPANEL, reason="refused", words="bad time", endpoint="import"
)
BUSY = fact(
    0.25,
    Act.KEPT,
    Code.PROFILE_BUSY,
    reason="another invocation is updating the same profile",
    endpoint="engage",
    attempt=1,
    next_within=23,
)
NONE = QueueFindings()


def situation(found: QueueFindings = NONE, **known: Any) -> Situation:
    """The question about the event `m-1`."""
    return Situation("m-1", NOW, NOW - timedelta(hours=24), "prod", found, **known)
