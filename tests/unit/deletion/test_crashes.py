"""The process dies after every touch of a table or of Mixpanel, and the end is the same."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import FakeDeletionDependencies, ProcessDied, first_request
from tests.fakes.regulations import FakeRegulationsDependencies

# Wakings of a day.
DAY = 144
BOTH = {"name-of-ann", "name-of-bob"}


def to_the_end(world: FakeDeletionDependencies) -> FakeDeletionDependencies:
    """Let the schedule wake it until all is done, or for a month."""
    wakings = 0
    while not world.is_over() and wakings < 30 * DAY:
        world.run_worker()
        world.time += timedelta(minutes=10)
        wakings += 1
    return world


def somebody_else_asks(world: FakeDeletionDependencies, user: str) -> None:
    """Another program has a user deleted; it does not die."""
    dies_at, world.dies_after = world.dies_after, frozenset()
    world.mixpanel().create_task([user])
    world.dies_after = dies_at


def deletion(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted."""
    one = FakeDeletionDependencies(**world)
    one.write_chunk("ann", "bob")
    return to_the_end(one)


def conflict(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and Mixpanel is at an older deletion of one of them."""
    one = FakeDeletionDependencies(**world)
    somebody_else_asks(one, "bob")
    one.time += timedelta(hours=2)
    one.write_chunk("ann", "bob")
    return to_the_end(one)


def adoption(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and somebody else has asked for one of them meanwhile."""
    one = FakeDeletionDependencies(**world)
    one.write_chunk("ann", "bob")
    one.time += timedelta(minutes=6)
    one.run_worker()
    one.time += timedelta(minutes=2)
    somebody_else_asks(one, "bob")
    one.time += timedelta(minutes=2)
    return to_the_end(one)


def lost_answer(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and Mixpanel's first answer is lost."""
    return deletion(loses_response=first_request("POST"), **world)


def profiles(**world: Any) -> FakeDeletionDependencies:
    """Two profiles are deleted, which is done at once."""
    return deletion(config={"userDeletionApi": "engage"}, **world)


def cancellation(**world: Any) -> FakeDeletionDependencies:
    """Two users are to be deleted, and one of them is cancelled when Mixpanel has the task."""
    one = FakeDeletionDependencies(**world)
    one.write_chunk("ann", "bob")
    one.time += timedelta(minutes=6)
    while one.states() != [RegulationState.REQUESTED] * 2:
        one.run_worker()
        one.time += timedelta(minutes=1)
    one.cancel("c-ann")
    return to_the_end(one)


type Scene = Callable[..., FakeDeletionDependencies]


@cache
def undisturbed(scene: Scene) -> FakeDeletionDependencies:
    """A run in which nothing dies."""
    return scene()


def every_touch(*scenes: Scene) -> list[tuple[Scene, int]]:
    """Each touch of runs in which nothing dies."""
    last = {scene: undisturbed(scene).calls for scene in scenes}
    return [(scene, touch) for scene in scenes for touch in range(1, last[scene] + 1)]


@pytest.mark.parametrize(
    ("scene", "touch"), every_touch(deletion, conflict, adoption, lost_answer, profiles)
)
def test_nobody_is_forgotten(scene: Scene, touch: int) -> None:
    """All are deleted, suppressed and forgotten, and Mixpanel was not asked too fast."""
    world = scene(dies_after=frozenset({touch}))
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
    world, clean = scene(dies_after=frozenset({touch})), undisturbed(scene)
    assert (world.deleted(), world.task_statuses()) == (clean.deleted(), clean.task_statuses())


@pytest.mark.parametrize(("scene", "touch"), every_touch(cancellation))
def test_cancellation_is_not_forgotten(scene: Scene, touch: int) -> None:
    """Who leaves is free, and not deleted; who stays is deleted."""
    world = scene(dies_after=frozenset({touch}))
    left = [task.distinct_ids for task in world.store.tasks.by_id.values() if task.runs]
    too_fast = [one for one in world.pauses() if one < 1]
    found = (world.states(), world.suppressed, world.deleted(), left, too_fast)
    states = [RegulationState.CANCELED, RegulationState.COMPLETED]
    assert found == (states, {"name-of-bob"}, [["bob"]], [], [])


@pytest.mark.parametrize("touch", range(5, 25))
def test_two_crashes_are_no_worse(touch: int) -> None:
    """The second strikes what mends the first."""
    world = deletion(dies_after=frozenset({touch, touch + 4}))
    assert (world.states(), world.task_statuses()) == ([RegulationState.COMPLETED] * 2, ["SUCCESS"])


def asked(office: FakeRegulationsDependencies) -> list[dict[str, Any]]:
    """Two users, in a request to the API."""
    return office.create_regulations([{"userId": "ann"}, {"userId": "bob"}])


def touches_of_a_request() -> range:
    """Each touch of one that nothing dies of."""
    office = FakeRegulationsDependencies()
    asked(office)
    return range(1, office.calls + 1)


@pytest.mark.parametrize("touch", touches_of_a_request())
def test_request_that_dies_is_asked_again(touch: int) -> None:
    """It makes the same regulations, whatever of them was there, and all are deleted."""
    office = FakeRegulationsDependencies(dies_after=frozenset({touch}))
    with pytest.raises(ProcessDied):
        asked(office)
    again = asked(office)
    to_the_end(office)
    other = FakeRegulationsDependencies()
    ids = [one["id"] for one in asked(other)]
    found = ([one["id"] for one in again], office.deleted(), office.is_over(), office.suppressed)
    assert found == (ids, [["ann", "bob"]], True, BOTH)


@pytest.mark.parametrize("touch", touches_of_a_request())
def test_request_that_dies_is_finished_by_the_worker(touch: int) -> None:
    """What is written of it is carried out; before that, nothing was promised."""
    office = FakeRegulationsDependencies(dies_after=frozenset({touch}))
    with pytest.raises(ProcessDied):
        asked(office)
    begun = bool(office.stored_regulations.chunks)
    to_the_end(office)
    found = (office.deleted(), office.is_over(), office.suppressed)
    assert found == (([["ann", "bob"]], True, BOTH) if begun else ([], True, set()))
