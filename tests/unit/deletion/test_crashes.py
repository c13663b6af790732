"""The process crashes after each call to a table or Mixpanel, and the result is the same."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import FakeDeletionDependencies, ProcessDied, first_request
from tests.fakes.regulations import FakeRegulationsDependencies

# Invocations a day, one every ten minutes.
INVOCATIONS_A_DAY = 144
BOTH = {"name-of-ann", "name-of-bob"}


def to_the_end(world: FakeDeletionDependencies) -> FakeDeletionDependencies:
    """Invoke the function on a schedule until everything is final, or for a month."""
    invocations = 0
    while not world.is_over() and invocations < 30 * INVOCATIONS_A_DAY:
        world.run_worker()
        world.time += timedelta(minutes=10)
        invocations += 1
    return world


def another_caller_requests(world: FakeDeletionDependencies, user: str) -> None:
    """Another program requests a deletion, and does not crash."""
    dies_at, world.dies_after = world.dies_after, frozenset()
    world.mixpanel().create_task([user])
    world.dies_after = dies_at


def deletion(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted."""
    one = FakeDeletionDependencies(**world)
    one.write_chunk("ann", "bob")
    return to_the_end(one)


def conflict(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted, while Mixpanel runs an older deletion of one of them."""
    one = FakeDeletionDependencies(**world)
    another_caller_requests(one, "bob")
    one.time += timedelta(hours=2)
    one.write_chunk("ann", "bob")
    return to_the_end(one)


def adoption(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and another caller has requested one of them meanwhile."""
    one = FakeDeletionDependencies(**world)
    one.write_chunk("ann", "bob")
    one.time += timedelta(minutes=6)
    one.run_worker()
    one.time += timedelta(minutes=2)
    another_caller_requests(one, "bob")
    one.time += timedelta(minutes=2)
    return to_the_end(one)


def lost_answer(**world: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and Mixpanel's first response is lost."""
    return deletion(loses_response=first_request("POST"), **world)


def profiles(**world: Any) -> FakeDeletionDependencies:
    """Two profiles are deleted by engage."""
    return deletion(config={"userDeletionApi": "engage"}, **world)


def cancellation(**world: Any) -> FakeDeletionDependencies:
    """Two users are to be deleted, and one is cancelled when Mixpanel has the task."""
    one = FakeDeletionDependencies(**world)
    one.write_chunk("ann", "bob")
    one.time += timedelta(minutes=6)
    while one.states() != [RegulationState.REQUESTED] * 2:
        one.run_worker()
        one.time += timedelta(minutes=1)
    one.cancel("c-ann")
    return to_the_end(one)


type Scenario = Callable[..., FakeDeletionDependencies]


@cache
def undisturbed(scenario: Scenario) -> FakeDeletionDependencies:
    """A run without a crash."""
    return scenario()


def every_call(*scenarios: Scenario) -> list[tuple[Scenario, int]]:
    """Each call of runs without a crash."""
    last = {scenario: undisturbed(scenario).calls for scenario in scenarios}
    return [(scenario, touch) for scenario in scenarios for touch in range(1, last[scenario] + 1)]


@pytest.mark.parametrize(
    ("scenario", "touch"), every_call(deletion, conflict, adoption, lost_answer, profiles)
)
def test_all_users_are_deleted_after_a_crash(scenario: Scenario, touch: int) -> None:
    """They are suppressed, their identifiers are gone, and requests were a second apart."""
    world = scenario(dies_after=frozenset({touch}))
    actual = (
        world.states(),
        world.suppressed,
        world.chunk().people,
        all(one >= 1 for one in world.pauses()),
    )
    assert actual == ([RegulationState.COMPLETED] * 2, BOTH, {}, True)


@pytest.mark.parametrize(("scenario", "touch"), every_call(deletion, conflict, lost_answer))
def test_no_task_is_lost_or_doubled(scenario: Scenario, touch: int) -> None:
    """Mixpanel has the same tasks for the same users as without a crash."""
    world, clean = scenario(dies_after=frozenset({touch})), undisturbed(scenario)
    assert (world.deleted(), world.task_statuses()) == (clean.deleted(), clean.task_statuses())


@pytest.mark.parametrize(("scenario", "touch"), every_call(cancellation))
def test_cancellation_survives_a_crash(scenario: Scenario, touch: int) -> None:
    """The cancelled user is neither suppressed nor deleted; the other one is."""
    world = scenario(dies_after=frozenset({touch}))
    left = [task.distinct_ids for task in world.store.tasks.by_id.values() if task.is_running]
    too_fast = [one for one in world.pauses() if one < 1]
    actual = (world.states(), world.suppressed, world.deleted(), left, too_fast)
    states = [RegulationState.CANCELED, RegulationState.COMPLETED]
    assert actual == (states, {"name-of-bob"}, [["bob"]], [], [])


@pytest.mark.parametrize("touch", range(5, 25))
def test_two_crashes_are_no_worse(touch: int) -> None:
    """The second happens during the recovery from the first."""
    world = deletion(dies_after=frozenset({touch, touch + 4}))
    assert (world.states(), world.task_statuses()) == ([RegulationState.COMPLETED] * 2, ["SUCCESS"])


def create(office: FakeRegulationsDependencies) -> list[dict[str, Any]]:
    """Create regulations for two users."""
    return office.create_regulations([{"userId": "ann"}, {"userId": "bob"}])


def calls_of_a_request() -> range:
    """Each call of one without a crash."""
    office = FakeRegulationsDependencies()
    create(office)
    return range(1, office.calls + 1)


@pytest.mark.parametrize("touch", calls_of_a_request())
def test_request_can_be_repeated_after_a_crash(touch: int) -> None:
    """It creates the same regulations, and all users are deleted."""
    office = FakeRegulationsDependencies(dies_after=frozenset({touch}))
    with pytest.raises(ProcessDied):
        create(office)
    again = create(office)
    to_the_end(office)
    other = FakeRegulationsDependencies()
    ids = [one["id"] for one in create(other)]
    actual = ([one["id"] for one in again], office.deleted(), office.is_over(), office.suppressed)
    assert actual == (ids, [["ann", "bob"]], True, BOTH)


@pytest.mark.parametrize("touch", calls_of_a_request())
def test_request_is_finished_by_the_worker_after_a_crash(touch: int) -> None:
    """What was written is carried out; before that, nothing was promised."""
    office = FakeRegulationsDependencies(dies_after=frozenset({touch}))
    with pytest.raises(ProcessDied):
        create(office)
    begun = bool(office.stored_regulations.chunks)
    to_the_end(office)
    actual = (office.deleted(), office.is_over(), office.suppressed)
    assert actual == (([["ann", "bob"]], True, BOTH) if begun else ([], True, set()))
