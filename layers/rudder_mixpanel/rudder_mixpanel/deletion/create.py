"""Creates tasks: asks Mixpanel to delete the users of a task."""

from collections.abc import Sequence
from typing import Final

from rudder_mixpanel.deletion.failure import complete, request_less
from rudder_mixpanel.deletion.profiles import ids_to_delete, profiles_deleted, prove_token
from rudder_mixpanel.deletion.step import FIRST_WAIT, LONGEST_WAIT, Step
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import (
    Invalid,
    ProfilesDeleted,
    RetryLater,
    TaskConflict,
    TaskCreated,
)
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.task import Task

# Conflicting tasks that a note names.
MOST_NAMED: Final = 5

type CreationResult = TaskCreated | ProfilesDeleted | TaskConflict | Invalid | RetryLater


def create_task(step: Step, task: Task) -> bool:
    """Request a deletion, after what this stack itself stores about the users is deleted.

    The attempt is written first, so that a crash is followed by a retry.

    If the first request was carried out, Mixpanel responds to the retry with 409 and its task.
    """
    if leaving := leaving_members(step.chunk, task):
        step.chunk.remove_canceled(task, leaving, step.now)
    if not task.members:
        step.save()
        return True
    mixpanel = step.mixpanel()
    if isinstance(mixpanel, RetryLater):
        step.postpone(task, mixpanel)
        step.save()
        return True
    if uses_engage(task, mixpanel) and not prove_token(step, task, mixpanel):
        return True
    step.erase_profile_times(task)
    send_request(step, task, mixpanel)
    return True


def leaving_members(chunk: Chunk, task: Task) -> list[str]:
    """The members of a task for whom it is not requested, since they have cancelled.

    A revoked or adopted task may still hold somebody who cancelled meanwhile. Of somebody with a
    task for each id, another one may have to be revoked before the cancellation is carried out.
    """
    gone = chunk.canceled.keys() if task.may_exist_unknown else chunk.canceled | chunk.cancelling
    return [member for member in task.members if member in gone]


def uses_engage(task: Task, mixpanel: DeletionClient) -> bool:
    """Whether profiles are deleted directly, as the settings say.

    The outcome of an unanswered request can only be learned from the API that received it.
    """
    is_unanswered = task.unanswered or task.state is RegulationState.CREATING
    return task.by_engage if is_unanswered and not task.by_engage else not mixpanel.settings.by_task


def send_request(step: Step, task: Task, mixpanel: DeletionClient) -> None:
    """Record the attempt, send it, and record its result."""
    record_attempt(task, mixpanel, step.now)
    if not step.dependencies.repository.save(step.chunk):
        # A cancellation was requested meanwhile; it comes first.
        return
    ids = ids_to_delete(step.chunk, task)
    if task.by_engage:
        follow = task.follows_aliases
        result: CreationResult = step.perform(
            lambda: mixpanel.delete_profiles(ids, follow_aliases=follow)
        )
    else:
        result = step.perform(lambda: mixpanel.create_task(ids))
    apply_creation(step, task, result)
    step.save()


def record_attempt(task: Task, mixpanel: DeletionClient, now: int) -> None:
    """Record that the deletion is requested now, of which project, and by which API."""
    by_engage = uses_engage(task, mixpanel)
    if task.state is RegulationState.CREATING:
        task.unanswered, task.unanswered_at = True, task.sent_at
    if not task.unanswered:
        task.requested_at = now
    settings = mixpanel.settings
    task.sent_at, task.by_engage = now, by_engage
    task.follows_aliases = task.follows_aliases and by_engage
    task.project, task.region = settings.project, settings.region
    task.law = "" if by_engage else settings.compliance_type
    task.state, task.due = RegulationState.CREATING, now + FIRST_WAIT
    task.note(now, description(task))


def description(task: Task) -> str:
    """What a request asks for, as the report says it."""
    again = repetition(task)
    if not task.by_engage:
        return f"Mixpanel was asked{again} to delete the profile and all events."
    if task.follows_aliases:
        return "Mixpanel was asked to delete the profile that the userId is an alias of, if any."
    return f"Mixpanel was asked{again} to delete the profile."


def repetition(task: Task) -> str:
    """Which request for the same users this is: each has a note, and so a date, of its own."""
    if task.is_part:
        return " once more, for fewer ids," if task.failures_alone else " again, for fewer ids,"
    if task.failures or task.failures_alone:
        return " again, after a failure,"
    return " again, for those who stay," if task.restarted else ""


def apply_creation(step: Step, task: Task, result: CreationResult) -> None:
    """Update a task by Mixpanel's response to the request for a deletion."""
    match result:
        case TaskCreated(task_id):
            record_created(step, task, task_id)
        case ProfilesDeleted():
            profiles_deleted(step, task)
            if task.state is not RegulationState.WAITING:
                complete(step, task)
        case TaskConflict():
            split_conflicting(step, task, result)
        case Invalid(why):
            request_less(step, task, f"Mixpanel rejected the request: {why}")
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
    task.note(now, f"Mixpanel accepted the deletion as task {task_id}.")


def split_conflicting(step: Step, task: Task, conflict: TaskConflict) -> None:
    """Let the users in conflict wait for the conflicting tasks, and request the others again."""
    chunk, now = step.chunk, step.now
    named = {
        member for member in task.members if not conflict.ids.isdisjoint(chunk.ids_in(task, member))
    }
    by = f"task {shorten_list(conflict.tasks)}" if conflict.tasks else "a task without a name"
    task.note(now, f"Mixpanel is already deleting somebody of this request, by {by}.")
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
