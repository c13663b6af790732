"""Every edit of what Mixpanel has is found, and nothing else is reported."""

from functools import cache

import pytest

from rudder_mixpanel.destination.destination import Destination
from tests.build import destination
from tests.unit.cli.compare.delivered import CALLS, SENT_BY_RUDDERSTACK
from tests.unit.cli.compare.edits import CHANGED, REMOVED, SEEDED, Seeded, drop, of, put
from tests.unit.cli.compare.sides import (
    Row,
    compared,
    edited,
    explained,
    row_of,
    rows_sent_here,
    unexplained,
)

PLAIN = destination(groupKeySettings=["company"])
PRESET = destination(groupKeySettings=["company"], compatibility="rudderstack")
SIMPLIFIED = destination(groupKeySettings=["company"], identityMergeApi="simplified")
BY_RUDDERSTACK = [row_of(payload) for payload in SENT_BY_RUDDERSTACK]
# The rows that RudderStack or this stack has sent, and the destination that is compared.
ORIGINS = {
    "sent by RudderStack": (BY_RUDDERSTACK, PLAIN),
    "sent by RudderStack, with the preset": (BY_RUDDERSTACK, PRESET),
    "sent here": (rows_sent_here(CALLS, PLAIN), PLAIN),
    "sent here, with the preset": (rows_sent_here(CALLS, PRESET), PRESET),
}
# With simplified ID merge, an event has both ids.
OF_SIMPLIFIED: dict[str, Seeded] = {
    "ids swapped": Seeded(
        put(**{"$user_id": "d-7", "$device_id": "u-7"}), of("$user_id") | of("$device_id")
    ),
    "$device_id missing": Seeded(drop("$device_id"), of("$device_id", REMOVED)),
    "$device_id with a prefix": Seeded(put(**{"$device_id": "$device:d-7"}), of("$device_id")),
    "distinct_id of the device": Seeded(put(distinct_id="$device:d-7"), of("distinct_id")),
    "prefix missing": Seeded(
        lambda rows: rows[2]["properties"].update(distinct_id="d-8"), of("distinct_id")
    ),
    "null for a device": Seeded(put(**{"$device_id": None}), of("$device_id", CHANGED)),
}


def test_there_are_enough_kinds() -> None:
    """Of every kind that a mapping could get wrong."""
    assert len(SEEDED) + len(OF_SIMPLIFIED) >= 70


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("seeded", SEEDED.values(), ids=SEEDED)
def test_edit_is_found_and_nothing_else(seeded: Seeded, origin: str) -> None:
    """It is never explained away; what is explained is the same as without it."""
    rows, to = ORIGINS[origin]
    check(seeded, rows, to, explained_of(origin))


@cache
def explained_of(origin: str) -> frozenset[tuple[str, str, str]]:
    """What is explained without an edit."""
    rows, to = ORIGINS[origin]
    return frozenset(explained(compared(CALLS, rows, to)))


@pytest.mark.parametrize("seeded", OF_SIMPLIFIED.values(), ids=OF_SIMPLIFIED)
def test_edit_of_ids_is_found_with_simplified_id_merge(seeded: Seeded) -> None:
    """Of the ids of a user and a device."""
    check(seeded, rows_sent_here(CALLS, SIMPLIFIED), SIMPLIFIED, frozenset())


@pytest.mark.parametrize("origin", ORIGINS)
def test_edit_of_a_merge_is_found(origin: str) -> None:
    """Without an id of its own, a merge of other users is another event."""
    rows, to = ORIGINS[origin]
    account = compared(CALLS, edited(rows, merge_others), to)
    found = (unexplained(account), account.missing, account.others)
    is_without_id = rows[3]["properties"].get("$insert_id") is None
    assert found == (
        ([], 1, 1) if is_without_id else ([("properties.$distinct_ids[]", CHANGED)], 0, 0)
    )


def merge_others(rows: list[Row]) -> None:
    """Let the merge be one of other users."""
    rows[3]["properties"]["$distinct_ids"] = ["u-7", "d-8"]


def check(
    seeded: Seeded, rows: list[Row], to: Destination, expected: frozenset[tuple[str, str, str]]
) -> None:
    """Check what a comparison finds of edited rows."""
    account = compared(CALLS, edited(rows, seeded.edit), to)
    assert set(unexplained(account)) == seeded.found
    assert (account.missing, account.others, account.copies, account.doubled) == (
        seeded.missing,
        seeded.others,
        seeded.copies,
        seeded.doubled,
    )
    others = {found for found in explained(account) if found[0] != "unexplained"}
    assert others <= expected
