"""Regulations are cancelled: suppressed no more, and not deleted where that can be helped."""

from dataclasses import replace
from typing import Final

from rudder_mixpanel.deletion_answers import NotNow, Revoked, Told
from rudder_mixpanel.regulations import State, Task
from rudder_mixpanel.turns import FIRST_WAIT, MOST_PATIENCE, Turn

# Mixpanel can call a task off until it has started.
REVOCABLE: Final = frozenset({"PENDING", "STAGING"})
# What nobody has to call off.
STILL_HERE: Final = frozenset({State.WAITING, State.CONFLICTED, State.CREATING})


def leave(turn: Turn) -> bool:
    """Cancel what is to be cancelled; a task that Mixpanel has is called off, one a turn.

    First of all are let go of whom Mixpanel was asked nothing: they wait for nobody's answer.
    """
    chunk = turn.chunk
    in_tasks = ((one, chunk.task_of(one)) for one in chunk.leaving)
    held = {one: task for one, task in in_tasks if task and (at_mixpanel(task) or task.is_asking)}
    if free := [one for one in chunk.leaving if one not in held]:
        lift(turn, free)
    elif task := next(filter(at_mixpanel, held.values()), None):
        call_off(turn, task)
    else:
        # Whether Mixpanel has a task is found out by asking again, which comes first.
        chunk.leave_at = min(task.due + 1 for task in held.values())
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
        turn.called_off(task)
    elif isinstance(answer, NotNow):
        not_yet(turn, task, answer)


def look(turn: Turn, task: Task) -> None:
    """Ask what has become of the wish to revoke a task."""
    answer = turn.ask(lambda mixpanel: mixpanel.status(task.task_id))
    if isinstance(answer, NotNow):
        not_yet(turn, task, answer)
    elif isinstance(answer, Told):
        if answer.status == "REVOKED":
            turn.called_off(task)
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
    for one in regulations:
        chunk.lifted[one] = replace(chunk.leaving.pop(one), lifted_at=turn.now)
    turn.tally.canceled += len(regulations)
