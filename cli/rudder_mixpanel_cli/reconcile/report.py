"""What a reconciliation found, as text and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel_cli.reconcile.matching import Counts
from rudder_mixpanel_cli.reconcile.result import Reconciliation
from rudder_mixpanel_cli.terminal import printable

# Unknown events that are listed, the most frequent ones
SHOWN_NAMES: Final = 20
MEANINGS: Final = {
    "delivered": "events that Mixpanel took, by the receipts in the log",
    "found": "of them in Mixpanel",
    "missing": "of them not in Mixpanel, an hour or more after they were delivered",
    "too_new": "of them delivered within the last hour, and not in the export yet",
    "copies": "rows that repeat a found one; Mixpanel shows one event",
    "doubled": "rows with the $insert_id of a found one, and another name, user or time",
    "unknown": "rows that no receipt explains: sent by others, or their receipt is gone",
    "unknown_too_new": "of the last hour, whose receipts may still come",
    "identity_events": "rows of identity events, not judged: Mixpanel may export them or not",
}
LABELS: Final = {
    "too_new": "too new",
    "unknown_too_new": "too new rows",
    "identity_events": "identity",
}
# Shown even if there are none
ALWAYS: Final = ("delivered", "found", "missing", "copies", "doubled", "unknown")


def text_lines(result: Reconciliation) -> Iterator[str]:
    """The report for people."""
    period, counts = result.period, result.counts
    yield (
        f"Events of {period.first} to {period.last} (UTC): what stack {printable(result.stack)} "
        f"delivered, and what Mixpanel's project {result.project} has."
    )
    yield ""
    for name, meaning in MEANINGS.items():
        if (count := getattr(counts, name)) or name in ALWAYS:
            yield f"{LABELS.get(name, name):<13}{count:>12,}  {meaning}"
    yield ""
    yield verdict(result)
    yield from notes(result)
    if counts.unknown:
        yield ""
        yield "The unknown ones:"
        yield from unknown_lines(counts)


def verdict(result: Reconciliation) -> str:
    """The completeness, in a sentence."""
    counts = result.counts
    if not result.has_all_receipts:
        return (
            f"NOT CONCLUSIVE: the log is kept for {result.kept_days} days (LogRetentionDays), and "
            f"does not have all receipts since {result.period.first} any more."
        )
    if not counts.judged:
        return "NOT CONCLUSIVE: no delivered event of these days must be in Mixpanel yet."
    if not result.is_conclusive:
        names = " and ".join(result.dynamic_settings)
        return (
            f"NOT CONCLUSIVE: events can name their project (dynamic: {names}), and the receipts "
            "are of all projects. What is missing here may be in another one."
        )
    found = f"{counts.found:,} of {counts.judged:,} events"
    later = f"; {counts.too_new:,} are too new to say" if counts.too_new else ""
    return f"{result.completeness:.4f} % complete: {found} are in Mixpanel{later}."


def notes(result: Reconciliation) -> Iterator[str]:
    """What to know, and what to do."""
    counts = result.counts
    if counts.missing:
        yield (
            "Missing events can be those of users who were deleted since: compare with "
            f"rudder-mixpanel regulation list --stack {result.stack}. A drop filter of the project "
            "excludes events, too."
        )
        yield (
            "--missing prints their hashes: rudder-mixpanel where --since "
            f"{result.period.first} -- HASH tells when one was delivered."
        )
    if counts.doubled:
        yield (
            "Doubled rows are counted twice by Mixpanel: something else sends the same events, or "
            "the mapping was changed between two deliveries. --doubled prints the hashes of these "
            "events, as --missing does."
        )
    if counts.shifted and not result.has_zone:
        yield (
            f"{counts.shifted:,} rows have another day than their receipts. If the project was "
            "created before 2023, repeat this with --time-zone: some of the unknown rows are "
            "events of the days around."
        )
    if not counts.delivered and (counts.unknown or counts.unknown_too_new):
        yield "No receipts were found, although Mixpanel has events: is this the right stack?"


def unknown_lines(counts: Counts) -> Iterator[str]:
    """The unknown events by their names, and by what sent them."""
    for (name, sender), count in counts.unknown_events.most_common(SHOWN_NAMES):
        sent_by = f" (sent by {printable(sender)})" if sender else ""
        yield f"{count:>12,}  {printable(name)}{sent_by}"
    if (rest := len(counts.unknown_events) - SHOWN_NAMES) > 0:
        yield f"              and {rest:,} other names"


def as_json(result: Reconciliation) -> dict[str, Any]:
    """The report for programs."""
    period, counts = result.period, result.counts
    return {
        "stack": result.stack,
        "project": result.project,
        "from": str(period.first),
        "to": str(period.last),
        "conclusive": result.is_conclusive,
        "completeness": result.completeness,
        "delivered": counts.delivered,
        "found": counts.found,
        "missing": counts.missing,
        "tooNew": counts.too_new,
        "rows": counts.rows,
        "copies": counts.copies,
        "doubled": counts.doubled,
        "unknown": counts.unknown,
        "unknownTooNew": counts.unknown_too_new,
        "identityEvents": counts.identity_events,
        "otherDay": counts.shifted,
        "unknownEvents": [
            {"event": name, "sender": sender, "count": count}
            for (name, sender), count in counts.unknown_events.most_common(SHOWN_NAMES)
        ],
    }
