"""Works on the chunks that are due, with one request to Mixpanel after the other."""

from typing import Final

from rudder_mixpanel.deletion.cancel import process_cancellations
from rudder_mixpanel.deletion.create import create_task
from rudder_mixpanel.deletion.poll import inspect_conflict, poll_task
from rudder_mixpanel.deletion.step import DeletionDependencies, Step, Tally
from rudder_mixpanel.errors import TableUnavailable, exception_location
from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.model import RegulationState

# The longest time that one step takes, in milliseconds: a request, the pause, and the tables.
TIME_FOR_A_STEP: Final = 25_000


def process_due_chunks(dependencies: DeletionDependencies) -> Tally:
    """Take steps for the chunks that are due while there is time, then wake the function again."""
    tally = Tally()
    stuck: set[str] = set()
    try:
        while dependencies.time_left() > TIME_FOR_A_STEP:
            due = [
                name
                for name in dependencies.repository.due(dependencies.now())
                if name not in stuck
            ]
            progress = [try_step(name, dependencies, tally, stuck) for name in due]
            # The index lags behind the table: a round without progress means that all is done.
            if not any(progress):
                return tally
        dependencies.wake()
    except TableUnavailable as error:
        tally.tables_unavailable.append(str(error))
    return tally


def try_step(name: str, dependencies: DeletionDependencies, tally: Tally, stuck: set[str]) -> bool:
    """Take a step; a chunk whose table fails is stuck for this invocation, and blocks no other."""
    try:
        return take_step(name, dependencies, tally)
    except TableUnavailable as error:
        tally.tables_unavailable.append(str(error))
    except Exception as error:  # noqa: BLE001 - a bug in one chunk must not stop the others
        tally.bugs.append(exception_location(error))
    stuck.add(name)
    return False


def take_step(name: str, dependencies: DeletionDependencies, tally: Tally) -> bool:
    """Do the next thing for a chunk; False when nothing was due, or no time is left.

    Raises TableUnavailable.
    """
    chunk = dependencies.repository.load(name)
    now = dependencies.now()
    if chunk is None or chunk.due is None or chunk.due > now:
        return False
    if dependencies.time_left() < TIME_FOR_A_STEP:
        return False
    tally.chunks.add(name)
    if not chunk.effective_at:
        accept_chunk(chunk, dependencies)
        return True
    if over_age := chunk.count_over_age(now):
        tally.over_age += over_age
        tally.requests_over_age.append(chunk.request_id)
    return take_next_action(Step(dependencies, chunk, tally), now)


def take_next_action(step: Step, now: int) -> bool:
    """Carry out cancellations that are possible, else work on the task that is due longest."""
    chunk = step.chunk
    if any(at <= now for at in chunk.forget_times()):
        chunk.forget_settled(now)
        step.save()
        return True
    due = [task for task in chunk.tasks if not task.is_final and task.due <= now]
    # Whether Mixpanel has a task must be known before a user can leave it.
    unknown = [task for task in due if task.may_exist_unknown]
    if any(at <= now for at in chunk.cancellation_times()) and not unknown:
        return process_cancellations(step)
    task = min(unknown or due, key=lambda task: task.due)
    match task.state:
        case RegulationState.REQUESTED:
            return poll_task(step, task)
        case RegulationState.CONFLICTED:
            return inspect_conflict(step, task)
        case _:
            return create_task(step, task)
