"""What can stop in a stack, and which alarms tell it; tests/alarms stops each and measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from docs.printing.markdown import table

HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Stop:
    """What stops, and after how many minutes each alarm fires, by its name."""

    what: str
    alarms: Mapping[str, int]


# By the name of the trial in tests/alarms/trials.py.
STOPS: Final[Mapping[str, Stop]] = {
    "events-source": Stop(
        "The event source of the events queue is disabled",
        {"Unread events": 11},
    ),
    "capacity": Stop(
        "Twice as many events arrive as can be delivered, 20,000 a second",
        {"Events above capacity": 5, "Unread events": 21},
    ),
    "settings": Stop(
        "The destination's settings are removed",
        {"Configuration errors": 1, "Kept events": 11},
    ),
    "credentials": Stop(
        "Mixpanel refuses the credentials",
        {"Configuration errors": 1, "Kept events": 11},
    ),
    "mixpanel": Stop(
        "Mixpanel is down",
        {"Kept events": 11, "Old kept events": 363},
    ),
    "mixpanel-at-high-rate": Stop(
        "Mixpanel is down, and 3,000 events arrive a second",
        {"Events in flight": 3, "Kept events": 11, "Unread events": 11},
    ),
    "ledger": Stop(
        "The ledger is gone",
        {"Kept events": 11},
    ),
    "profiles": Stop(
        "The table of the times of profile updates is gone",
        {"Kept events": 11},
    ),
    "suppressions": Stop(
        "The table of suppressed users is gone",
        {"Kept events": 11},
    ),
    "suppression-key": Stop(
        "The key of suppressed users is another one",
        {"Wrong suppression key": 1, "Kept events": 11},
    ),
    "bug": Stop(
        "Our own code fails on an event",
        {"Internal errors": 1},
    ),
    "delivery-crashes": Stop(
        "The function that delivers events crashes",
        {"Failed invocations": 6, "Unread events": 11},
    ),
    "dead-events": Stop(
        "A record has crashed the function a thousand times",
        {"Dead events": 16},
    ),
    "delivery-throttled": Stop(
        "Lambda throttles the function that delivers events",
        {"Throttled invocations": 11, "Unread events": 11},
    ),
    "eventbridge": Stop(
        "EventBridge has given up sending an event to the queue",
        {"Events undelivered by EventBridge": 16},
    ),
    "rejected": Stop(
        "A rejected event is left unread",
        {"Unread rejected events": 301},
    ),
    "deletions-source": Stop(
        "The event source of the deletions queue is disabled",
        {"Silent deletions": 17, "Unread deletion messages": 31},
    ),
    "schedule": Stop(
        "The schedule of deletions is disabled",
        {"Silent deletions": 17},
    ),
    "schedule-target": Stop(
        "The schedule cannot send to the deletions queue",
        {"Silent deletions": 17, "Undelivered wake-ups": 21},
    ),
    "deletions-crash": Stop(
        "The function that deletes users crashes",
        {"Failing deletions": 7, "Unread deletion messages": 32, "Dead deletions": 34},
    ),
    "deletions-throttled": Stop(
        "Lambda throttles the function that deletes users",
        {
            "Throttled deletions": 13,
            "Silent deletions": 17,
            "Unread deletion messages": 32,
            "Dead deletions": 34,
        },
    ),
    "regulations-table": Stop(
        "The table of regulations is gone",
        {"Unavailable regulation tables": 11},
    ),
    "deletion-settings": Stop(
        "Settings or the secret for deletions are removed",
        {"Deletion configuration errors": 3},
    ),
    "deletion-token": Stop(
        "Mixpanel refuses the GDPR token",
        {"Refused deletion token": 3},
    ),
    "deletion-token-age": Stop(
        "The GDPR token is 335 days old",
        {"Old deletion token": 1},
    ),
    "deletion-address": Stop(
        "Something other than Mixpanel answers deletion requests",
        {"Misdirected deletions": 3},
    ),
    "deletion-bug": Stop(
        "Our own code fails on a deletion",
        {"Internal errors of deletions": 3},
    ),
    "deletion-age": Stop(
        "A user is not deleted after 20 days",
        {"Old deletions": 3},
    ),
    "deletion-failed": Stop(
        "Mixpanel has failed twice to delete an id",
        {"Failed deletions": 1},
    ),
    "regulations-api-crashes": Stop(
        "The function of the regulations API crashes",
        {"Failing regulations API": 6, "Refused regulations": 6},
    ),
    "regulations-api-throttled": Stop(
        "Lambda throttles the function of the regulations API",
        {"Refused regulations": 6, "Throttled regulations API": 11},
    ),
    "regulations-api-refuses": Stop(
        "The regulations API has no settings, secret or table",
        {"Refused regulations": 6},
    ),
    "reception-crashes": Stop(
        "The function that receives events crashes",
        {"Failing reception": 6, "Refused events": 6},
    ),
    "reception-throttled": Stop(
        "Lambda throttles the function that receives events",
        {"Refused events": 6, "Throttled reception": 11},
    ),
    "reception-refuses": Stop(
        "The events API has no secret, or cannot send to the queue",
        {"Refused events": 6},
    ),
}


def stops() -> str:
    """What stops, which alarms fire, and after how long each."""
    return table(
        ("what stops", "alarm", "within"),
        (
            (stop.what if first else "", f"[{alarm}](#{anchor(alarm)})", duration(minutes))
            for stop in STOPS.values()
            for first, (alarm, minutes) in marked(stop)
        ),
    )


def marked(stop: Stop) -> list[tuple[bool, tuple[str, int]]]:
    """The alarms of a stop, the first to fire first, and whether each is that."""
    in_order = sorted(stop.alarms.items(), key=lambda alarm: alarm[1])
    return [(index == 0, alarm) for index, alarm in enumerate(in_order)]


def anchor(heading: str) -> str:
    """The anchor that a heading has on its page."""
    return heading.lower().replace(" ", "-")


def duration(minutes: int) -> str:
    """Minutes in words."""
    hours, rest = divmod(minutes, HOUR)
    return " ".join(counted(*part) for part in ((hours, "hour"), (rest, "minute")) if part[0])


def counted(number: int, unit: str) -> str:
    """A number with its unit."""
    return f"{number} {unit}{'' if number == 1 else 's'}"
