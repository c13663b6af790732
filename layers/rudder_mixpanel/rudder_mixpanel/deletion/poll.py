"""Polls tasks at Mixpanel until they end, and the tasks that conflict with ours."""

from typing import Final

from rudder_mixpanel.deletion.failure import complete, request_again
from rudder_mixpanel.deletion.step import FIRST_WAIT, Step
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater, TaskStatus
from rudder_mixpanel.mixpanel.transport import LONGEST
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.task import REVOCABLE, Task

SECONDS_A_DAY: Final = 86_400
# How long Mixpanel may not know a task before it is requested again.
UNKNOWN_FOR: Final = 2 * SECONDS_A_DAY
# Seconds by which Mixpanel's clock may differ from ours.
SKEW: Final = 120
# The longest interval between two polls of a task; at first it equals the task's age.
LONGEST_INTERVAL: Final = SECONDS_A_DAY // 4
CONFLICT_INTERVAL: Final = LONGEST_INTERVAL // 6
# Conflicts that turned out to be over, after which the next request is sent at once.
MOST_AT_ONCE: Final = 3
# The statuses of a task that has not ended.
RUNNING: Final = frozenset({"PENDING", "STAGING", "STARTED"})
# The statuses of a task that has ended; any other means that Mixpanel does not know the task.
ENDED: Final = frozenset({"SUCCESS", "FAILURE", "REVOKED"})


def poll_task(step: Step, task: Task) -> bool:
    """Read the status of a task."""
    ids = step.chunk.ids_of(task)
    result = step.request(lambda mixpanel: mixpanel.task_status(task.task_id, ids))
    if isinstance(result, RetryLater):
        step.postpone(task, result)
    else:
        apply_status(step, task, result)
    step.save()
    return True


def apply_status(step: Step, task: Task, result: TaskStatus) -> None:
    """Update a task by its status at Mixpanel."""
    now, status = step.now, result.status
    if status != task.status:
        task.note(now, f"Mixpanel says of task {task.task_id}: {status}.")
    task.status, task.attempts = status, 0
    task.due = now + min(max(now - task.requested_at, FIRST_WAIT), LONGEST_INTERVAL)
    if status in RUNNING:
        task.unknown_at = 0
        # What has started cannot have been revoked.
        task.revoking = task.revoking and status in REVOCABLE
    elif status == "SUCCESS":
        complete(step, task)
    elif status in ENDED or task.is_unknown_for(UNKNOWN_FOR, now):
        apply_failure(step, task, result)


def apply_failure(step: Step, task: Task, result: TaskStatus) -> None:
    """Update a task that ended without a deletion."""
    if task.adopted:
        # Another request's task has ended: now we request our own.
        task.leave_mixpanel()
        task.due = step.now
    elif result.status == "REVOKED" and task.revocation_sent:
        # We asked for that; only the response was lost, perhaps long ago.
        step.mark_revoked(task)
    else:
        request_again(step, task, failure(task, result))


def failure(task: Task, result: TaskStatus) -> str:
    """Why a task has failed, as the report says it, in Mixpanel's words if it has any."""
    match result.status:
        case "REVOKED":
            return f"Task {task.task_id} was called off by somebody else."
        case "FAILURE":
            words = f", saying: {result.words}" if result.words else ""
            return f"Mixpanel has failed to carry out task {task.task_id}{words}."
        case _:
            return f"Mixpanel has not known task {task.task_id} for two days."


def inspect_conflict(step: Step, task: Task) -> bool:
    """Read the status of the first conflicting task.

    It may be our own, whose response was lost. One that was requested after our users were
    suppressed deletes everything about them, and is as good as ours. An older one may leave
    something behind: it has to end before ours is requested.
    """
    conflict = next(iter(task.conflicts), "")
    if not conflict:
        # What Mixpanel calls over, it may name in the next conflict again.
        task.conflicts_over += 1
        wait = FIRST_WAIT * (task.conflicts_over // MOST_AT_ONCE)
        task.state, task.due = RegulationState.WAITING, step.now + min(wait, CONFLICT_INTERVAL)
        task.clear_unanswered(step.now)
        step.save()
        return True
    result = step.request(lambda mixpanel: mixpanel.task_status(conflict, []))
    if isinstance(result, RetryLater):
        step.postpone(task, result)
    else:
        resolve_conflict(step, task, conflict, result)
    step.save()
    return True


def resolve_conflict(step: Step, task: Task, conflict: str, result: TaskStatus) -> None:
    """Follow a conflicting task as our own, adopt it, wait for it, or go on to the next one."""
    chunk, now = step.chunk, step.now
    task.attempts = 0
    may_be_own = may_be_own_task(chunk, task, result)
    if may_be_own and step.dependencies.repository.claim(conflict, chunk.id):
        follow_own_task(task, conflict, result, now)
    elif result.status not in RUNNING:
        task.note(now, f"Mixpanel says of the other task {conflict}: {result.status}.")
        task.conflicts = task.conflicts[1:]
        task.due = now
    else:
        # Mixpanel runs one task a user: while another request's task runs, there is none of ours.
        task.clear_unanswered(now)
        task.due = now + CONFLICT_INTERVAL
        if result.requested >= chunk.effective_at + SKEW:
            adopt_task(step, task, conflict, result)


def follow_own_task(task: Task, task_id: str, result: TaskStatus, now: int) -> None:
    """Record that a conflicting task was created by our own request."""
    if result.requested > task.requested_at + LONGEST + SKEW:
        # A later request of ours created it; the first one's task may have ended already.
        task.clear_unanswered(now)
    task.state, task.task_id, task.status = RegulationState.REQUESTED, task_id, result.status
    task.conflicts, task.due, task.unanswered = [], now, False
    task.note(now, f"Task {task_id} was created by an earlier request of this stack.")


def adopt_task(step: Step, task: Task, task_id: str, result: TaskStatus) -> None:
    """Let another request's task count for those of our users whose ids it deletes."""
    chunk, now = step.chunk, step.now
    covered = [
        member for member in task.members if result.ids.issuperset(chunk.ids_in(task, member))
    ]
    if covered:
        adopted = chunk.split(task, covered, RegulationState.REQUESTED, now + FIRST_WAIT)
        adopted.task_id, adopted.status, adopted.adopted = task_id, result.status, True
        adopted.requested_at = result.requested
        adopted.note(now, f"Task {task_id} counts: it was requested after the suppression.")


def may_be_own_task(chunk: Chunk, task: Task, result: TaskStatus) -> bool:
    """Whether an unanswered request of ours may have created a task, by its ids and its time."""
    earliest = max(task.requested_at - SKEW, chunk.effective_at)
    return (
        task.unanswered
        and result.ids == frozenset(chunk.ids_of(task))
        and earliest <= result.requested <= task.unanswered_at + LONGEST + SKEW
    )
