"""Clocks stand still until they are advanced."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.clock import Clock, SharedClock

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "file"])
def clock(request: pytest.FixtureRequest, tmp_path: Path) -> Clock:
    """Each of the two clocks."""
    return Clock(NOW) if request.param == "memory" else SharedClock(NOW, tmp_path / "clock")


def test_clock_stands_still(clock: Clock) -> None:
    """It shows the time it was set to."""
    assert (clock(), clock(), clock.milliseconds) == (NOW, NOW, 1_798_761_600_000)


def test_clock_advances_by_fractions_of_seconds(clock: Clock) -> None:
    """As far as a test says."""
    clock.advance(1.5)
    assert clock.milliseconds == 1_798_761_601_500


def test_time_is_shown_in_a_file(clock: Clock, tmp_path: Path) -> None:
    """From which another process reads it."""
    clock.show_in(tmp_path / "now")
    assert datetime.fromisoformat((tmp_path / "now").read_text()) == NOW


def test_shared_clock_shows_what_another_process_wrote(tmp_path: Path) -> None:
    """Two clocks on one file are one, and so is the file that it is shown in."""
    first = SharedClock(NOW, tmp_path / "clock")
    first.show_in(tmp_path / "now")
    SharedClock(NOW, tmp_path / "clock").advance(60)
    shown = datetime.fromisoformat((tmp_path / "now").read_text())
    assert (first() - NOW).total_seconds() == 60
    assert shown == first()
