"""Mixpanel is asked to delete the users of a task."""

from rudder_mixpanel.deletion_answers import Conflict, Created, Done, NotNow, NotThus
from rudder_mixpanel.mixpanel_deletions import Deletions
from rudder_mixpanel.regulations import State, Task
from rudder_mixpanel.turns import FIRST_WAIT, LONGEST_WAIT, Turn

type Said = Created | Done | Conflict | NotThus | NotNow


def create(turn: Turn, task: Task) -> bool:
    """Ask, which is written before: a crash is followed by asking again, where a 409 tells."""
    now = turn.now
    task.state, task.asked_at, task.due = State.CREATING, now, now + FIRST_WAIT
    task.note(now, "deletion asked for")
    if not turn.world.register.save(turn.chunk):
        # Somebody wants out of it; that comes first.
        return True
    ids = turn.chunk.ids_of(task)
    settle(turn, task, turn.ask(lambda mixpanel: deletion(mixpanel, ids)))
    turn.save()
    return True


def deletion(mixpanel: Deletions, ids: list[str]) -> Said:
    """Delete by the API that the settings name."""
    if mixpanel.settings.by_task:
        return mixpanel.create(ids)
    return mixpanel.delete_profiles(ids)


def settle(turn: Turn, task: Task, answer: Said) -> None:
    """Say what has become of a task by Mixpanel's answer."""
    now = turn.now
    match answer:
        case Created(task_id):
            task.state, task.task_id, task.status = State.REQUESTED, task_id, "PENDING"
            task.attempts, task.due = 0, now + FIRST_WAIT
            task.note(now, f"task {task_id} created")
        case Done():
            task.note(now, "profiles deleted")
            turn.chunk.end(task, State.COMPLETED)
            turn.tally.completed += len(task.members)
        case Conflict():
            divide(turn, task, answer)
        case NotThus(why):
            task.note(now, f"refused: {why}")
            halve(turn, task)
        case NotNow(certain=certain):
            if certain:
                task.state = State.WAITING
            turn.put_off(task, answer)


def divide(turn: Turn, task: Task, conflict: Conflict) -> None:
    """Those in conflict wait for the tasks that are in the way; the others are asked for anew."""
    chunk, now = turn.chunk, turn.now
    named = {one for one in task.members if not conflict.ids.isdisjoint(chunk.people[one].ids)}
    task.note(now, f"conflicts with {', '.join(conflict.tasks) or 'another deletion'}")
    if named:
        chunk.split(task, [one for one in task.members if one not in named], State.WAITING, now)
    task.state, task.conflicts = State.CONFLICTED, list(conflict.tasks)
    task.due = now if conflict.tasks else now + LONGEST_WAIT


def halve(turn: Turn, task: Task) -> None:
    """Ask in halves: they may be too many for the project, or one of them may be at fault."""
    if len(task.members) == 1:
        turn.chunk.end(task, State.FAILED)
        turn.tally.failed += 1
        return
    task.state, task.due = State.WAITING, turn.now
    turn.chunk.split(task, task.members[len(task.members) // 2 :], State.WAITING, turn.now)
