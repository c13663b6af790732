"""Creates tasks: asks Mixpanel to delete the users of a task."""

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
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.task import Task

# Conflicting tasks that a note names.
MOST_NAMED: Final = 5

type CreationResult = TaskCreated | ProfilesDeleted | TaskConflict | Invalid | RetryLater


def create_task(step: Step, task: Task) -> bool:
    """Request a deletion; the attempt is written first, so that a crash is followed by a retry.

    If the first request was carried out, Mixpanel responds to the retry with 409 and its task.
    """
    # A revoked or adopted task may still hold regulations that were cancelled meanwhile.
    if canceled := [member for member in task.members if member in step.chunk.canceled]:
        step.chunk.remove_canceled(task, canceled, step.now)
    if not task.members:
        step.save()
        return True
    mixpanel = step.mixpanel()
    if isinstance(mixpanel, RetryLater):
        step.postpone(task, mixpanel)
        step.save()
        return True
    send_request(step, task, mixpanel)
    return True


def send_request(step: Step, task: Task, mixpanel: DeletionClient) -> None:
    """Record the attempt, send it, and record its result."""
    record_attempt(task, mixpanel, step.now)
    if not step.dependencies.repository.save(step.chunk):
        # A cancellation was requested meanwhile; it comes first.
        return
    ids = step.chunk.ids_of(task)
    send = mixpanel.delete_profiles if task.by_engage else mixpanel.create_task
    apply_creation(step, task, step.perform(lambda: send(ids)))
    step.save()


def record_attempt(task: Task, mixpanel: DeletionClient, now: int) -> None:
    """Record that the deletion is requested now, by the API that the settings name."""
    if task.state is RegulationState.CREATING:
        task.unanswered, task.unanswered_at = True, task.sent_at
    if not task.unanswered:
        task.requested_at = now
    task.sent_at = now
    # The outcome of an unanswered request can only be learned from the API that received it.
    if not task.unanswered or task.by_engage:
        task.by_engage = not mixpanel.settings.by_task
    task.state, task.due = RegulationState.CREATING, now + FIRST_WAIT
    task.note(now, "deletion of profiles requested" if task.by_engage else "deletion requested")


def apply_creation(step: Step, task: Task, result: CreationResult) -> None:
    """Update a task by Mixpanel's response to the request for a deletion."""
    match result:
        case TaskCreated(task_id):
            record_created(step, task, task_id)
        case ProfilesDeleted():
            task.note(step.now, "profiles deleted")
            step.chunk.end(task, RegulationState.COMPLETED)
            step.tally.completed += len(task.members)
        case TaskConflict():
            split_conflicting(step, task, result)
        case Invalid(why):
            task.note(step.now, f"rejected: {why}")
            split_in_halves(step, task)
        case RetryLater(certain=certain):
            if certain:
                task.state = RegulationState.WAITING
            step.postpone(task, result)


def record_created(step: Step, task: Task, task_id: str) -> None:
    """Record the task that Mixpanel has created."""
    now = step.now
    task.clear_unanswered(now)
    step.dependencies.repository.claim(task_id, step.chunk.id)
    task.state, task.task_id, task.status = RegulationState.REQUESTED, task_id, "PENDING"
    task.attempts, task.due = 0, now + FIRST_WAIT
    task.note(now, f"task {task_id} created")


def split_conflicting(step: Step, task: Task, conflict: TaskConflict) -> None:
    """Let the users in conflict wait for the conflicting tasks, and request the others again."""
    chunk, now = step.chunk, step.now
    named = {
        member for member in task.members if not conflict.ids.isdisjoint(chunk.people[member].ids)
    }
    task.note(now, f"conflicts with {shorten_list(conflict.tasks) or 'another deletion'}")
    others = [member for member in task.members if member not in named]
    if named and others:
        # A task of our own would conflict for all of them.
        task.clear_unanswered(now)
        chunk.split(task, others, RegulationState.WAITING, now)
    task.state, task.conflicts = RegulationState.CONFLICTED, list(conflict.tasks)
    task.due = now if conflict.tasks else now + LONGEST_WAIT


def shorten_list(tasks: Sequence[str]) -> str:
    """The ids of the first few tasks, and how many more there are."""
    more = f" and {len(tasks) - MOST_NAMED} more" if len(tasks) > MOST_NAMED else ""
    return ", ".join(tasks[:MOST_NAMED]) + more


def split_in_halves(step: Step, task: Task) -> None:
    """Split a rejected task: it may have too many users for the project, or an invalid one."""
    task.clear_unanswered(step.now)
    if len(task.members) == 1:
        step.chunk.end(task, RegulationState.FAILED)
        step.tally.failed += 1
        return
    task.state, task.due = RegulationState.WAITING, step.now
    second_half = task.members[len(task.members) // 2 :]
    step.chunk.split(task, second_half, RegulationState.WAITING, step.now)
