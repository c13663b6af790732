"""The process dies after every touch of a table or of Mixpanel, and the end is the same."""

from datetime import timedelta

import pytest

from rudder_mixpanel.regulations import State
from tests.unit.deletion.world import World

# Touches of a run without a crash, and some more: dying of a later one is no crash at all.
TOUCHES = range(1, 60)


@pytest.mark.parametrize("touch", TOUCHES)
def test_nobody_is_forgotten(touch: int) -> None:
    """Both users are deleted once, and no task is lost or doubled."""
    world = World(dies_at=frozenset({touch}))
    world.ask("ann", "bob")
    world.run(days=2)
    found = (world.states(), world.deleted(), world.tasks(), world.suppressed, world.chunk().people)
    assert found == (
        [State.COMPLETED] * 2,
        [["ann", "bob"]],
        ["SUCCESS"],
        {"name-of-ann", "name-of-bob"},
        {},
    )


@pytest.mark.parametrize("touch", TOUCHES)
def test_cancellation_is_not_forgotten(touch: int) -> None:
    """Who leaves is free, and not deleted; who stays is deleted."""
    world = World(dies_at=frozenset({touch}))
    world.ask("ann", "bob")
    world.time += timedelta(minutes=6)
    while world.states() != [State.REQUESTED] * 2:
        world.work()
        world.time += timedelta(minutes=1)
    world.cancel("c-ann")
    world.run(days=2)
    left = [task.distinct_ids for task in world.store.tasks.by_id.values() if task.runs]
    found = (world.states()[1], world.suppressed, left, min(world.pauses()) >= 1)
    assert found == (State.COMPLETED, {"name-of-bob"}, [], True)


@pytest.mark.parametrize("first", range(5, 25))
def test_two_crashes_are_no_worse(first: int) -> None:
    """The second strikes what mends the first."""
    world = World(dies_at=frozenset({first, first + 4}))
    world.ask("ann", "bob")
    world.run(days=2)
    assert (world.states(), world.tasks()) == ([State.COMPLETED] * 2, ["SUCCESS"])
