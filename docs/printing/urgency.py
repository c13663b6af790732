"""How soon each alarm wants somebody."""

from collections.abc import Mapping
from typing import Final

from docs.printing.markdown import table
from docs.printing.stops import anchor

# By when to act: the alarms' names, the worst first.
URGENCY: Final[Mapping[str, tuple[str, ...]]] = {
    "now": (
        "Wrong suppression key",
        "Refused regulations",
        "Failing regulations API",
        "Throttled regulations API",
        "Refused events",
        "Failing reception",
        "Throttled reception",
    ),
    "today: nothing is lost for nine days": (
        "Configuration errors",
        "Failed invocations",
        "Throttled invocations",
        "Unread events",
        "Events above capacity",
        "Kept events",
        "Old kept events",
        "Internal errors",
        "Silent deletions",
        "Unread deletion messages",
        "Failing deletions",
        "Throttled deletions",
        "Dead deletions",
        "Undelivered wake-ups",
        "Refused deletion token",
        "Deletion configuration errors",
        "Misdirected deletions",
        "Unavailable regulation tables",
        "Internal errors of deletions",
    ),
    "this week: SQS deletes rejected and dead events after 10 to 14 days": (
        "Unread rejected events",
        "Dead events",
        "Events undelivered by EventBridge",
        "Failed deletions",
        "Old deletions",
        "Old deletion token",
    ),
    "never: what keeps the events has an alarm of its own": ("Events in flight",),
}


def urgency() -> str:
    """Each alarm in the row of when to act."""
    return table(
        ("act", "alarms"),
        ((when, ", ".join(map(link, alarms))) for when, alarms in URGENCY.items()),
    )


def link(alarm: str) -> str:
    """An alarm's name, with a link to its section."""
    return f"[{alarm}](#{anchor(alarm)})"
