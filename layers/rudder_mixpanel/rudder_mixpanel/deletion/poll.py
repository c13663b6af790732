"""Tasks at Mixpanel are followed until Mixpanel says that they are done."""

from typing import Final

from rudder_mixpanel.deletion.step import FIRST_WAIT, Step
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater, TaskStatus
from rudder_mixpanel.mixpanel.transport import LONGEST
from rudder_mixpanel.regulations.model import Chunk, RegulationState, Task

SECONDS_A_DAY: Final = 86_400
# Mixpanel promises 30 days; what it does not know by then is given up some time after.
GIVEN_UP: Final = 45 * SECONDS_A_DAY
# Seconds by which Mixpanel's clock and ours may differ.
SKEW: Final = 120
# The longest time between two looks at a task; in the beginning it is its age.
LONGEST_CHECK: Final = SECONDS_A_DAY // 4
# How far a task can be while it is running.
RUNNING: Final = frozenset({"PENDING", "STAGING", "STARTED"})
# What says nothing for certain, until Mixpanel has had all the time there is.
UNCERTAIN: Final = frozenset({"NOT_FOUND", "UNKNOWN"})


def poll_task(turn: Step, task: Task) -> bool:
    """Ask how far a task is."""
    answer = turn.request(lambda mixpanel: mixpanel.task_status(task.task_id))
    if isinstance(answer, RetryLater):
        turn.postpone(task, answer)
    else:
        apply_status(turn, task, answer)
    turn.save()
    return True


def apply_status(turn: Step, task: Task, told: TaskStatus) -> None:
    """Say what has become of a task by its status."""
    now, age = turn.now, turn.now - task.asked_at
    if told.status != task.status:
        task.note(now, f"{task.task_id}: {told.status}")
    task.status, task.attempts = told.status, 0
    task.due = now + min(max(age, FIRST_WAIT), LONGEST_CHECK)
    if told.status == "SUCCESS":
        turn.chunk.end(task, RegulationState.COMPLETED)
        turn.tally.completed += len(task.members)
    elif told.status in RUNNING or (told.status in UNCERTAIN and age < GIVEN_UP):
        return
    elif task.adopted:
        # Another request's task has ended without a deletion: now it is ours to ask.
        task.state, task.task_id, task.adopted, task.due = RegulationState.WAITING, "", False, now
    elif told.status == "REVOKED" and any(map(turn.chunk.cancellation, task.members)):
        # As we have asked, and not heard that it was done.
        turn.mark_revoked(task)
    else:
        turn.chunk.end(task, RegulationState.FAILED)
        turn.tally.failed += len(task.members)


def inspect_conflict(turn: Step, task: Task) -> bool:
    """Look at a task that is in the way.

    It may be our own, whose answer was lost. What was requested after our users were suppressed
    deletes all there will ever be of them, and is as good as ours. What is older may leave
    something behind: it has to end, and then we ask.
    """
    in_the_way = task.conflicts[0] if task.conflicts else ""
    if not in_the_way:
        task.state, task.due = RegulationState.WAITING, turn.now
        task.settle_unclear(turn.now)
        turn.save()
        return True
    answer = turn.request(lambda mixpanel: mixpanel.task_status(in_the_way))
    if isinstance(answer, RetryLater):
        turn.postpone(task, answer)
    else:
        resolve_conflict(turn, task, in_the_way, answer)
    turn.save()
    return True


def resolve_conflict(turn: Step, task: Task, in_the_way: str, told: TaskStatus) -> None:
    """Adopt a task, wait for it, or leave it behind."""
    chunk, now = turn.chunk, turn.now
    task.attempts = 0
    if may_be_own_task(chunk, task, told) and turn.dependencies.repository.claim(
        in_the_way, chunk.id
    ):
        if told.requested > task.asked_at + LONGEST + SKEW:
            # It is of a later request than the first; that one's may be over already.
            task.settle_unclear(now)
        task.state, task.task_id, task.status = RegulationState.REQUESTED, in_the_way, told.status
        task.conflicts, task.due, task.unclear = [], now, False
        task.note(now, f"task {in_the_way} created, as is known now")
        return
    if told.status not in RUNNING:
        task.note(now, f"{in_the_way}, which was in the way: {told.status}")
        task.conflicts = task.conflicts[1:]
        task.due = now
        return
    # Mixpanel is at nobody twice: where another request's task runs, there is none of ours.
    task.settle_unclear(now)
    task.due = now + LONGEST_CHECK // 6
    if told.requested < chunk.effective_at:
        return
    covered = [one for one in task.members if told.ids.issuperset(chunk.people[one].ids)]
    if covered:
        adopted = chunk.split(task, covered, RegulationState.REQUESTED, now + FIRST_WAIT)
        adopted.task_id, adopted.status, adopted.adopted = in_the_way, told.status, True
        adopted.asked_at = told.requested
        adopted.note(now, f"task {in_the_way} adopted, requested after the suppression")


def may_be_own_task(chunk: Chunk, task: Task, told: TaskStatus) -> bool:
    """Whether a task is what a request of ours made to which no answer came, if nobody else's."""
    since = max(task.asked_at - SKEW, chunk.effective_at)
    return (
        task.unclear
        and told.ids == frozenset(chunk.ids_of(task))
        and since <= told.requested <= task.unheard_at + LONGEST + SKEW
    )
