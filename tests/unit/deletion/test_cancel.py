"""Cancellations: suppressions are lifted, and tasks revoked where that is possible."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from tests.fakes.deletion import FakeDeletionDependencies, answer_once, first_request


def requested(*users: str, **world: Any) -> FakeDeletionDependencies:
    """Dependencies whose Mixpanel has a task for these users."""
    one = FakeDeletionDependencies(**world)
    one.accept(*users)
    one.time += timedelta(minutes=2)
    one.run_worker()
    return one


def test_cancelled_suppression_is_lifted() -> None:
    """Without a request to Mixpanel."""
    world = FakeDeletionDependencies()
    world.accept("ann", kind=RegulationType.SUPPRESS)
    world.cancel("c-ann")
    before = world.states()
    world.run()
    actual = (before, world.states(), world.suppressed, world.sent)
    assert actual == ([RegulationState.CANCELLING], [RegulationState.CANCELED], set(), [])


def test_two_regulations_suppress_the_same_user() -> None:
    """Cancelling one does not lift the other's suppression."""
    world = FakeDeletionDependencies()
    world.accept("ann", kind=RegulationType.SUPPRESS)
    world.accept("ann", kind=RegulationType.SUPPRESS, name="d")
    world.cancel("c-ann")
    world.run()
    assert (world.suppressed, world.states(), world.states("d")) == (
        {"name-of-ann"},
        [RegulationState.CANCELED],
        [RegulationState.SUPPRESSED],
    )


def test_user_cancelled_before_the_request_is_not_in_it() -> None:
    """The others are deleted."""
    world = FakeDeletionDependencies()
    world.accept("ann", "bob")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.deleted(), world.suppressed) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
        {"name-of-bob"},
    )


def test_task_that_has_not_started_is_revoked() -> None:
    """And requested again for the other users."""
    world = requested("ann", "bob")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses(), world.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_task_without_users_is_not_requested_again() -> None:
    """The only user is cancelled."""
    world = requested("ann")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses()) == ([RegulationState.CANCELED], ["REVOKED"])


def test_task_that_has_started_continues() -> None:
    """The user is deleted, but no longer suppressed; the history says why."""
    world = requested("ann")
    world.time += timedelta(hours=2, minutes=1)
    world.cancel("c-ann")
    world.run()
    notes = [note["what"] for note in world.chunk().tasks[0].history]
    late = any("can no longer be revoked" in note for note in notes)
    assert (world.states(), world.suppressed, late) == ([RegulationState.COMPLETED], set(), True)


def test_lost_response_to_a_revocation_is_found_by_the_status() -> None:
    """The task was revoked, and only the response was lost."""
    world = requested("ann", "bob")
    world.loses_response = first_request("DELETE")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
    )


def revoking_with_503(
    world: FakeDeletionDependencies, **headers: str
) -> Callable[[httpx.Request], httpx.Response | None]:
    """Responses of a Mixpanel that revokes its only task, but responds with 503."""
    [task] = world.store.tasks.by_id.values()

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE" and task.is_running:
            task.enter("REVOKED", world.time)
            return httpx.Response(503, headers=headers)
        return None

    return answer


