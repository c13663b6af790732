"""What follows a failed task: it is requested again, in parts, down to the id that is at fault.

A failure can be about one id among two thousand, or about none of them. A task may take weeks, so
that halving would take half a year; two rounds of about the square root of it take a few months at
most, and everybody else is deleted in the meantime.
"""

from itertools import batched
from math import ceil, sqrt
from typing import Final

from rudder_mixpanel.deletion.step import Step
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.task import Task

# Requests for the same users before they are split, or one id is given up; one for each part.
MOST_FAILURES: Final = 2
# Seconds until the next request: what fails everything at Mixpanel for a while ends before anybody
# is given up.
WAIT_FOR_MANY: Final = 3_600
WAIT_FOR_ONE: Final = 86_400


def request_again(step: Step, task: Task, why: str) -> None:
    """Request a failed task again, in parts if it has failed before."""
    task.note(step.now, why)
    task.leave_mixpanel()
    task.clear_unanswered(step.now)
    if len(step.chunk.ids_of(task)) == 1:
        request_alone(step, task)
        return
    task.failures += 1
    if task.failures < (1 if task.is_part else MOST_FAILURES):
        task.due = step.now + WAIT_FOR_MANY
    else:
        for part in split_task(step.chunk, task, 1 if task.is_part else part_size(task)):
            part.is_part, part.failures = True, 0
            part.due = step.now + WAIT_FOR_MANY


def request_alone(step: Step, task: Task) -> None:
    """Request one id once more; what failed together with others says nothing about it."""
    task.failures_alone += 1
    if task.failures_alone < MOST_FAILURES:
        task.due = step.now + WAIT_FOR_ONE
    else:
        give_up(step, task)


def part_size(task: Task) -> int:
    """How many users each part of a task has: about the square root of all."""
    return ceil(len(task.members) / ceil(sqrt(len(task.members))))


def request_less(step: Step, task: Task, why: str) -> None:
    """Halve a request that Mixpanel rejects: it has too many ids, or an invalid one."""
    if len(step.chunk.ids_of(task)) == 1:
        request_again(step, task, why)
        return
    task.note(step.now, why)
    task.clear_unanswered(step.now)
    half = (len(task.members) + 1) // 2
    for part in split_task(step.chunk, task, half):
        part.state, part.due = RegulationState.WAITING, step.now


def split_task(chunk: Chunk, task: Task, size: int) -> list[Task]:
    """Split a task into parts of so many users; one user is split into ids."""
    if len(task.members) == 1:
        return chunk.split_ids(task)
    _, *others = batched(list(task.members), size, strict=False)
    return [
        task,
        *(chunk.split(task, part, RegulationState.WAITING, task.due) for part in others),
    ]


def give_up(step: Step, task: Task) -> None:
    """End a task about one id that Mixpanel does not delete."""
    [member] = task.members
    states = {other.state for other in step.chunk.tasks_of(member)}
    step.tally.failed += RegulationState.FAILED not in states
    step.chunk.end(task, RegulationState.FAILED, step.now)


def complete(step: Step, task: Task) -> None:
    """End a task whose users Mixpanel has deleted."""
    step.chunk.end(task, RegulationState.COMPLETED, step.now)
    unfinished = {
        member
        for other in step.chunk.tasks
        if other.state is not RegulationState.COMPLETED
        for member in other.members
    }
    step.tally.completed += len(set(task.members) - unfinished)
