"""Cancellations: suppressions are lifted, and tasks revoked where that is possible."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from rudder_mixpanel.regulations.stored_chunk import decode_chunk, encode_chunk
from rudder_mixpanel.regulations.task import ERASED
from tests.fakes.deletion import FakeDeletionDependencies, answer_once, first_request


def requested(*users: str, **arguments: Any) -> FakeDeletionDependencies:
    """Dependencies whose Mixpanel has a task for these users."""
    fakes = FakeDeletionDependencies(**arguments)
    fakes.accept(*users)
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    return fakes


def test_cancelled_suppression_is_lifted() -> None:
    """Without a request to Mixpanel."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", kind=RegulationType.SUPPRESS)
    fakes.cancel("c-ann")
    before = fakes.states()
    fakes.run()
    actual = (before, fakes.states(), fakes.suppressed, fakes.sent)
    assert actual == ([RegulationState.CANCELLING], [RegulationState.CANCELED], set(), [])


def test_two_regulations_suppress_the_same_user() -> None:
    """Cancelling one does not lift the other's suppression."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", kind=RegulationType.SUPPRESS)
    fakes.accept("ann", kind=RegulationType.SUPPRESS, name="d")
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.suppressed, fakes.states(), fakes.states("d")) == (
        {"name-of-ann"},
        [RegulationState.CANCELED],
        [RegulationState.SUPPRESSED],
    )


def test_user_cancelled_before_the_request_is_not_in_it() -> None:
    """The others are deleted."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", "bob")
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.deleted(), fakes.suppressed) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
        {"name-of-bob"},
    )


def test_task_that_has_not_started_is_revoked() -> None:
    """And requested again for the other users."""
    fakes = requested("ann", "bob")
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.task_statuses(), fakes.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_task_without_users_is_not_requested_again() -> None:
    """The only user is cancelled."""
    fakes = requested("ann")
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == ([RegulationState.CANCELED], ["REVOKED"])


def test_task_that_has_started_continues() -> None:
    """The user is deleted, but no longer suppressed; the history says why."""
    fakes = requested("ann")
    fakes.time += timedelta(hours=2, minutes=1)
    fakes.cancel("c-ann")
    fakes.run()
    notes = [note["what"] for note in fakes.chunk().tasks[0].history]
    late = any("can no longer be called off" in note for note in notes)
    assert (fakes.states(), fakes.suppressed, late) == ([RegulationState.COMPLETED], set(), True)


def test_lost_response_to_a_revocation_is_found_by_the_status() -> None:
    """The task was revoked, and only the response was lost."""
    fakes = requested("ann", "bob")
    fakes.loses_response = first_request("DELETE")
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
    )


def revoking_with_503(
    fakes: FakeDeletionDependencies, **headers: str
) -> Callable[[httpx.Request], httpx.Response | None]:
    """Responses of a Mixpanel that revokes its only task, but responds with 503."""
    [task] = fakes.store.tasks.by_id.values()

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE" and task.is_running:
            task.enter("REVOKED", fakes.time)
            return httpx.Response(503, headers=headers)
        return None

    return answer


