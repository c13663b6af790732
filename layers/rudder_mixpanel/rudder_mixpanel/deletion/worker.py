"""What is due for regulations is done, one request to Mixpanel after the other."""

from typing import Final

from rudder_mixpanel.deletion.cancel import process_cancellations
from rudder_mixpanel.deletion.create import create_task
from rudder_mixpanel.deletion.poll import inspect_conflict, poll_task
from rudder_mixpanel.deletion.step import DeletionDependencies, Step, Tally
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.model import FINAL, RegulationState

# Milliseconds that one turn takes at most: a request, the rest after it, and the tables.
TIME_FOR_A_STEP: Final = 25_000


def process_due_chunks(world: DeletionDependencies) -> Tally:
    """Do what is due while there is time; the rest is done by whoever is woken for it."""
    tally = Tally()
    stuck: set[str] = set()
    try:
        while world.time_left() > TIME_FOR_A_STEP:
            due = [one for one in world.repository.due(world.now()) if one not in stuck]
            turns = [try_step(one, world, tally, stuck) for one in due]
            # The index may name what is done already: a round without a turn ends the work.
            if not any(turns):
                return tally
        world.wake()
    except TableUnavailable as error:
        tally.tables_unavailable.append(str(error))
    return tally


def try_step(name: str, world: DeletionDependencies, tally: Tally, stuck: set[str]) -> bool:
    """A turn; a chunk that cannot be read or written is stuck, and does not hold up the others."""
    try:
        return take_step(name, world, tally)
    except TableUnavailable as error:
        tally.tables_unavailable.append(str(error))
        stuck.add(name)
        return False


def take_step(name: str, world: DeletionDependencies, tally: Tally) -> bool:
    """Do the next thing for a chunk; whether there was any, and time for it."""
    chunk = world.repository.load(name)
    now = world.now()
    if chunk is None or chunk.due is None or chunk.due > now:
        return False
    if world.time_left() < TIME_FOR_A_STEP:
        return False
    if not chunk.effective_at:
        accept_chunk(chunk, world)
        return True
    done = next_action(Step(world, chunk, tally), now)
    tally.over_age += chunk.over_age(now)
    return done


def next_action(one: Step, now: int) -> bool:
    """Cancel what is to be cancelled, else do what is due longest."""
    chunk = one.chunk
    due = [task for task in chunk.tasks if task.state not in FINAL and task.due <= now]
    # Whether Mixpanel has a task has to be known before anybody can leave it.
    asking = [task for task in due if task.is_asking]
    if any(at <= now for at in chunk.leave_times()) and not asking:
        return process_cancellations(one)
    task = min(asking or due, key=lambda task: task.due)
    match task.state:
        case RegulationState.REQUESTED:
            return poll_task(one, task)
        case RegulationState.CONFLICTED:
            return inspect_conflict(one, task)
        case _:
            return create_task(one, task)
