"""Whatever receipts and rows there are, the counts add up."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel_cli.reconcile.matching import (
    MOST_NAMES,
    Counts,
    DeliveredEvent,
    Discrepancy,
    ExportedRow,
    Scope,
    match,
)
from rudder_mixpanel_cli.reconcile.sorting import sorted_events

SCOPE = Scope(range(10, 13), 1000)
HASHES = st.sampled_from(["-", "A", "B", "_", "a"])
DAYS = st.integers(8, 14)
TIMES = st.sampled_from([0, 999, 1000, 1001, 2000])
DELIVERED = st.builds(DeliveredEvent, HASHES, DAYS, TIMES)
EXPORTED = st.builds(
    ExportedRow,
    HASHES,
    st.sampled_from([b"1", b"2"]),
    DAYS,
    TIMES,
    st.sampled_from(["Signed Up", "$merge", "$create_alias", "$identify"]),
    st.just(""),
)


def counted(
    delivered: list[DeliveredEvent], exported: list[ExportedRow]
) -> tuple[Counts, dict[str, list[str]]]:
    """The counts, and the hashes of the events that are missing, or doubled."""
    with sorted_events() as events:
        events.add_delivered(delivered)
        events.add_exported(exported)
        days = SCOPE.days
        counts = match(events.delivered(days), events.exported(), SCOPE, events.add_discrepancy)
        return counts, {
            kind: [event.hash for event in events.discrepancies(kind)] for kind in Discrepancy
        }


def judged(exported: list[ExportedRow]) -> list[ExportedRow]:
    """The rows of events that merge no users."""
    return [row for row in exported if row.name == "Signed Up"]


@given(st.lists(DELIVERED), st.lists(EXPORTED))
def test_counts_add_up(delivered: list[DeliveredEvent], exported: list[ExportedRow]) -> None:
    """Each event of the days is in one count, and each row, too."""
    counts, listed = counted(delivered, exported)
    known = {event.hash for event in delivered}
    here = {event.hash for event in delivered if event.day in SCOPE.days}
    rows = [
        row
        for row in judged(exported)
        if row.hash in here or (row.hash not in known and row.day in SCOPE.days)
    ]
    merges = [row for row in exported if row.name != "Signed Up" and row.day in SCOPE.days]
    assert (
        counts.delivered,
        counts.found + counts.missing + counts.too_new,
        counts.rows - counts.identity_events,
        counts.found + counts.copies + counts.doubled + counts.unknown + counts.unknown_too_new,
        counts.identity_events,
        counts.found,
        len(listed["missing"]),
        counts.unknown_events.total(),
    ) == (
        len(here),
        len(here),
        len(rows),
        len(rows),
        len(merges),
        len(here & {row.hash for row in judged(exported)}),
        counts.missing,
        counts.unknown,
    )


@given(st.lists(DELIVERED), st.lists(EXPORTED))
def test_counts_are_those_of_a_naive_comparison(
    delivered: list[DeliveredEvent], exported: list[ExportedRow]
) -> None:
    """Which keeps everything in memory, but the rows of events that merge users."""
    counts, listed = counted(delivered, exported)
    exported = judged(exported)
    here = {event.hash for event in delivered if event.day in SCOPE.days}
    first = {one: min(event.at for event in delivered if event.hash == one) for one in here}
    identities = {one: Counter(row.identity for row in exported if row.hash == one) for one in here}
    gone = {one for one in here if not identities[one]}
    missing, doubled = (sorted(listed[kind]) for kind in ("missing", "doubled"))
    assert (missing, doubled, counts.too_new, counts.copies, counts.doubled) == (
        sorted(one for one in gone if first[one] <= SCOPE.judged_until),
        sorted(one for one in here if len(identities[one]) > 1),
        sum(first[one] > SCOPE.judged_until for one in gone),
        sum(found.total() - len(found) for found in identities.values()),
        sum(len(found) - 1 for found in identities.values() if found),
    )


@given(st.lists(DELIVERED), st.lists(EXPORTED))
def test_identity_events_change_no_other_count(
    delivered: list[DeliveredEvent], exported: list[ExportedRow]
) -> None:
    """Whether the export has them or not."""
    counts, listed = counted(delivered, exported)
    counts.rows -= counts.identity_events
    counts.identity_events = 0
    assert (counts, listed) == counted(delivered, judged(exported))


@given(st.lists(DELIVERED), st.lists(EXPORTED), st.randoms())
def test_order_does_not_matter(
    delivered: list[DeliveredEvent], exported: list[ExportedRow], random: Any
) -> None:
    """Nor does an event whose receipt is there twice."""
    before = counted(delivered, exported)
    delivered, exported = delivered * 2, list(exported)
    random.shuffle(delivered)
    random.shuffle(exported)
    assert counted(delivered, exported) == before


def test_names_are_bounded() -> None:
    """Further ones are counted together."""
    rows = [ExportedRow("A", b"", 10, 0, str(n), "") for n in range(MOST_NAMES + 5)]
    counts, _ = counted([], rows)
    assert (counts.unknown, len(counts.unknown_events)) == (MOST_NAMES + 5, MOST_NAMES + 1)


def test_row_of_another_day_than_its_receipt_is_found() -> None:
    """As in a project whose times are not in UTC; that is counted."""
    counts, _ = counted(
        [DeliveredEvent("A", 12, 0)], [ExportedRow("A", b"1", 13, 0, "Signed Up", "")]
    )
    assert (counts.found, counts.shifted, counts.unknown) == (1, 1, 0)
