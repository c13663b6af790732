"""The queues of a stack: what waits in each, when it ends, and which alarm comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from docs.printing.markdown import code, table
from docs.printing.stops import STOPS, anchor, duration


@dataclass(frozen=True, slots=True)
class QueueRow:
    """What a queue holds, how that ends when nobody acts, and the alarm of a stop that tells it."""

    holds: str
    ends: str
    stop: str
    alarm: str


NOTHING_LOST: Final = "Nothing is lost: the work is in the table."
# By the logical id in template.yaml.
QUEUES: Final[Mapping[str, QueueRow]] = {
    "EventsQueue": QueueRow(
        "Events, unread or kept",
        "A kept event is rejected after nine days. SQS deletes an unread one after 14 days.",
        "events-source",
        "Unread events",
    ),
    "EventsDeadLetterQueue": QueueRow(
        "Records that crashed the function 1,000 times, which takes four days",
        "SQS deletes a record 14 days after it was sent, ten days after it got here.",
        "dead-events",
        "Dead events",
    ),
    "RejectedQueue": QueueRow(
        "Events that cannot be delivered",
        "SQS deletes an event 14 days after it was rejected.",
        "rejected",
        "Unread rejected events",
    ),
    "UndeliveredByEventBridgeQueue": QueueRow(
        "Events that EventBridge could not send within a day",
        "SQS deletes an event 14 days after EventBridge gave up.",
        "eventbridge",
        "Events undelivered by EventBridge",
    ),
    "UndeliveredByScheduleQueue": QueueRow(
        "Messages that the schedule could not send within five minutes",
        NOTHING_LOST,
        "schedule-target",
        "Undelivered wake-ups",
    ),
    "DeletionsQueue": QueueRow(
        "Messages that wake the function that deletes users",
        NOTHING_LOST,
        "deletions-source",
        "Silent deletions",
    ),
    "DeletionsDeadLetterQueue": QueueRow(
        "Such messages on which the function died",
        NOTHING_LOST,
        "deletions-crash",
        "Dead deletions",
    ),
}


def queues() -> str:
    """Each queue, what becomes of what waits in it, and the alarm that fires before."""
    return table(
        ("queue", "what waits in it", "how that ends", "alarm", "after"),
        (
            (
                code(queue),
                row.holds,
                row.ends,
                f"[{row.alarm}](#{anchor(row.alarm)})",
                duration(STOPS[row.stop].alarms[row.alarm]),
            )
            for queue, row in QUEUES.items()
        ),
    )
