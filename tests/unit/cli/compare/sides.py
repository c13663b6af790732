"""Both sides of comparisons in tests: calls, Mixpanel's rows, and what is found."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, tzinfo
from typing import Any

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel_cli.compare.account import Account
from rudder_mixpanel_cli.compare.comparing import Comparison
from rudder_mixpanel_cli.compare.expected import expected_of
from rudder_mixpanel_cli.compare.rules import UNEXPLAINED
from tests.build import destination

# 2026-12-31T12:00:00Z, when every call of these tests is received.
ARRIVAL = 1_798_718_400_000
LOCATION = {"$city": "Ashburn", "$region": "Virginia", "mp_country_code": "US"}

type Row = dict[str, Any]


def row_of(payload: Row, arrival: int = ARRIVAL) -> Row:
    """The row of the export for an event that was sent, as docs/emulator.md describes it."""
    sent = deepcopy(payload["properties"])
    sent.pop("token", None)
    located = LOCATION if sent.pop("ip", None) else {}
    written = {
        "$import": True,
        "$mp_api_endpoint": "api.mixpanel.com",
        "$mp_api_timestamp_ms": arrival,
        "mp_processing_time_ms": arrival + 250,
        "$mp_event_size": 512,
    }
    return {
        "event": payload["event"],
        "properties": {"time": arrival, **located, **sent, **written},
    }


def rows_sent_here(calls: Iterable[Any], to: Destination) -> list[Row]:
    """The rows of what this stack sends."""
    return [row_of(payload) for call in calls for payload in expected_of(call, to, ARRIVAL).events]


def compared(
    calls: Iterable[Any],
    rows: Iterable[Row],
    to: Destination | None = None,
    zone: tzinfo = UTC,
    *,
    show_values: bool = False,
) -> Account:
    """What a comparison finds."""
    comparison = Comparison(to or destination(), now=ARRIVAL, zone=zone, show_values=show_values)
    with comparison.index:
        for call in calls:
            comparison.add_message(call)
        for row in rows:
            comparison.add_held(row["event"], row["properties"])
        return comparison.run()


def unexplained(account: Account) -> list[tuple[str, str]]:
    """The path and the change of each difference without an explanation."""
    findings = account.findings.counts
    return [(each.path, each.change) for each in findings if each.key == UNEXPLAINED]


def explained(account: Account) -> dict[tuple[str, str, str], int]:
    """How many events have each difference that Mixpanel did not make, by what explains it."""
    return {
        (each.key or "unexplained", each.path, each.change): count
        for each, count in account.findings.counts.items()
        if not each.is_of_mixpanel
    }


def keys_of(account: Account) -> set[str]:
    """The keys of what explains the differences that Mixpanel did not make."""
    return {key for key, _, _ in explained(account)}


def absent(account: Account) -> dict[str, int]:
    """How many events Mixpanel does not have, by the key of what explains it."""
    counts = account.absent.counts
    return {key or "missing": count for key, count in counts.items()}


def by_name(rows: list[Row], name: str) -> Row:
    """The first row of this name."""
    return next(row for row in rows if row["event"] == name)


def edited(rows: Iterable[Row], edit: Callable[[list[Row]], object]) -> list[Row]:
    """A copy of rows after an edit."""
    copies = deepcopy(list(rows))
    edit(copies)
    return copies
