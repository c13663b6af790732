"""A seeded plan: what was delivered, what Mixpanel has of it, and what must be reported."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final

from mixpanel_emulator.endpoints.export_events import shows
from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.reconcile.day_numbers import day_of
from rudder_mixpanel_cli.reconcile.period import Period

# Until when the export of the emulated project has everything, in seconds
EXPORT_DELAY: Final = 2700
LATE: Final = timedelta(minutes=20)
# How long before now the other events are delivered: after the time of each, whatever the hour of
# the day is, and more than an hour, within which rows are too new to judge.
TIMELY: Final = timedelta(hours=2)
# Milliseconds
HALF_A_DAY: Final = 12 * 3_600_000
# A row has another time than the one it repeats by this many milliseconds.
SHIFT: Final = 1000
# What the export of a run does with rows, and those it does it with
MISSING_ROWS: Final = "missing_rows"
REPEATED_ROWS: Final = "repeated_rows"
WITHOUT_MERGES: Final = "without_merges"
EXPORT_FAULTS: Final = (
    *(MISSING_ROWS, REPEATED_ROWS, "raw_line_breaks", "split_rows"),
    WITHOUT_MERGES,
)

# What is wrong with an event, and its hash
type Listed = tuple[str, str]


class PlannedOutcome(StrEnum):
    """What happens to an event."""

    STORED = "stored"
    # Mixpanel answers that it took it, and has not.
    SWALLOWED = "swallowed"
    DROPPED = "dropped"
    # It is stored; a fault of the export is about it.
    UNLUCKY = "unlucky"
    HIDDEN = "hidden"
    RESENT = "resent"
    SHIFTED = "shifted"
    OF_ANOTHER_USER = "of another user"
    LATE = "late"
    # A call that identifies a device or names an alias, in a project with original merge
    MERGED = "merged"
    # Sent by something else
    FOREIGN = "foreign"


# Events of a thousand
SHARES: Final = {
    PlannedOutcome.STORED: 880,
    PlannedOutcome.SWALLOWED: 15,
    PlannedOutcome.DROPPED: 5,
    PlannedOutcome.UNLUCKY: 15,
    PlannedOutcome.HIDDEN: 10,
    PlannedOutcome.RESENT: 15,
    PlannedOutcome.SHIFTED: 10,
    PlannedOutcome.OF_ANOTHER_USER: 5,
    PlannedOutcome.LATE: 15,
    PlannedOutcome.MERGED: 20,
    PlannedOutcome.FOREIGN: 10,
}
NAMES: Final = {
    PlannedOutcome.DROPPED: "Dropped",
    PlannedOutcome.HIDDEN: "Hidden",
    PlannedOutcome.FOREIGN: "App Open",
}
WITHOUT_ROW: Final = frozenset({PlannedOutcome.SWALLOWED, PlannedOutcome.DROPPED})
# As what their events count; that of the others depends on the export
KINDS: Final = {
    PlannedOutcome.STORED: "found",
    PlannedOutcome.HIDDEN: "found",
    PlannedOutcome.SWALLOWED: "missing",
    PlannedOutcome.DROPPED: "missing",
    PlannedOutcome.RESENT: "copies",
    PlannedOutcome.SHIFTED: "doubled",
    PlannedOutcome.OF_ANOTHER_USER: "doubled",
    PlannedOutcome.FOREIGN: "unknown",
    PlannedOutcome.MERGED: "identityEvents",
}
# Events without a receipt that is compared
NOT_COMPARED: Final = frozenset({PlannedOutcome.FOREIGN, PlannedOutcome.MERGED})
COUNTS: Final = (
    *("delivered", "found", "missing", "tooNew", "copies", "doubled", "unknown"),
    "identityEvents",
)


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """An event and its outcome; its time is in milliseconds."""

    number: int
    insert_id: str
    time: int
    outcome: PlannedOutcome

    def payload(self, **changed: Any) -> dict[str, Any]:
        """The event as it is sent to Mixpanel."""
        return {
            "event": NAMES.get(self.outcome, "Signed Up"),
            "properties": {
                "time": self.time,
                "distinct_id": f"u{self.number % 997}",
                "$insert_id": self.insert_id,
                "mp_lib": "RudderLabs",
                "outcome": self.outcome.value,
                "text": "two\nlines",
                **changed,
            },
        }

    def second_payload(self) -> dict[str, Any] | None:
        """What is sent after it, if anything is."""
        match self.outcome:
            case PlannedOutcome.RESENT:
                return self.payload()
            case PlannedOutcome.SHIFTED:
                return self.payload(time=self.time + SHIFT)
            case PlannedOutcome.OF_ANOTHER_USER:
                return self.payload(distinct_id="somebody")
            case _:
                return None


class Plan:
    """The events of three days, of the day before and of half the day after."""

    def __init__(self, seed: int, count: int, now: datetime) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable
        self.count = count
        self.now = now.replace(microsecond=0)
        today = now.date()
        self.period = Period(today - timedelta(days=4), today - timedelta(days=2), now)
        self.start = milliseconds(self.period.first - timedelta(days=1))
        self.end = milliseconds(self.period.last + timedelta(days=1)) + HALF_A_DAY
        self.seed = seed

    def __iter__(self) -> Iterator[PlannedEvent]:
        """The events by their times: the same ones each time."""
        random = Random(self.seed)  # noqa: S311 - repeatable
        outcomes, shares = list(SHARES), list(SHARES.values())
        step = (self.end - self.start - 2 * SHIFT) / self.count
        for number in range(self.count):
            insert_id = f"{random.getrandbits(64):016x}-{number}"
            at = self.start + int(step * number)
            yield PlannedEvent(number, insert_id, at, random.choices(outcomes, shares)[0])

    def is_counted(self, event: PlannedEvent) -> bool:
        """Whether an event is of the days that are reconciled."""
        return day_of(event.time) in self.period.numbers

    @property
    def timely_at(self) -> datetime:
        """When all but the late events are delivered."""
        return self.now - TIMELY

    @property
    def late_at(self) -> datetime:
        """When the late events are delivered."""
        return self.now - LATE

    def shows(self, event: PlannedEvent) -> bool:
        """Whether a late event is in the export by now."""
        item = {
            "properties": {"$insert_id": event.insert_id},
            "at": self.late_at.isoformat(timespec="milliseconds"),
        }
        return shows(item, EXPORT_DELAY, round(self.now.timestamp() * 1000))

    def expected(self, fault: str) -> tuple[dict[str, int], set[Listed]]:
        """What the command must count and list when the export has this fault."""
        counts: Counter[str] = Counter()
        listed: set[Listed] = set()
        for event in filter(self.is_counted, self):
            kind = self.kind(event, fault)
            counts[kind] += 1
            counts["delivered"] += event.outcome not in NOT_COMPARED
            counts["found"] += kind in {"copies", "doubled"}
            if kind in {"missing", "doubled"}:
                listed.add((kind, receipt_hash(event.insert_id)))
        if fault == WITHOUT_MERGES:
            counts["identityEvents"] = 0
        return {name: counts[name] for name in COUNTS}, listed

    def kind(self, event: PlannedEvent, fault: str) -> str:
        """As what an event counts."""
        if event.outcome is PlannedOutcome.UNLUCKY:
            return {MISSING_ROWS: "missing", REPEATED_ROWS: "copies"}.get(fault, "found")
        if event.outcome is PlannedOutcome.LATE:
            return "found" if self.shows(event) else "tooNew"
        return KINDS[event.outcome]


def listed_in(lines: Iterable[dict[str, str]]) -> set[Listed]:
    """What the lines after a report in JSON list."""
    return {(kind, value) for line in lines for kind, value in line.items() if kind != "day"}


def milliseconds(day: Any) -> int:
    """When a day begins, in UTC."""
    return round(datetime.combine(day, time(), UTC).timestamp() * 1000)
