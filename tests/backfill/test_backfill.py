"""A backfill that is killed and resumed, or repeated, loses nothing and counts nothing twice."""

import json
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from rudder_mixpanel_cli.errors import INTERRUPTED
from tests.backfill.system import BackfillSystem
from tests.backfill.trial import KilledBackfill

COUNT = 2000
OPTIONS = ("--counters", "--profiles", "once", "--rate", "2000")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[BackfillSystem]:
    """A stack for the command."""
    with BackfillSystem(tmp_path) as system:
        yield system


@pytest.fixture
def backfill(system: BackfillSystem) -> KilledBackfill:
    """A backfill of 2,000 events."""
    now = system.sqs.clock() - timedelta(seconds=1)
    trial = KilledBackfill(system, COUNT, now, Random(7))  # noqa: S311 - reproducible
    trial.prepare()
    return trial


def test_a_killed_backfill_goes_on_and_a_repeat_changes_nothing(backfill: KilledBackfill) -> None:
    """Killed three times and resumed, then sent again from the start."""
    result = backfill.run(3, *OPTIONS)
    first = list(backfill.discrepancies())
    again = backfill.run(0, *OPTIONS, "--restart")
    assert (
        (result["status"], result["read"], result["finished"], first),
        (again["status"], again["sent"], list(backfill.discrepancies())),
        backfill.copies_of_each >= 2,
    ) == ((0, COUNT, True, []), (0, COUNT, []), True)


def test_ctrl_c_stops_a_backfill_which_then_goes_on(backfill: KilledBackfill) -> None:
    """It says how; nothing is asked again, and nothing is missing in the end."""
    words = (*OPTIONS[:-1], "500")
    process = backfill.system.start_command(*words)
    backfill.wait_for_progress(process, "")
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    stopped = json.loads(out)
    result = backfill.run(0, *words[:-1], "5000")
    assert (
        (process.returncode, stopped["finished"], 0 < stopped["read"] < COUNT),
        "run the same command again to go on" in error,
        (result["status"], result["read"], list(backfill.discrepancies())),
    ) == ((INTERRUPTED, False, True), True, (0, COUNT, []))
