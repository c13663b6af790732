"""Regulations are cancelled: suppressed no more, and not deleted where that can be helped."""

from dataclasses import replace
from typing import Final

from rudder_mixpanel.deletion.step import FIRST_WAIT, MOST_PATIENCE, Step
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater, TaskRevoked, TaskStatus
from rudder_mixpanel.regulations.model import RegulationState, Task

# Mixpanel can call a task off until it has started.
REVOCABLE: Final = frozenset({"PENDING", "STAGING"})
# What nobody has to call off.
STILL_HERE: Final = frozenset(
    {RegulationState.WAITING, RegulationState.CONFLICTED, RegulationState.CREATING}
)


def process_cancellations(turn: Step) -> bool:
    """Cancel what is to be cancelled; a task that Mixpanel has is called off, one a turn.

    First of all are let go of whom Mixpanel was asked nothing: they wait for nobody's answer.
    """
    held_up = turn.chunk.held_up()
    if free := [one for one in turn.chunk.leaving if one not in held_up]:
        lift_suppressions(turn, free)
    else:
        tasks = (task for task in held_up.values() if task.is_at_mixpanel)
        revoke_task(turn, min(tasks, key=lambda task: task.revoke_at))
    turn.save()
    return True


def revoke_task(turn: Step, task: Task) -> None:
    """Ask Mixpanel to revoke a task; who stays in it is asked for anew.

    That it is asked is written before. Whoever finds that written, and no answer, looks whether it
    is revoked already; so does who is told that it cannot be.
    """
    if task.revoking:
        check_revocation(turn, task)
        return
    task.revoking = True
    turn.save()
    answer = turn.request(lambda mixpanel: mixpanel.revoke_task(task.task_id))
    if isinstance(answer, TaskRevoked):
        turn.mark_revoked(task)
    elif isinstance(answer, RetryLater):
        postpone_revocation(turn, task, answer)


def check_revocation(turn: Step, task: Task) -> None:
    """Ask what has become of the wish to revoke a task."""
    answer = turn.request(lambda mixpanel: mixpanel.task_status(task.task_id))
    if isinstance(answer, RetryLater):
        postpone_revocation(turn, task, answer)
    elif isinstance(answer, TaskStatus):
        if answer.status == "REVOKED":
            turn.mark_revoked(task)
        elif answer.status in REVOCABLE:
            task.revoking, task.revoke_at = False, turn.now + FIRST_WAIT
        else:
            task.revoking, task.too_late = False, True
            task.note(turn.now, f"{task.task_id} can no longer be called off")


def postpone_revocation(turn: Step, task: Task, trouble: RetryLater) -> None:
    """Try again later."""
    task.revoke_at = turn.now + min(max(FIRST_WAIT, trouble.wait), MOST_PATIENCE)
    task.note(turn.now, f"not called off yet: {trouble.why}")


def lift_suppressions(turn: Step, regulations: list[str]) -> None:
    """Suppress these users no more, and take them out of what is not on its way."""
    chunk = turn.chunk
    entries = turn.dependencies.repository.entries(regulations)
    names: dict[str, list[str]] = {}
    for regulation, entry in entries.items():
        for name in entry.names:
            names.setdefault(name, []).append(regulation)
    turn.dependencies.suppressions.release(names)
    for task in [one for one in chunk.tasks if one.state in STILL_HERE]:
        if gone := [one for one in regulations if one in task.members]:
            chunk.leave(task, gone, turn.now)
    for one in regulations:
        chunk.lifted[one] = replace(chunk.leaving.pop(one), lifted_at=turn.now)
    turn.tally.canceled += len(regulations)
