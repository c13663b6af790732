"""A backfill delays live events by no more than one of its batches."""

from pathlib import Path

from rudder_mixpanel_cli.backfill.pace import Pace
from tests.simulation.backfill import BackfilledQueue, old_messages
from tests.simulation.failures import Failures
from tests.simulation.simulation import Simulation
from tests.simulation.traffic import CONFIG

COUNT = 25_000


class NoPace(Pace):
    """Sends as fast as it can."""

    def acquire(self, weight: int) -> bool:  # noqa: ARG002 - as in Pace
        """Send."""
        return True


def backfilled(tmp_path: Path, *, paced: bool) -> BackfilledQueue:
    """A backfill beside live events, delivered to its end."""
    queue = BackfilledQueue(Simulation(CONFIG, Failures()), tmp_path / "checkpoint")
    pace = None if paced else NoPace(queue.look, queue.wait)
    queue.backfill(old_messages(COUNT), pace)
    while len(queue.simulation.events):
        queue.wait(1)
    return queue


def test_live_events_wait_no_longer_than_one_batch_of_a_backfill(tmp_path: Path) -> None:
    """The one that is being delivered, and the one in which they are themselves."""
    queue = backfilled(tmp_path, paced=True)
    assert (
        sum(queue.batches) == COUNT + queue.live,
        len(queue.waits) >= queue.live - 1,
        max(queue.waits) <= 2 * queue.longest_batch,
    ) == (True, True, True)


def test_without_a_pace_they_would_wait_for_all_of_it(tmp_path: Path) -> None:
    """The claim above is about the pace, and not about this simulation."""
    queue = backfilled(tmp_path, paced=False)
    assert max(queue.waits) > 2 * queue.longest_batch
