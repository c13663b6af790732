"""The process dies after every touch of a table or of Mixpanel, and the end is the same."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from rudder_mixpanel.regulations.model import RegulationState
from tests.unit.deletion.world import Killed, World, first
from tests.unit.regulations.office import Office

# Wakings of a day.
DAY = 144
BOTH = {"name-of-ann", "name-of-bob"}


def to_the_end(world: World) -> World:
    """Let the schedule wake it until all is done, or for a month."""
    wakings = 0
    while not world.is_over() and wakings < 30 * DAY:
        world.work()
        world.time += timedelta(minutes=10)
        wakings += 1
    return world


def somebody_else_asks(world: World, user: str) -> None:
    """Another program has a user deleted; it does not die."""
    dies_at, world.dies_at = world.dies_at, frozenset()
    world.mixpanel().create_task([user])
    world.dies_at = dies_at


def deletion(**world: Any) -> World:
    """Two users are deleted."""
    one = World(**world)
    one.ask("ann", "bob")
    return to_the_end(one)


def conflict(**world: Any) -> World:
    """Two users are deleted, and Mixpanel is at an older deletion of one of them."""
    one = World(**world)
    somebody_else_asks(one, "bob")
    one.time += timedelta(hours=2)
    one.ask("ann", "bob")
    return to_the_end(one)


def adoption(**world: Any) -> World:
    """Two users are deleted, and somebody else has asked for one of them meanwhile."""
    one = World(**world)
    one.ask("ann", "bob")
    one.time += timedelta(minutes=6)
    one.work()
    one.time += timedelta(minutes=2)
    somebody_else_asks(one, "bob")
    one.time += timedelta(minutes=2)
    return to_the_end(one)


def lost_answer(**world: Any) -> World:
    """Two users are deleted, and Mixpanel's first answer is lost."""
    return deletion(loses=first("POST"), **world)


def profiles(**world: Any) -> World:
    """Two profiles are deleted, which is done at once."""
    return deletion(config={"userDeletionApi": "engage"}, **world)


def cancellation(**world: Any) -> World:
    """Two users are to be deleted, and one of them is cancelled when Mixpanel has the task."""
    one = World(**world)
    one.ask("ann", "bob")
    one.time += timedelta(minutes=6)
    while one.states() != [RegulationState.REQUESTED] * 2:
        one.work()
        one.time += timedelta(minutes=1)
    one.cancel("c-ann")
    return to_the_end(one)


type Scene = Callable[..., World]


@cache
def undisturbed(scene: Scene) -> World:
    """A run in which nothing dies."""
    return scene()


def every_touch(*scenes: Scene) -> list[tuple[Scene, int]]:
    """Each touch of runs in which nothing dies."""
    last = {scene: undisturbed(scene).touches for scene in scenes}
    return [(scene, touch) for scene in scenes for touch in range(1, last[scene] + 1)]


@pytest.mark.parametrize(
    ("scene", "touch"), every_touch(deletion, conflict, adoption, lost_answer, profiles)
)
def test_nobody_is_forgotten(scene: Scene, touch: int) -> None:
    """All are deleted, suppressed and forgotten, and Mixpanel was not asked too fast."""
    world = scene(dies_at=frozenset({touch}))
    found = (
        world.states(),
        world.suppressed,
        world.chunk().people,
        all(one >= 1 for one in world.pauses()),
    )
    assert found == ([RegulationState.COMPLETED] * 2, BOTH, {}, True)


@pytest.mark.parametrize(("scene", "touch"), every_touch(deletion, conflict, lost_answer))
def test_no_task_is_lost_or_doubled(scene: Scene, touch: int) -> None:
    """Mixpanel has as many tasks as without a crash, and about the same people."""
    world, clean = scene(dies_at=frozenset({touch})), undisturbed(scene)
    assert (world.deleted(), world.tasks()) == (clean.deleted(), clean.tasks())


@pytest.mark.parametrize(("scene", "touch"), every_touch(cancellation))
def test_cancellation_is_not_forgotten(scene: Scene, touch: int) -> None:
    """Who leaves is free, and not deleted; who stays is deleted."""
    world = scene(dies_at=frozenset({touch}))
    left = [task.distinct_ids for task in world.store.tasks.by_id.values() if task.is_running]
    too_fast = [one for one in world.pauses() if one < 1]
    found = (world.states(), world.suppressed, world.deleted(), left, too_fast)
    states = [RegulationState.CANCELED, RegulationState.COMPLETED]
    assert found == (states, {"name-of-bob"}, [["bob"]], [], [])


@pytest.mark.parametrize("touch", range(5, 25))
def test_two_crashes_are_no_worse(touch: int) -> None:
    """The second strikes what mends the first."""
    world = deletion(dies_at=frozenset({touch, touch + 4}))
    assert (world.states(), world.tasks()) == ([RegulationState.COMPLETED] * 2, ["SUCCESS"])


def asked(office: Office) -> list[dict[str, Any]]:
    """Two users, in a request to the API."""
    return office.make([{"userId": "ann"}, {"userId": "bob"}])


def touches_of_a_request() -> range:
    """Each touch of one that nothing dies of."""
    office = Office()
    asked(office)
    return range(1, office.touches + 1)


@pytest.mark.parametrize("touch", touches_of_a_request())
def test_request_that_dies_is_asked_again(touch: int) -> None:
    """It makes the same regulations, whatever of them was there, and all are deleted."""
    office = Office(dies_at=frozenset({touch}))
    with pytest.raises(Killed):
        asked(office)
    again = asked(office)
    to_the_end(office)
    other = Office()
    ids = [one["id"] for one in asked(other)]
    found = ([one["id"] for one in again], office.deleted(), office.is_over(), office.suppressed)
    assert found == (ids, [["ann", "bob"]], True, BOTH)


@pytest.mark.parametrize("touch", touches_of_a_request())
def test_request_that_dies_is_finished_by_the_worker(touch: int) -> None:
    """What is written of it is carried out; before that, nothing was promised."""
    office = Office(dies_at=frozenset({touch}))
    with pytest.raises(Killed):
        asked(office)
    begun = bool(office.tables.chunks)
    to_the_end(office)
    found = (office.deleted(), office.is_over(), office.suppressed)
    assert found == (([["ann", "bob"]], True, BOTH) if begun else ([], True, set()))
