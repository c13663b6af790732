"""Matches receipts with the rows of an export, and counts what becomes of each.

Every receipt of the period is found, missing or too new, and every row of it is found, a copy,
doubled, unknown, too new or an identity event: the counts add up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from rudder_mixpanel.mixpanel.operations import IDENTITY_EVENTS

# Names of unknown events that are counted one by one; the others are counted together.
MOST_NAMES: Final = 10_000
# The name of those
OTHERS: Final = ("other events", "")


class Discrepancy(StrEnum):
    """What is wrong with a delivered event that the export should have once."""

    MISSING = "missing"
    DOUBLED = "doubled"


class DeliveredEvent(NamedTuple):
    """A receipt: the hash of an `$insert_id`, the event's day, and when it was first delivered.

    Days are counted from 1970, times are milliseconds from then.
    """

    hash: str
    day: int
    at: int


class ExportedRow(NamedTuple):
    """A row of the export.

    `identity` is the same of rows that Mixpanel shows as one event. `received` is when Mixpanel
    received it, 0 if the row does not say. `sender` is the library or way that sent it.
    """

    hash: str
    identity: bytes
    day: int
    received: int
    name: str
    sender: str


class Scope(NamedTuple):
    """The days that are counted, and until when what happened must be in receipts and export."""

    days: range
    judged_until: int


@dataclass(slots=True)
class Counts:
    """How many events and rows there are of each kind.

    delivered = found + missing + too_new
    rows = found + copies + doubled + unknown + unknown_too_new + identity_events
    """

    delivered: int = 0
    found: int = 0
    missing: int = 0
    too_new: int = 0
    rows: int = 0
    copies: int = 0
    doubled: int = 0
    unknown: int = 0
    unknown_too_new: int = 0
    # Rows of them; their receipts are not read.
    identity_events: int = 0
    # Rows of another day than their receipts'.
    shifted: int = 0
    unknown_events: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def judged(self) -> int:
        """The delivered events that must be in the export."""
        return self.delivered - self.too_new

    def count_unknown(self, row: ExportedRow) -> None:
        """Count a row that no receipt explains."""
        self.unknown += 1
        event = (row.name, row.sender)
        is_counted = event in self.unknown_events or len(self.unknown_events) < MOST_NAMES
        self.unknown_events[event if is_counted else OTHERS] += 1


def match(
    delivered: Iterable[DeliveredEvent],
    exported: Iterable[ExportedRow],
    scope: Scope,
    report: Callable[[Discrepancy, DeliveredEvent], None],
) -> Counts:
    """Count what became of the events; both are sorted by hash, and rows also by identity.

    Neither is kept, so that memory does not grow with them. Each event that is missing, or has
    doubled rows, is reported once.
    """
    counts = Counts()
    for event, rows in joined(delivered, judged_rows(exported, scope, counts)):
        if event is None:
            count_without_receipt(rows, scope, counts)
        elif event.day in scope.days:
            count_with_receipt(event, rows, scope, counts, report)
    return counts


def judged_rows(
    exported: Iterable[ExportedRow], scope: Scope, counts: Counts
) -> Iterator[ExportedRow]:
    """The rows without those of identity events, which are counted here.

    Mixpanel does not say whether its export has these events, so none is found or missing.
    """
    for row in exported:
        if row.name not in IDENTITY_EVENTS:
            yield row
        elif row.day in scope.days:
            counts.rows += 1
            counts.identity_events += 1


def joined(
    delivered: Iterable[DeliveredEvent], exported: Iterable[ExportedRow]
) -> Iterator[tuple[DeliveredEvent | None, Iterable[ExportedRow]]]:
    """Each hash once: its receipt, if there is one, and its rows, which are read only once."""
    groups = groupby(exported, attrgetter("hash"))
    group = next(groups, None)
    for event in delivered:
        while group is not None and group[0] < event.hash:
            yield None, group[1]
            group = next(groups, None)
        if group is not None and group[0] == event.hash:
            yield event, group[1]
            group = next(groups, None)
        else:
            yield event, ()
    while group is not None:
        yield None, group[1]
        group = next(groups, None)


def count_with_receipt(
    event: DeliveredEvent,
    rows: Iterable[ExportedRow],
    scope: Scope,
    counts: Counts,
    report: Callable[[Discrepancy, DeliveredEvent], None],
) -> None:
    """Count an event that was delivered, with its rows."""
    counts.delivered += 1
    identity = b""
    number = doubled = 0
    for number, row in enumerate(rows, 1):
        counts.rows += 1
        counts.shifted += row.day != event.day
        if number > 1 and row.identity == identity:
            counts.copies += 1
        elif number > 1:
            doubled += 1
        identity = row.identity
    counts.doubled += doubled
    if doubled:
        report(Discrepancy.DOUBLED, event)
    if number:
        counts.found += 1
    elif event.at > scope.judged_until:
        counts.too_new += 1
    else:
        counts.missing += 1
        report(Discrepancy.MISSING, event)


def count_without_receipt(rows: Iterable[ExportedRow], scope: Scope, counts: Counts) -> None:
    """Count rows of the period that were not delivered, as far as is known."""
    for row in rows:
        if row.day not in scope.days:
            continue
        counts.rows += 1
        if row.received > scope.judged_until:
            counts.unknown_too_new += 1
        else:
            counts.count_unknown(row)