@pytest.mark.parametrize("wait", [{}, {"Retry-After": "3600"}])
def test_revocation_that_is_found_by_polling_is_ours(wait: dict[str, str]) -> None:
    """Its response is lost, and the task is polled before the request is repeated."""
    world = requested("ann", "bob")
    world.time += timedelta(seconds=40)
    world.answer = revoking_with_503(world, **wait)
    world.cancel("c-ann")
    world.run(days=10 / 1440, every=60)
    soon = (world.states(), world.suppressed)
    world.run()
    assert (soon, world.states()[1], world.task_statuses(), world.deleted()) == (
        ([RegulationState.CANCELED, RegulationState.REQUESTED], {"name-of-bob"}),
        RegulationState.COMPLETED,
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def in_conflict() -> FakeDeletionDependencies:
    """Our task for ann, and another caller's older task for bob, which he waits for."""
    world = FakeDeletionDependencies()
    world.mixpanel().create_task(["bob"])
    world.time += timedelta(hours=2, minutes=30)
    world.accept("ann", "bob")
    for _ in range(4):
        world.time += timedelta(minutes=1)
        world.run_worker()
    assert world.states() == [RegulationState.REQUESTED, RegulationState.CONFLICTED]
    return world


def responding(status: int, method: str = "DELETE", **headers: str) -> Callable[..., Any]:
    """A response to all requests with one method."""
    return lambda one: httpx.Response(status, headers=headers) if one.method == method else None


def test_cancellation_that_needs_no_request_comes_first() -> None:
    """Mixpanel does not revoke ann's task; bob waits for an older one."""
    world = in_conflict()
    world.answer = responding(500)
    world.cancel("c-ann")
    world.run_worker()
    world.cancel("c-bob")
    world.run_worker()
    assert (world.states(), world.suppressed) == (
        [RegulationState.CANCELLING, RegulationState.CANCELED],
        {"name-of-ann"},
    )


def test_cancellation_requested_during_a_request_is_not_delayed() -> None:
    """Mixpanel asks to retry the revocation of another task in a day."""
    world = in_conflict()

    def meanwhile(request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE":
            if not world.chunk().cancellation("c-bob"):
                world.cancel("c-bob")
            return httpx.Response(503, headers={"Retry-After": "86400"})
        return None

    world.answer = meanwhile
    world.cancel("c-ann")
    world.run_worker()
    assert (world.states()[1], world.suppressed) == (RegulationState.CANCELED, {"name-of-ann"})


def test_cancellation_is_carried_out_when_its_task_ends() -> None:
    """However long the Retry-After for its revocation is."""
    world = requested("ann")
    world.answer = responding(503, **{"Retry-After": "86400"})
    world.cancel("c-ann")
    world.run(days=0.5, every=60)
    actual = (world.states(), world.deleted(), world.suppressed)
    assert actual == ([RegulationState.COMPLETED], [["ann"]], set())


@pytest.mark.parametrize("status", [400, 500])
def test_task_that_is_not_revoked_does_not_block_another(status: int) -> None:
    """Each is revoked independently."""
    world = FakeDeletionDependencies()
    world.answer = answer_once({"POST": httpx.Response(400)})
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.run(days=5 / 1440, every=30)
    before, irrevocable = world.states(), world.chunk().tasks[0].task_id
    world.answer = lambda one: (
        httpx.Response(status) if one.method == "DELETE" and irrevocable in str(one.url) else None
    )
    world.cancel("c-ann")
    world.cancel("c-bob")
    world.run(every=60)
    assert (before, world.states(), world.deleted()) == (
        [RegulationState.REQUESTED] * 2,
        [RegulationState.COMPLETED, RegulationState.CANCELED],
        [["ann"]],
    )


def test_second_task_is_revoked_like_the_first() -> None:
    """The Retry-After of the first one does not apply to it."""
    world = requested("ann", "bob")
    world.answer = revoking_with_503(world, **{"Retry-After": "86400"})
    world.cancel("c-ann")
    world.run(days=10 / 1440, every=60)
    before = world.states()
    world.cancel("c-bob")
    world.run()
    assert (before, world.states(), world.task_statuses()) == (
        [RegulationState.CANCELED, RegulationState.REQUESTED],
        [RegulationState.CANCELED] * 2,
        ["REVOKED", "REVOKED"],
    )


def test_cancelled_user_is_not_in_the_second_task() -> None:
    """Mixpanel had revoked the first one without saying so; the other user can still cancel."""
    world = requested("ann", "bob")
    [task] = world.store.tasks.by_id.values()
    task.enter("REVOKED", world.time)
    unknown = {"results": {"status": "UNKNOWN"}}
    world.answer = answer_once(
        {"DELETE": httpx.Response(400), "GET": httpx.Response(200, json=unknown)}
    )
    world.cancel("c-ann")
    world.run(days=10 / 1440, every=60)
    before = (world.states()[0], world.suppressed, world.states()[1])
    world.cancel("c-bob")
    world.run()
    assert (before, world.states(), world.task_statuses()) == (
        (RegulationState.CANCELED, {"name-of-bob"}, RegulationState.REQUESTED),
        [RegulationState.CANCELED] * 2,
        ["REVOKED", "REVOKED"],
    )


def test_cancelled_user_is_not_in_the_halves_of_a_task() -> None:
    """The repeated request shows that no task was created, and Mixpanel rejects its size."""
    world = FakeDeletionDependencies()
    world.answer = answer_once({"POST": httpx.ReadTimeout("no answer")})
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.run_worker()
    world.cancel("c-ann")
    world.answer = answer_once({"POST": httpx.Response(400)})
    world.time += timedelta(minutes=2)
    world.run(every=60)
    requested = [
        json.loads(content)["distinct_ids"] for _, method, content in world.sent if method == "POST"
    ]
    assert (requested, world.states()) == (
        [["ann", "bob"], ["ann", "bob"], ["bob"]],
        [RegulationState.CANCELED, RegulationState.COMPLETED],
    )


def test_cancellation_after_a_lost_response_to_the_request() -> None:
    """First it is found out whether there is a task, however late; then it is revoked."""
    world = FakeDeletionDependencies()
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.answer = answer_once({"POST": httpx.ReadTimeout("no answer")})
    world.run_worker()
    world.cancel("c-ann")
    world.time += timedelta(hours=2)
    world.run()
    assert (world.states(), world.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
    )


@pytest.mark.parametrize("minutes", [0, 3, 50])
def test_task_whose_response_was_lost_is_revoked(minutes: int) -> None:
    """Mixpanel has created it, so it is ours."""
    world = requested("ann", "bob", loses_response=first_request("POST"))
    world.time += timedelta(minutes=minutes)
    world.run_worker()
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses(), world.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_task_whose_response_was_lost_is_polled() -> None:
    """It is known as ours, and not requested twice."""
    world = FakeDeletionDependencies(loses_response=first_request("POST"))
    world.accept("ann")
    world.run()
    notes = [note["what"] for note in world.chunk().tasks[0].history]
    known = any("created by an earlier request" in note for note in notes)
    assert (world.states(), world.task_statuses(), known) == (
        [RegulationState.COMPLETED],
        ["SUCCESS"],
        True,
    )


def test_lost_response_is_remembered_after_a_429() -> None:
    """The second request was certainly not carried out; the first one may have been."""
    world = requested("ann", loses_response=first_request("POST"))
    world.answer = answer_once({"POST": httpx.Response(429)})
    world.time += timedelta(minutes=2)
    world.run_worker()
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses()) == ([RegulationState.CANCELED], ["REVOKED"])


def test_deletion_is_not_requested_again_for_cancelled_users() -> None:
    """Not even when the task that they had adopted is revoked for another regulation."""
    world = requested("ann")
    world.accept("ann", name="d")
    world.time += timedelta(minutes=2)
    world.run_worker()
    world.cancel("d-ann", "d")
    world.run_worker()
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.states("d"), world.task_statuses(), world.suppressed) == (
        [RegulationState.CANCELED],
        [RegulationState.CANCELED],
        ["REVOKED"],
        set(),
    )


