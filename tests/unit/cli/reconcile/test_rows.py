"""What strangers write into events of a project does not stop a reconciliation."""

import json
from typing import Any

import pytest

from rudder_mixpanel_cli.raw_export.exported_event import ExportedEvent
from rudder_mixpanel_cli.raw_export.rows import read_rows
from rudder_mixpanel_cli.reconcile.rows import exported_row
from rudder_mixpanel_cli.reconcile.sorting import sorted_events

TIME = 1_790_000_000_000
HALF = "half \ud800"


@pytest.mark.parametrize(
    ("name", "properties", "shown"),
    [
        (HALF, {}, ("half ?", "", 0)),
        ("a", {"mp_lib": HALF, "$insert_id": HALF, "distinct_id": HALF}, ("a", "half ?", 0)),
        ("a", {"$mp_api_timestamp_ms": -(10**30), "text": HALF}, ("a", "", 0)),
    ],
    ids=["name", "sender and ids", "time"],
)
def test_any_row_is_sorted(
    name: str, properties: dict[str, Any], shown: tuple[str, str, int]
) -> None:
    """Half of a surrogate pair, which JSON can have, and times that no computer has."""
    line = json.dumps({"event": name, "properties": {"time": TIME, **properties}}).encode()
    with sorted_events() as events:
        events.add_exported(exported_row(ExportedEvent.of(row)) for row in read_rows([line]))
        [found] = events.exported()
    assert (found.name, found.sender, found.received) == shown


@pytest.mark.parametrize("name", ["Invited ann@example.com", "Order 10023 paid", "n" * 81])
def test_name_that_may_be_personal_is_not_kept(name: str) -> None:
    """Neither an event's, nor that of what sent it."""
    row = exported_row(ExportedEvent(name, "i", TIME, "u", {"mp_lib": name}))
    assert (row.name, row.sender) == ("(name withheld)", "(name withheld)")
