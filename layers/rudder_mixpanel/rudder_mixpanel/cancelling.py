"""Regulations are cancelled: suppressed no more, and not deleted where that can be helped."""

from typing import Final

from rudder_mixpanel.deletion_answers import NotNow, Revoked, Told
from rudder_mixpanel.regulations import State, Task
from rudder_mixpanel.turns import FIRST_WAIT, MOST_PATIENCE, Turn

# Mixpanel can call a task off until it has started.
REVOCABLE: Final = frozenset({"PENDING", "STAGING"})
# What nobody has to call off.
STILL_HERE: Final = frozenset({State.WAITING, State.CONFLICTED, State.CREATING})


def leave(turn: Turn) -> bool:
    """Cancel what is to be cancelled; a task that Mixpanel has is called off, one a turn."""
    chunk = turn.chunk
    in_tasks = {one: chunk.task_of(one) for one in chunk.leaving}
    unclear = next((task for task in in_tasks.values() if task and at_mixpanel(task)), None)
    if unclear is not None:
        call_off(turn, unclear)
        turn.save()
        return True
    lift(turn, [one for one, task in in_tasks.items() if not (task and task.is_asking)])
    # Whether Mixpanel has a task is found out by asking again, which comes before its cancellation.
    chunk.leave_at = min(
        (task.due + 1 for task in in_tasks.values() if task and task.is_asking), default=0
    )
    turn.save()
    return True


def at_mixpanel(task: Task) -> bool:
    """Whether a task of our own can be called off, perhaps."""
    return task.state is State.REQUESTED and not task.adopted and not task.too_late


def call_off(turn: Turn, task: Task) -> None:
    """Ask Mixpanel to revoke a task; who stays in it is asked for anew.

    That it is asked is written before. Whoever finds that written, and no answer, looks whether it
    is revoked already; so does who is told that it cannot be.
    """
    if task.revoking:
        look(turn, task)
        return
    task.revoking = True
    turn.chunk.leave_at = turn.now
    turn.save()
    answer = turn.ask(lambda mixpanel: mixpanel.cancel(task.task_id))
    if isinstance(answer, Revoked):
        revoked(turn, task)
    elif isinstance(answer, NotNow):
        not_yet(turn, task, answer)


def look(turn: Turn, task: Task) -> None:
    """Ask what has become of the wish to revoke a task."""
    answer = turn.ask(lambda mixpanel: mixpanel.status(task.task_id))
    if isinstance(answer, NotNow):
        not_yet(turn, task, answer)
    elif isinstance(answer, Told):
        if answer.status == "REVOKED":
            revoked(turn, task)
        elif answer.status in REVOCABLE:
            task.revoking = False
            turn.chunk.leave_at = turn.now + FIRST_WAIT
        else:
            task.revoking, task.too_late = False, True
            task.note(turn.now, f"{task.task_id} can no longer be called off")


def not_yet(turn: Turn, task: Task, trouble: NotNow) -> None:
    """Try again later."""
    turn.chunk.leave_at = turn.now + min(max(FIRST_WAIT, trouble.wait), MOST_PATIENCE)
    task.note(turn.now, f"not called off yet: {trouble.why}")


def revoked(turn: Turn, task: Task) -> None:
    """A task is called off; its users wait to be asked for anew, or to leave."""
    task.note(turn.now, f"{task.task_id} called off")
    task.state, task.task_id, task.status, task.due = State.WAITING, "", "", turn.now
    task.revoking = False


def lift(turn: Turn, regulations: list[str]) -> None:
    """Suppress these users no more, and take them out of what is not on its way."""
    chunk = turn.chunk
    entries = turn.world.register.entries(regulations)
    names: dict[str, list[str]] = {}
    for regulation, entry in entries.items():
        for name in entry.names:
            names.setdefault(name, []).append(regulation)
    turn.world.holders.release(names)
    for task in [one for one in chunk.tasks if one.state in STILL_HERE]:
        if gone := [one for one in regulations if one in task.members]:
            left = chunk.leave(task, gone, turn.now)
            if task.unclear or task.state is State.CREATING:
                left.note(turn.now, "the profiles may have been deleted before")
    chunk.lifted |= dict.fromkeys(regulations, turn.now)
    chunk.leaving = [one for one in chunk.leaving if one not in chunk.lifted]
    turn.tally.canceled += len(regulations)
