"""Carries out cancellations: lifts suppressions, and revokes tasks where that is possible."""

from dataclasses import replace
from typing import Final

from rudder_mixpanel.deletion.step import FIRST_WAIT, LONGEST_RETRY_AFTER, LONGEST_WAIT, Step
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater, TaskRevoked, TaskStatus
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.task import REVOCABLE, Task

# It cannot in one of these; any other means that it does not know the task for the moment.
TOO_LATE: Final = frozenset({"STARTED", "SUCCESS", "FAILURE"})
# The states of a task that a user can leave without revoking it.
NOT_AT_MIXPANEL: Final = frozenset(
    {RegulationState.WAITING, RegulationState.CONFLICTED, RegulationState.CREATING}
)


def process_cancellations(step: Step) -> bool:
    """Lift the suppressions that no task blocks; if there are none, revoke one task.

    Users whose cancellation needs no response from Mixpanel never wait for those that do.
    """
    blocked = step.chunk.blocked_cancellations(step.now)
    if unblocked := [
        regulation for regulation in step.chunk.cancelling if regulation not in blocked
    ]:
        lift_suppressions(step, unblocked)
    else:
        tasks = (
            task
            for blocking in blocked.values()
            for task in blocking
            if task.is_revocable(step.now, step.chunk.cancelling)
        )
        revoke_task(step, min(tasks, key=lambda task: task.revocation_due))
    step.save()
    return True


def revoke_task(step: Step, task: Task) -> None:
    """Ask Mixpanel to revoke a task; a new one is created later for the users who stay in it.

    `revoking` is written first. If it is set already, the response was lost, or Mixpanel could not
    revoke the task: then its status is read.
    """
    if task.revoking:
        check_revocation(step, task)
        return
    task.revoking = task.revocation_sent = True
    step.save()
    result = step.request(lambda mixpanel: mixpanel.revoke_task(task.task_id))
    if isinstance(result, TaskRevoked):
        step.mark_revoked(task)
    elif isinstance(result, RetryLater):
        postpone_revocation(step, task, result)


def check_revocation(step: Step, task: Task) -> None:
    """Read the status of a task that Mixpanel was asked to revoke."""
    ids = step.chunk.ids_of(task)
    result = step.request(lambda mixpanel: mixpanel.task_status(task.task_id, ids))
    if isinstance(result, RetryLater):
        postpone_revocation(step, task, result)
    elif isinstance(result, TaskStatus):
        apply_revocation_status(step, task, result.status)


def apply_revocation_status(step: Step, task: Task, status: str) -> None:
    """Update a task by the status that it has after a request to revoke it."""
    task.revoking = False
    if status == "REVOKED":
        step.mark_revoked(task)
    elif status in REVOCABLE:
        task.revoke_at = step.now + FIRST_WAIT
    elif status in TOO_LATE:
        task.irrevocable = True
        task.note(step.now, f"Task {task.task_id} can no longer be called off; it goes on.")
    else:
        task.revoke_at = step.now + LONGEST_WAIT


def postpone_revocation(step: Step, task: Task, reason: RetryLater) -> None:
    """Repeat the request to revoke a task later."""
    task.revoke_at = step.now + min(max(FIRST_WAIT, reason.wait), LONGEST_RETRY_AFTER)
    task.note(step.now, f"Not called off yet, and tried again: {reason.why}.")


def lift_suppressions(step: Step, regulations: list[str]) -> None:
    """Stop suppressing these users, and remove them from tasks that are not at Mixpanel."""
    chunk = step.chunk
    by_pseudonym: dict[str, list[str]] = {}
    for regulation in regulations:
        for pseudonym in chunk.pseudonyms_of(regulation):
            by_pseudonym.setdefault(pseudonym, []).append(regulation)
    step.dependencies.suppressions.release(by_pseudonym)
    for task in [task for task in chunk.tasks if task.state in NOT_AT_MIXPANEL]:
        if canceled := [regulation for regulation in regulations if regulation in task.members]:
            chunk.remove_canceled(task, canceled, step.now)
    for regulation in regulations:
        cancellation = chunk.cancelling.pop(regulation)
        chunk.canceled[regulation] = replace(cancellation, lifted_at=step.now)
    chunk.forget_settled(step.now)
    step.tally.canceled += len(regulations)
