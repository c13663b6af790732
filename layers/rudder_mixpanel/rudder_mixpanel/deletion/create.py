"""Mixpanel is asked to delete the users of a task."""

from collections.abc import Sequence
from typing import Final

from rudder_mixpanel.deletion.step import FIRST_WAIT, LONGEST_WAIT, Step
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import (
    Invalid,
    ProfilesDeleted,
    RetryLater,
    TaskConflict,
    TaskCreated,
)
from rudder_mixpanel.regulations.model import RegulationState, Task

# Tasks in the way that a note names.
NAMED: Final = 5

type CreationResult = TaskCreated | ProfilesDeleted | TaskConflict | Invalid | RetryLater


def create_task(turn: Step, task: Task) -> bool:
    """Ask, which is written before: a crash is followed by asking again, where a 409 tells."""
    chunk, now = turn.chunk, turn.now
    # Of a task that was another request's, or was called off after all, somebody may have left.
    if lifted := [one for one in task.members if one in chunk.lifted]:
        chunk.leave(task, lifted, now)
    if not task.members:
        turn.save()
        return True
    mixpanel = turn.mixpanel()
    if isinstance(mixpanel, RetryLater):
        turn.postpone(task, mixpanel)
        turn.save()
        return True
    record_attempt(task, mixpanel, now)
    if not turn.dependencies.repository.save(chunk):
        # Somebody wants out of it; that comes first.
        return True
    ids = chunk.ids_of(task)
    ask = mixpanel.delete_profiles if task.by_engage else mixpanel.create_task
    apply_creation(turn, task, turn.perform(lambda: ask(ids)))
    turn.save()
    return True


def record_attempt(task: Task, mixpanel: DeletionClient, now: int) -> None:
    """Say that it will be asked now, by the API that the settings name."""
    if task.state is RegulationState.CREATING:
        task.unclear, task.unheard_at = True, task.tried_at
    if not task.unclear:
        task.asked_at = now
    task.tried_at = now
    # What was asked of the other API, and never answered, is found out there.
    if not task.unclear or task.by_engage:
        task.by_engage = not mixpanel.settings.by_task
    task.state, task.due = RegulationState.CREATING, now + FIRST_WAIT
    task.note(now, "deletion of profiles asked for" if task.by_engage else "deletion asked for")


def apply_creation(turn: Step, task: Task, answer: CreationResult) -> None:
    """Say what has become of a task by Mixpanel's answer."""
    now = turn.now
    match answer:
        case TaskCreated(task_id):
            task.settle_unclear(now)
            turn.dependencies.repository.claim(task_id, turn.chunk.id)
            task.state, task.task_id, task.status = RegulationState.REQUESTED, task_id, "PENDING"
            task.attempts, task.due = 0, now + FIRST_WAIT
            task.note(now, f"task {task_id} created")
        case ProfilesDeleted():
            task.note(now, "profiles deleted")
            turn.chunk.end(task, RegulationState.COMPLETED)
            turn.tally.completed += len(task.members)
        case TaskConflict():
            split_conflicting(turn, task, answer)
        case Invalid(why):
            task.note(now, f"refused: {why}")
            split_task(turn, task)
        case RetryLater(certain=certain):
            if certain:
                task.state = RegulationState.WAITING
            turn.postpone(task, answer)


def split_conflicting(turn: Step, task: Task, conflict: TaskConflict) -> None:
    """Those in conflict wait for the tasks that are in the way; the others are asked for anew."""
    chunk, now = turn.chunk, turn.now
    named = {one for one in task.members if not conflict.ids.isdisjoint(chunk.people[one].ids)}
    task.note(now, f"conflicts with {shorten_list(conflict.tasks) or 'another deletion'}")
    others = [one for one in task.members if one not in named]
    if named and others:
        # A task of ours would be about all of them.
        task.settle_unclear(now)
        chunk.split(task, others, RegulationState.WAITING, now)
    task.state, task.conflicts = RegulationState.CONFLICTED, list(conflict.tasks)
    task.due = now if conflict.tasks else now + LONGEST_WAIT


def shorten_list(tasks: Sequence[str]) -> str:
    """Tasks as a note names them."""
    more = f" and {len(tasks) - NAMED} more" if len(tasks) > NAMED else ""
    return ", ".join(tasks[:NAMED]) + more


def split_task(turn: Step, task: Task) -> None:
    """Ask in halves: they may be too many for the project, or one of them may be at fault."""
    task.settle_unclear(turn.now)
    if len(task.members) == 1:
        turn.chunk.end(task, RegulationState.FAILED)
        turn.tally.failed += 1
        return
    task.state, task.due = RegulationState.WAITING, turn.now
    turn.chunk.split(
        task, task.members[len(task.members) // 2 :], RegulationState.WAITING, turn.now
    )