@pytest.mark.parametrize("wait", [{}, {"Retry-After": "3600"}])
def test_revocation_that_is_found_by_polling_is_ours(wait: dict[str, str]) -> None:
    """Its response is lost, and the task is polled before the request is repeated."""
    fakes = requested("ann", "bob")
    fakes.time += timedelta(seconds=40)
    fakes.answer = revoking_with_503(fakes, **wait)
    fakes.cancel("c-ann")
    fakes.run(days=10 / 1440, every=60)
    soon = (fakes.states(), fakes.suppressed)
    fakes.run()
    assert (soon, fakes.states()[1], fakes.task_statuses(), fakes.deleted()) == (
        ([RegulationState.CANCELED, RegulationState.REQUESTED], {"name-of-bob"}),
        RegulationState.COMPLETED,
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def in_conflict() -> FakeDeletionDependencies:
    """Our task for ann, and another caller's older task for bob, which he waits for."""
    fakes = FakeDeletionDependencies()
    fakes.mixpanel().create_task(["bob"])
    fakes.time += timedelta(hours=2, minutes=30)
    fakes.accept("ann", "bob")
    for _ in range(4):
        fakes.time += timedelta(minutes=1)
        fakes.run_worker()
    assert fakes.states() == [RegulationState.REQUESTED, RegulationState.CONFLICTED]
    return fakes


def responding(status: int, method: str = "DELETE", **headers: str) -> Callable[..., Any]:
    """A response to all requests with one method."""
    return lambda request: (
        httpx.Response(status, headers=headers) if request.method == method else None
    )


def test_cancellation_that_needs_no_request_comes_first() -> None:
    """Mixpanel does not revoke ann's task; bob waits for an older one."""
    fakes = in_conflict()
    fakes.answer = responding(500)
    fakes.cancel("c-ann")
    fakes.run_worker()
    fakes.cancel("c-bob")
    fakes.run_worker()
    assert (fakes.states(), fakes.suppressed) == (
        [RegulationState.CANCELLING, RegulationState.CANCELED],
        {"name-of-ann"},
    )


def test_cancellation_requested_during_a_request_is_not_delayed() -> None:
    """Mixpanel asks to retry the revocation of another task in a day."""
    fakes = in_conflict()

    def meanwhile(request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE":
            if not fakes.chunk().cancellation("c-bob"):
                fakes.cancel("c-bob")
            return httpx.Response(503, headers={"Retry-After": "86400"})
        return None

    fakes.answer = meanwhile
    fakes.cancel("c-ann")
    fakes.run_worker()
    assert (fakes.states()[1], fakes.suppressed) == (RegulationState.CANCELED, {"name-of-ann"})


def test_cancellation_is_carried_out_when_its_task_ends() -> None:
    """However long the Retry-After for its revocation is."""
    fakes = requested("ann")
    fakes.answer = responding(503, **{"Retry-After": "86400"})
    fakes.cancel("c-ann")
    fakes.run(days=0.5, every=60)
    actual = (fakes.states(), fakes.deleted(), fakes.suppressed)
    assert actual == ([RegulationState.COMPLETED], [["ann"]], set())


@pytest.mark.parametrize("status", [400, 500])
def test_task_that_is_not_revoked_does_not_block_another(status: int) -> None:
    """Each is revoked independently."""
    fakes = FakeDeletionDependencies()
    fakes.answer = answer_once({"POST": httpx.Response(400, json={"error": "no"})})
    fakes.accept("ann", "bob")
    fakes.time += timedelta(minutes=2)
    fakes.run(days=5 / 1440, every=30)
    before, irrevocable = fakes.states(), fakes.chunk().tasks[0].task_id
    fakes.answer = lambda request: (
        httpx.Response(status, json={"error": "no"})
        if request.method == "DELETE" and irrevocable in str(request.url)
        else None
    )
    fakes.cancel("c-ann")
    fakes.cancel("c-bob")
    fakes.run(every=60)
    assert (before, fakes.states(), fakes.deleted()) == (
        [RegulationState.REQUESTED] * 2,
        [RegulationState.COMPLETED, RegulationState.CANCELED],
        [["ann"]],
    )


def test_second_task_is_not_revoked() -> None:
    """Its user has waited once for somebody who cancelled, and does not wait again."""
    fakes = requested("ann", "bob", "cy")
    fakes.answer = revoking_with_503(fakes, **{"Retry-After": "86400"})
    fakes.cancel("c-ann")
    fakes.run(days=10 / 1440, every=60)
    before = fakes.states()
    fakes.cancel("c-bob")
    fakes.run()
    assert (before, fakes.states(), fakes.task_statuses(), fakes.suppressed) == (
        [RegulationState.CANCELED, *[RegulationState.REQUESTED] * 2],
        [RegulationState.CANCELED, *[RegulationState.COMPLETED] * 2],
        ["REVOKED", "SUCCESS"],
        {"name-of-cy"},
    )


def silently_revoked(status: int) -> FakeDeletionDependencies:
    """A task for ann and bob that Mixpanel has revoked, and at first does not say so."""
    fakes = requested("ann", "bob")
    [task] = fakes.store.tasks.by_id.values()
    task.enter("REVOKED", fakes.time)
    unknown = {"results": {"status": "UNKNOWN"}}
    fakes.answer = answer_once(
        {"DELETE": httpx.Response(status), "GET": httpx.Response(200, json=unknown)}
    )
    return fakes


def test_cancelled_user_is_not_in_the_second_task() -> None:
    """Mixpanel had revoked the first one without saying so."""
    fakes = silently_revoked(405)
    fakes.cancel("c-ann")
    fakes.run(days=2)
    assert (fakes.states(), fakes.suppressed, fakes.task_statuses(), fakes.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        {"name-of-bob"},
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_late_sign_of_our_revocation_does_not_count_as_a_failure() -> None:
    """Those who stay have waited once, although Mixpanel did not know the task for a moment."""
    fakes = silently_revoked(503)
    fakes.cancel("c-ann")
    fakes.run(days=2)
    own = fakes.chunk().tasks_of("c-bob")
    assert [(task.restarted, task.failures) for task in own] == [(True, 0)]


def test_cancelled_user_is_not_in_the_halves_of_a_task() -> None:
    """The repeated request shows that no task was created, and Mixpanel rejects its size."""
    fakes = FakeDeletionDependencies()
    fakes.answer = answer_once({"POST": httpx.ReadTimeout("no answer")})
    fakes.accept("ann", "bob")
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.answer = answer_once({"POST": httpx.Response(400, json={"error": "no"})})
    fakes.time += timedelta(minutes=2)
    fakes.run(every=60)
    requested = [
        json.loads(content)["distinct_ids"] for _, method, content in fakes.sent if method == "POST"
    ]
    assert (requested, fakes.states()) == (
        [["ann", "bob"], ["ann", "bob"], ["bob"]],
        [RegulationState.CANCELED, RegulationState.COMPLETED],
    )


def test_cancellation_after_a_lost_response_to_the_request() -> None:
    """First it is found out whether there is a task, however late; then it is revoked."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", "bob")
    fakes.time += timedelta(minutes=2)
    fakes.answer = answer_once({"POST": httpx.ReadTimeout("no answer")})
    fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.time += timedelta(hours=2)
    fakes.run()
    assert (fakes.states(), fakes.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
    )


@pytest.mark.parametrize("minutes", [0, 3, 50])
def test_task_whose_response_was_lost_is_revoked(minutes: int) -> None:
    """Mixpanel has created it, so it is ours."""
    fakes = requested("ann", "bob", loses_response=first_request("POST"))
    fakes.time += timedelta(minutes=minutes)
    fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.task_statuses(), fakes.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_task_whose_response_was_lost_is_polled() -> None:
    """It is known as ours, and not requested twice."""
    fakes = FakeDeletionDependencies(loses_response=first_request("POST"))
    fakes.accept("ann")
    fakes.run()
    notes = [note["what"] for note in fakes.chunk().tasks[0].history]
    known = any("created by an earlier request" in note for note in notes)
    assert (fakes.states(), fakes.task_statuses(), known) == (
        [RegulationState.COMPLETED],
        ["SUCCESS"],
        True,
    )


def test_lost_response_is_remembered_after_a_429() -> None:
    """The second request was certainly not carried out; the first one may have been."""
    fakes = requested("ann", loses_response=first_request("POST"))
    fakes.answer = answer_once({"POST": httpx.Response(429)})
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == ([RegulationState.CANCELED], ["REVOKED"])


def test_deletion_is_not_requested_again_for_cancelled_users() -> None:
    """Not even when the task that they had adopted is revoked for another regulation."""
    fakes = requested("ann")
    fakes.accept("ann", name="d")
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    fakes.cancel("d-ann", "d")
    fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states(), fakes.states("d"), fakes.task_statuses(), fakes.suppressed) == (
        [RegulationState.CANCELED],
        [RegulationState.CANCELED],
        ["REVOKED"],
        set(),
    )


@pytest.mark.parametrize("answers", [[503], [503, 429]])
def test_profiles_are_not_deleted_after_a_cancellation(answers: list[int]) -> None:
    """A repeated request would not reveal what the first one did, but delete them."""
    fakes = FakeDeletionDependencies(config={"userDeletionApi": "engage"})
    fakes.accept("ann")
    fakes.accept_token()
    for status in answers:
        fakes.answer = answer_once({"POST": httpx.Response(status)})
        fakes.time += timedelta(minutes=2)
        fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.run()
    [task] = fakes.chunk().tasks
    noted = any("may already be deleted" in note["what"] for note in task.history)
    assert (fakes.states(), len(fakes.sent), fakes.suppressed, noted) == (
        [RegulationState.CANCELED],
        len(answers),
        set(),
        True,
    )


def test_history_of_a_cancelled_regulation_is_kept() -> None:
    """What was requested of Mixpanel, and that it was revoked."""
    fakes = requested("ann")
    [task_id] = fakes.store.tasks.by_id
    fakes.cancel("c-ann")
    fakes.run()
    [task] = fakes.chunk().tasks
    notes = [note["what"].replace(task_id, "T") for note in task.history]
    assert (task.members, notes, fakes.remembered()) == (
        ["c-ann"],
        [
            ERASED,
            "Mixpanel was asked to delete the profile and all events.",
            "Mixpanel accepted the deletion as task T.",
            "Task T was called off, since somebody in it cancelled.",
        ],
        [],
    )


@pytest.mark.parametrize("kind", RegulationType)
def test_cancelled_user_is_not_suppressed_by_a_late_acceptance(kind: RegulationType) -> None:
    """Another process began to accept the same chunk, and continues after the cancellation."""
    fakes = FakeDeletionDependencies()
    late = fakes.write_chunk("ann", "bob", kind=kind)
    begun = decode_chunk(encode_chunk(late))
    accept_chunk(late, fakes)
    fakes.cancel("c-ann")
    fakes.run_worker()
    accept_chunk(begun, fakes)
    assert (fakes.states()[0], fakes.suppressed) == (RegulationState.CANCELED, {"name-of-bob"})


@dataclass
class Interrupted:
    """A table of suppressed users that calls `after_release` after the first release."""

    table: Any
    after_release: Callable[[], object] | None

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Release, then call it once."""
        self.table.release(names)
        if (call := self.after_release) is not None:
            self.after_release = None
            call()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the table's."""
        return getattr(self.table, name)


def test_cancelled_user_is_not_suppressed_by_an_acceptance_during_the_cancellation() -> None:
    """It suppresses the user again after the release, before the release is recorded."""
    fakes = FakeDeletionDependencies()
    late = fakes.write_chunk("ann")
    begun = decode_chunk(encode_chunk(late))
    accept_chunk(late, fakes)
    fakes.cancel("c-ann")
    fakes.suppressions = Interrupted(fakes.stored_suppressions, lambda: accept_chunk(begun, fakes))
    fakes.run()
    assert (fakes.states(), fakes.suppressed) == ([RegulationState.CANCELED], set())


def test_revocation_is_retried_when_mixpanel_is_busy() -> None:
    """Until then the regulation stays cancelling."""
    fakes = requested("ann")
    fakes.answer = answer_once({"DELETE": httpx.Response(429)})
    fakes.cancel("c-ann")
    fakes.run_worker()
    before = fakes.states()
    fakes.run()
    assert (before, fakes.states()) == ([RegulationState.CANCELLING], [RegulationState.CANCELED])


def test_deletion_that_had_ended_does_not_continue() -> None:
    """The cancellation only lifts the suppression; it was not too late for anything."""
    fakes = requested("ann")
    fakes.run()
    fakes.cancel("c-ann")
    while_cancelling = fakes.chunk().deletion_continues("c-ann", fakes.now())
    fakes.run()
    assert (while_cancelling, fakes.chunk().deletion_continues("c-ann", fakes.now())) == (
        False,
        False,
    )
