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
BOTH_PSEUDONYMS = {"name-of-ann", "name-of-bob"}


def to_the_end(fakes: FakeDeletionDependencies) -> FakeDeletionDependencies:
    """Invoke the function on a schedule until everything is final, or for a month."""
    invocations = 0
    while not fakes.is_over() and invocations < 30 * INVOCATIONS_A_DAY:
        fakes.run_worker()
        fakes.time += timedelta(minutes=10)
        invocations += 1
    return fakes


def another_caller_requests(fakes: FakeDeletionDependencies, user: str) -> None:
    """Another program requests a deletion, and does not crash."""
    dies_at, fakes.dies_after = fakes.dies_after, frozenset()
    fakes.mixpanel().create_task([user])
    fakes.dies_after = dies_at


def deletion(**arguments: Any) -> FakeDeletionDependencies:
    """Two users are deleted."""
    fakes = FakeDeletionDependencies(**arguments)
    fakes.write_chunk("ann", "bob")
    return to_the_end(fakes)


def conflict(**arguments: Any) -> FakeDeletionDependencies:
    """Two users are deleted, while Mixpanel runs an older deletion of one of them."""
    fakes = FakeDeletionDependencies(**arguments)
    another_caller_requests(fakes, "bob")
    fakes.time += timedelta(hours=2)
    fakes.write_chunk("ann", "bob")
    return to_the_end(fakes)


def adoption(**arguments: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and another caller has requested one of them meanwhile."""
    fakes = FakeDeletionDependencies(**arguments)
    fakes.write_chunk("ann", "bob")
    fakes.time += timedelta(minutes=6)
    fakes.run_worker()
    fakes.time += timedelta(minutes=2)
    another_caller_requests(fakes, "bob")
    fakes.time += timedelta(minutes=2)
    return to_the_end(fakes)


def lost_answer(**arguments: Any) -> FakeDeletionDependencies:
    """Two users are deleted, and Mixpanel's first response is lost."""
    return deletion(loses_response=first_request("POST"), **arguments)


def profiles(**arguments: Any) -> FakeDeletionDependencies:
    """Two profiles are deleted by engage."""
    return deletion(config={"userDeletionApi": "engage"}, **arguments)


def cancellation(**arguments: Any) -> FakeDeletionDependencies:
    """Two users are to be deleted, and one is cancelled when Mixpanel has the task."""
    fakes = FakeDeletionDependencies(**arguments)
    fakes.write_chunk("ann", "bob")
    fakes.time += timedelta(minutes=6)
    while fakes.states() != [RegulationState.REQUESTED] * 2:
        fakes.run_worker()
        fakes.time += timedelta(minutes=1)
    fakes.cancel("c-ann")
    return to_the_end(fakes)


type Scenario = Callable[..., FakeDeletionDependencies]


@cache
def undisturbed(scenario: Scenario) -> FakeDeletionDependencies:
    """A run without a crash."""
    return scenario()


def calls_of(*scenarios: Scenario) -> list[tuple[Scenario, int]]:
    """Each call of these scenarios when they run without a crash."""
    last = {scenario: undisturbed(scenario).calls for scenario in scenarios}
    return [(scenario, call) for scenario in scenarios for call in range(1, last[scenario] + 1)]


@pytest.mark.parametrize(
    ("scenario", "call"), calls_of(deletion, conflict, adoption, lost_answer, profiles)
)
def test_all_users_are_deleted_after_a_crash(scenario: Scenario, call: int) -> None:
    """They are suppressed, their identifiers are gone, and requests were a second apart."""
    fakes = scenario(dies_after=frozenset({call}))
    actual = (
        fakes.states(),
        fakes.suppressed,
        fakes.remembered(),
        all(pause >= 1 for pause in fakes.pauses()),
    )
    assert actual == ([RegulationState.COMPLETED] * 2, BOTH_PSEUDONYMS, [], True)


@pytest.mark.parametrize(("scenario", "call"), calls_of(deletion, conflict, lost_answer))
def test_no_task_is_lost_or_doubled(scenario: Scenario, call: int) -> None:
    """Mixpanel has the same tasks for the same users as without a crash."""
    fakes, clean = scenario(dies_after=frozenset({call})), undisturbed(scenario)
    assert (fakes.deleted(), fakes.task_statuses()) == (clean.deleted(), clean.task_statuses())


@pytest.mark.parametrize(("scenario", "call"), calls_of(cancellation))
def test_cancellation_survives_a_crash(scenario: Scenario, call: int) -> None:
    """The cancelled user is neither suppressed nor deleted; the other one is."""
    fakes = scenario(dies_after=frozenset({call}))
    running_tasks = [
        task.distinct_ids for task in fakes.store.tasks.by_id.values() if task.is_running
    ]
    too_fast = [pause for pause in fakes.pauses() if pause < 1]
    actual = (fakes.states(), fakes.suppressed, fakes.deleted(), running_tasks, too_fast)
    states = [RegulationState.CANCELED, RegulationState.COMPLETED]
    assert actual == (states, {"name-of-bob"}, [["bob"]], [], [])


@pytest.mark.parametrize("call", range(5, 25))
def test_second_crash_changes_nothing(call: int) -> None:
    """The second happens during the recovery from the first."""
    fakes = deletion(dies_after=frozenset({call, call + 4}))
    assert (fakes.states(), fakes.task_statuses()) == ([RegulationState.COMPLETED] * 2, ["SUCCESS"])


def create(fakes: FakeRegulationsDependencies) -> list[dict[str, Any]]:
    """Create regulations for two users."""
    return fakes.create_regulations([{"userId": "ann"}, {"userId": "bob"}])


def calls_of_a_request() -> range:
    """Each call of a request without a crash."""
    fakes = FakeRegulationsDependencies()
    create(fakes)
    return range(1, fakes.calls + 1)


@pytest.mark.parametrize("call", calls_of_a_request())
def test_request_can_be_repeated_after_a_crash(call: int) -> None:
    """It creates the same regulations, and all users are deleted."""
    fakes = FakeRegulationsDependencies(dies_after=frozenset({call}))
    with pytest.raises(ProcessDied):
        create(fakes)
    repeated = create(fakes)
    to_the_end(fakes)
    undisturbed_fakes = FakeRegulationsDependencies()
    ids = [regulation["id"] for regulation in create(undisturbed_fakes)]
    actual = (
        [regulation["id"] for regulation in repeated],
        fakes.deleted(),
        fakes.is_over(),
        fakes.suppressed,
    )
    assert actual == (ids, [["ann", "bob"]], True, BOTH_PSEUDONYMS)


@pytest.mark.parametrize("call", calls_of_a_request())
def test_request_is_finished_by_the_worker_after_a_crash(call: int) -> None:
    """What was written is carried out; before that, nothing was promised."""
    fakes = FakeRegulationsDependencies(dies_after=frozenset({call}))
    with pytest.raises(ProcessDied):
        create(fakes)
    is_written = bool(fakes.stored_regulations.chunks)
    to_the_end(fakes)
    actual = (fakes.deleted(), fakes.is_over(), fakes.suppressed)
    assert actual == (
        ([["ann", "bob"]], True, BOTH_PSEUDONYMS) if is_written else ([], True, set())
    )
