"""Cancellations one after the other, while Mixpanel takes weeks for each deletion.

A hundred users are requested together, and every few days one of them cancels. The others wait for
no more than one of them.

    python -m tests.simulation.cancellations
"""

import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Final

from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.regulations import FakeRegulationsDependencies

USERS: Final = 100
DAY: Final = 86_400
# Days between two cancellations, in which all others must be deleted, and that are simulated.
EVERY: Final = 3
MOST_DAYS: Final = 45
LAST_DAY: Final = 90
# Days that tasks take; several for tasks that differ.
TASKS: Final = ((5,), (12,), (20,), (5, 12, 20), tuple(range(5, 21)))
# Hours after the request at which the first user cancels: within a day its task is called off.
FIRST: Final = (0, 12, 23, 48)


@dataclass(frozen=True, slots=True)
class CancellationOutcome:
    """What became of those who did not cancel, and how often any of them was restarted."""

    canceled: int
    completed: int
    last_day: float
    most_restarts: int

    @property
    def is_bounded(self) -> bool:
        """Whether all others were deleted in time, and none of them was restarted twice."""
        is_complete = self.canceled + self.completed == USERS
        return is_complete and self.last_day <= MOST_DAYS and self.most_restarts <= 1


def simulate_cancellations(
    task_days: tuple[int, ...], first: int, *, seed: int = 0
) -> CancellationOutcome:
    """Request the users, cancel one after the other, and see what becomes of the rest."""
    random = Random(seed)  # noqa: S311 - reproducible
    fakes = FakeRegulationsDependencies()
    begin = fakes.time
    users = [f"user-{number}" for number in range(USERS)]
    regulations = [each["id"] for each in fakes.create_regulations([{"userId": u} for u in users])]
    leaving: list[str] = []
    next_at, last_day = begin + timedelta(hours=first), 0.0
    while fakes.time < begin + timedelta(days=LAST_DAY):
        stage = random.choice(task_days) * DAY / 3
        fakes.project = replace(fakes.project, deletion_stage_seconds=stage)
        if fakes.time >= next_at:
            leaving.append(cancel_next(fakes, regulations, leaving))
            next_at += timedelta(days=EVERY)
        fakes.run_worker()
        if waiting_for(fakes, regulations, leaving):
            last_day = (fakes.time - begin) / timedelta(days=1)
        fakes.time += timedelta(hours=1)
    staying = {user for user, name in zip(users, regulations, strict=True) if name not in leaving}
    return CancellationOutcome(
        len(leaving),
        len(completed(fakes, regulations) - set(leaving)),
        last_day,
        max(restarts(fakes, user) for user in staying),
    )


def cancel_next(
    fakes: FakeRegulationsDependencies, regulations: list[str], leaving: list[str]
) -> str:
    """Cancel the first regulation that is not cancelled yet, and return it."""
    regulation = next(name for name in regulations if name not in leaving)
    fakes.cancel(regulation, fakes.stored_regulations.regulations[regulation])
    return regulation


def completed(fakes: FakeRegulationsDependencies, regulations: list[str]) -> set[str]:
    """The regulations whose users are deleted."""
    [name] = set(fakes.stored_regulations.regulations.values())
    states = fakes.chunk(name).states()
    return {each for each in regulations if states[each] is RegulationState.COMPLETED}


def waiting_for(
    fakes: FakeRegulationsDependencies, regulations: list[str], leaving: list[str]
) -> set[str]:
    """The regulations that are not cancelled, and whose users are not deleted."""
    return set(regulations) - set(leaving) - completed(fakes, regulations)


def restarts(fakes: FakeRegulationsDependencies, user: str) -> int:
    """How many tasks about a user were called off."""
    tasks = fakes.store.tasks.by_id.values()
    return sum(task.status == "REVOKED" and user in task.distinct_ids for task in tasks)


def main() -> int:
    """Print the outcome of each simulation; return 1 if one is not bounded."""
    is_bounded = True
    for days in TASKS:
        for first in FIRST:
            outcome = simulate_cancellations(days, first)
            sys.stdout.write(f"tasks of {days} days, first cancelled after {first} h: {outcome}\n")
            is_bounded &= outcome.is_bounded
    return 0 if is_bounded else 1


if __name__ == "__main__":
    sys.exit(main())
