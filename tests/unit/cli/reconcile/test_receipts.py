"""Receipts are read from lines of the log, and one that is not whole is an error."""

import json

import pytest

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.reconcile.matching import DeliveredEvent
from rudder_mixpanel_cli.reconcile.receipts import events_in

HASHES = [receipt_hash(text) for text in "abc"]


def test_lists_of_events_are_read() -> None:
    """By day; other lists are not about events in Mixpanel."""
    fields = {
        "message": "receipts",
        "delivered": {"1970-01-03": HASHES[0] + HASHES[1]},
        "partly_delivered": {"1970-01-04": HASHES[2]},
        "merged": {"1970-01-03": HASHES[2]},
        "partly_merged": {"1970-01-03": HASHES[2]},
        "updated": HASHES[0],
        "records": {"delivered": HASHES[0]},
    }
    line = {"timestamp": 7, "message": json.dumps(fields)}
    assert list(events_in(line)) == [
        DeliveredEvent(HASHES[0], 2, 7),
        DeliveredEvent(HASHES[1], 2, 7),
        DeliveredEvent(HASHES[2], 3, 7),
    ]


@pytest.mark.parametrize(
    "message", ["START RequestId", '{"message": "batch processed"}', '{"message": ["receipts"]}']
)
def test_other_lines_have_no_receipts(message: str) -> None:
    """Although the word may be in them."""
    assert list(events_in({"timestamp": 7, "message": message})) == []


@pytest.mark.parametrize(
    "message",
    [
        '{"message": "receipts", "delivered": {"2026-11',
        '{"message": "receipts", "delivered": {"2026-11-26": "short"}}',
        '{"message": "receipts", "delivered": {"yesterday": "abcdefghijkl"}}',
        '{"message": "receipts", "delivered": {"2026-11-26": 1}}',
        '{"message": "receipts", "delivered": [1]}',
    ],
)
def test_receipts_that_cannot_be_read_are_an_error(message: str) -> None:
    """A count without them would be wrong."""
    with pytest.raises(CommandError, match="receipts that cannot be read, of 1970-01-01 00:00:00"):
        list(events_in({"timestamp": 7, "message": message}))
