"""What is sorted on the disk has no name there, and its size is bounded by the disk alone."""

from pathlib import Path

import pytest

from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.reconcile.matching import DeliveredEvent
from rudder_mixpanel_cli.reconcile.sorting import SortedEvents, sorted_events

COUNT = 300_000
DAYS = range(1, 2)


def fill(events: SortedEvents) -> None:
    """Add more receipts than the memory for them holds, in the reverse order."""
    events.add_delivered(DeliveredEvent(f"{number:012}", 1, 0) for number in range(COUNT, 0, -1))


def test_file_is_gone_when_the_process_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it ends: no file in the folder has a name."""
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with sorted_events() as events:
        fill(events)
        hashes = [event.hash for event in events.delivered(DAYS)]
        assert (hashes == sorted(hashes), len(hashes), list(tmp_path.iterdir())) == (
            True,
            COUNT,
            [],
        )


def test_full_disk_is_an_error() -> None:
    """It says which variable names another folder."""
    with pytest.raises(CommandError, match="full; set SQLITE_TMPDIR"):
        fill_small_disk()


def fill_small_disk() -> None:
    """Fill a disk that has room for some receipts."""
    with sorted_events() as events:
        events.database.execute("PRAGMA max_page_count = 100")
        fill(events)
