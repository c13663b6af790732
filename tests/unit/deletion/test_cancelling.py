"""Cancellations: suppressed no more, and not deleted where that can be helped."""

from datetime import timedelta

import httpx

from rudder_mixpanel.regulations import Kind, State
from tests.unit.deletion.world import World, bodies


def test_cancelled_suppression_is_lifted() -> None:
    """Nobody is asked for anything."""
    world = World()
    world.accept("ann", kind=Kind.SUPPRESS)
    world.cancel("c-ann")
    before = world.states()
    world.run()
    found = (before, world.states(), world.suppressed, world.sent)
    assert found == ([State.CANCELLING], [State.CANCELED], set(), [])


def test_two_regulations_hold_the_same_user() -> None:
    """Cancelling one does not lift the other's suppression."""
    world = World()
    world.accept("ann", kind=Kind.SUPPRESS)
    world.accept("ann", kind=Kind.SUPPRESS, name="d")
    world.cancel("c-ann")
    world.run()
    assert (world.suppressed, world.states(), world.states("d")) == (
        {"name-of-ann"},
        [State.CANCELED],
        [State.SUPPRESSED],
    )


def test_who_leaves_before_the_request_is_not_in_it() -> None:
    """The others are deleted."""
    world = World()
    world.accept("ann", "bob")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.deleted(), world.suppressed) == (
        [State.CANCELED, State.COMPLETED],
        [["bob"]],
        {"name-of-bob"},
    )


def test_task_that_has_not_started_is_called_off() -> None:
    """And asked for anew, for those who stay."""
    world = World()
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.work()
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.tasks(), world.deleted()) == (
        [State.CANCELED, State.COMPLETED],
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_last_one_to_leave_leaves_nothing_to_do() -> None:
    """No new task is made for nobody."""
    world = World()
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.work()
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.tasks()) == ([State.CANCELED], ["REVOKED"])


def test_task_that_has_started_goes_on() -> None:
    """The user is deleted, and not suppressed any more; the history says why."""
    world = World()
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.work()
    world.time += timedelta(hours=2, minutes=1)
    world.cancel("c-ann")
    world.run()
    told = [one["what"] for one in world.chunk().tasks[0].history]
    late = any("can no longer be called off" in one for one in told)
    assert (world.states(), world.suppressed, late) == ([State.COMPLETED], set(), True)


def test_answer_that_never_came_is_looked_for() -> None:
    """The task was called off, and nobody has heard: its status tells."""
    world = World()
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.work()
    [task] = world.store.tasks.by_id.values()

    def lost(request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE" and task.runs:
            task.enter("REVOKED", world.time)
            raise httpx.ReadTimeout("no answer")
        return None

    world.answer = lost
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.deleted()) == ([State.CANCELED, State.COMPLETED], [["bob"]])


def test_answer_to_the_request_itself_never_came() -> None:
    """Whether there is a task is found out first, however late; then it is called off."""
    world = World()
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.answer = bodies({"POST": httpx.ReadTimeout("no answer")})
    world.work()
    world.cancel("c-ann")
    world.time += timedelta(hours=2)
    world.run()
    assert (world.states(), world.deleted()) == ([State.CANCELED, State.COMPLETED], [["bob"]])


def test_mixpanel_that_is_busy_is_asked_again() -> None:
    """The wish stays."""
    world = World()
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.work()
    world.answer = bodies({"DELETE": httpx.Response(429)})
    world.cancel("c-ann")
    world.work()
    before = world.states()
    world.run()
    assert (before, world.states()) == ([State.CANCELLING], [State.CANCELED])