@pytest.mark.parametrize("answers", [[503], [503, 429]])
def test_profiles_are_not_deleted_after_a_cancellation(answers: list[int]) -> None:
    """A repeated request would not reveal what the first one did, but delete them."""
    world = FakeDeletionDependencies(config={"userDeletionApi": "engage"})
    world.accept("ann")
    for status in answers:
        world.answer = answer_once({"POST": httpx.Response(status)})
        world.time += timedelta(minutes=2)
        world.run_worker()
    world.cancel("c-ann")
    world.run()
    [task] = world.chunk().tasks
    noted = any("may already be deleted" in note["what"] for note in task.history)
    assert (world.states(), len(world.sent), world.suppressed, noted) == (
        [RegulationState.CANCELED],
        len(answers),
        set(),
        True,
    )


def test_history_of_a_cancelled_regulation_is_kept() -> None:
    """What was requested of Mixpanel, and that it was revoked."""
    world = requested("ann")
    world.cancel("c-ann")
    world.run()
    [task] = world.chunk().tasks
    notes = [note["what"].split()[-1] for note in task.history]
    assert (task.members, notes, world.chunk().people) == (
        ["c-ann"],
        ["requested", "created", "revoked", "cancelled"],
        {},
    )


@pytest.mark.parametrize("kind", RegulationType)
def test_cancelled_user_is_not_suppressed_by_a_late_acceptance(kind: RegulationType) -> None:
    """Another process began to accept the same chunk, and continues after the cancellation."""
    world = FakeDeletionDependencies()
    late = world.write_chunk("ann", "bob", kind=kind)
    begun = Chunk.decoded(late.encoded())
    accept_chunk(late, world)
    world.cancel("c-ann")
    world.run_worker()
    accept_chunk(begun, world)
    assert (world.states()[0], world.suppressed) == (RegulationState.CANCELED, {"name-of-bob"})


@dataclass
class Interrupted:
    """A table of suppressed users that calls `then` after the first release."""

    table: Any
    then: Callable[[], object] | None

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Release, then call it once."""
        self.table.release(names)
        if (then := self.then) is not None:
            self.then = None
            then()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the table's."""
        return getattr(self.table, name)


def test_cancelled_user_is_not_suppressed_by_an_acceptance_during_the_cancellation() -> None:
    """It suppresses the user again after the release, before the release is recorded."""
    world = FakeDeletionDependencies()
    late = world.write_chunk("ann")
    begun = Chunk.decoded(late.encoded())
    accept_chunk(late, world)
    world.cancel("c-ann")
    world.suppressions = Interrupted(world.stored_suppressions, lambda: accept_chunk(begun, world))
    world.run()
    assert (world.states(), world.suppressed) == ([RegulationState.CANCELED], set())


def test_revocation_is_retried_when_mixpanel_is_busy() -> None:
    """Until then the regulation stays cancelling."""
    world = requested("ann")
    world.answer = answer_once({"DELETE": httpx.Response(429)})
    world.cancel("c-ann")
    world.run_worker()
    before = world.states()
    world.run()
    assert (before, world.states()) == ([RegulationState.CANCELLING], [RegulationState.CANCELED])
