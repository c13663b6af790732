"""A backfill that is killed at random moments and resumed, and what is wrong afterwards."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.backfill.events import POINTS, buyers, expected_events, write_events
from tests.backfill.system import BackfillSystem, kill

# Every fifth kill comes at any moment, also before something is sent; the others once it is.
ANY_MOMENT: Final = 0.2
LONGEST_START: Final = 3.0
LONGEST_WAIT: Final = 0.3
STARTED: Final = 600.0


@dataclass(slots=True)
class KilledBackfill:
    """A backfill of a number of events with counters, in a system."""

    system: BackfillSystem
    count: int
    now: datetime
    random: Random
    kills: int = 0

    def prepare(self) -> None:
        """Write the events."""
        folder = Path(self.system.folder, "events")
        folder.mkdir()
        write_events(folder, self.count, self.now)

    def run(self, kills: int, *options: str) -> dict[str, Any]:
        """Kill the command this many times while it runs, then let it finish; its result."""
        for _ in range(kills):
            self.kill_once(*options)
        status, result = self.system.finish(*options)
        return {"status": status, **result}

    def kill_once(self, *options: str) -> None:
        """Start the command, and kill it at a random moment."""
        before, process = self.system.checkpoint, self.system.start_command(*options)
        if self.random.random() < ANY_MOMENT:
            time.sleep(self.random.uniform(0, LONGEST_START))
        else:
            self.wait_for_progress(process, before)
            time.sleep(self.random.uniform(0, LONGEST_WAIT))
        self.kills += kill(process)

    def wait_for_progress(self, process: subprocess.Popen[str], before: str) -> None:
        """Wait until the checkpoint is behind a first call, and another one than before."""
        end = time.monotonic() + STARTED
        while time.monotonic() < end and process.poll() is None:
            now = self.system.checkpoint
            if now != before and '"records": 0' not in now and now:
                return
            time.sleep(0.005)

    @property
    def copies_of_each(self) -> float:
        """How often each event arrived, on average."""
        copies = self.system.simulation.copies
        return copies.total() / len(copies)

    def discrepancies(self) -> Iterator[str]:
        """What Mixpanel holds and should not, or should hold and does not."""
        simulation = self.system.simulation
        expected, found = expected_events(self.count, self.now), set(simulation.copies)
        yield from (f"lost: {event}" for event in sorted(expected - found))
        yield from (f"unknown: {event}" for event in sorted(found - expected))
        counted = simulation.counted
        wanted = dict.fromkeys(buyers(self.count, self.now), (POINTS, 1))
        for user in sorted(wanted.keys() | counted.keys()):
            if wanted.get(user) != counted.get(user):
                yield f"{user} has {counted.get(user)}, expected {wanted.get(user)}"
        waiting = len(simulation.rejected) + len(simulation.dead)
        if waiting:
            yield f"{waiting} messages in the rejected queue or among the dead letters"
