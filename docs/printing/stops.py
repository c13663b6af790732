"""What can stop in a stack, and which alarms tell it; tests/alarms stops each and measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from docs.printing.markdown import table

HOUR: Final = 60
DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Stop:
    """What stops, and after how many minutes each alarm fires, by its name."""

    what: str
    alarms: Mapping[str, int]


# By the name of the trial in tests/alarms/trials.py.
STOPS: Final[Mapping[str, Stop]] = {
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
    """Minutes in words, rounded up to the largest unit of which there are at least two."""
    for unit, length in (("days", DAY), ("hours", HOUR)):
        if minutes > 2 * length:
            return f"{-(-minutes // length)} {unit}"
    return f"{minutes} minute{'s' if minutes > 1 else ''}"
