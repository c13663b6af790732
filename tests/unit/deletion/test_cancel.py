"""Cancellations: suppressed no more, and not deleted where that can be helped."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.model import Chunk, RegulationState, RegulationType
from tests.fakes.deletion import FakeDeletionDependencies, answer_once, first_request


def requested(*users: str, **world: Any) -> FakeDeletionDependencies:
    """A world in which Mixpanel was asked to delete these users."""
    one = FakeDeletionDependencies(**world)
    one.accept(*users)
    one.time += timedelta(minutes=2)
    one.run_worker()
    return one


def test_cancelled_suppression_is_lifted() -> None:
    """Nobody is asked for anything."""
    world = FakeDeletionDependencies()
    world.accept("ann", kind=RegulationType.SUPPRESS)
    world.cancel("c-ann")
    before = world.states()
    world.run()
    found = (before, world.states(), world.suppressed, world.sent)
    assert found == ([RegulationState.CANCELLING], [RegulationState.CANCELED], set(), [])


def test_two_regulations_hold_the_same_user() -> None:
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


def test_who_leaves_before_the_request_is_not_in_it() -> None:
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


def test_task_that_has_not_started_is_called_off() -> None:
    """And asked for anew, for those who stay."""
    world = requested("ann", "bob")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses(), world.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
        [["bob"]],
    )


def test_last_one_to_leave_leaves_nothing_to_do() -> None:
    """No new task is made for nobody."""
    world = requested("ann")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses()) == ([RegulationState.CANCELED], ["REVOKED"])


def test_task_that_has_started_goes_on() -> None:
    """The user is deleted, and not suppressed any more; the history says why."""
    world = requested("ann")
    world.time += timedelta(hours=2, minutes=1)
    world.cancel("c-ann")
    world.run()
    told = [one["what"] for one in world.chunk().tasks[0].history]
    late = any("can no longer be called off" in one for one in told)
    assert (world.states(), world.suppressed, late) == ([RegulationState.COMPLETED], set(), True)


def test_answer_that_never_came_is_looked_for() -> None:
    """The task was called off, and nobody has heard: its status tells."""
    world = requested("ann", "bob")
    world.loses_response = first_request("DELETE")
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.deleted()) == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        [["bob"]],
    )


def revoking_in_silence(
    world: FakeDeletionDependencies, **headers: str
) -> Callable[[httpx.Request], httpx.Response | None]:
    """Answers of a Mixpanel that calls its one task off, and says that it is unwell."""
    [task] = world.store.tasks.by_id.values()

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE" and task.runs:
            task.enter("REVOKED", world.time)
            return httpx.Response(503, headers=headers)
        return None

    return answer


@pytest.mark.parametrize("wait", [{}, {"Retry-After": "3600"}])
def test_revocation_that_is_heard_of_by_following_is_ours(wait: dict[str, str]) -> None:
    """Its answer is lost, and the task is looked at before the wish is told again."""
    world = requested("ann", "bob")
    world.time += timedelta(seconds=40)
    world.answer = revoking_in_silence(world, **wait)
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
    """A task of ours about ann, and an older one of somebody else's about bob, who waits for it."""
    world = FakeDeletionDependencies()
    world.mixpanel().create_task(["bob"])
    world.time += timedelta(hours=2, minutes=30)
    world.accept("ann", "bob")
    for _ in range(4):
        world.time += timedelta(minutes=1)
        world.run_worker()
    assert world.states() == [RegulationState.REQUESTED, RegulationState.CONFLICTED]
    return world


def refusing(status: int, method: str = "DELETE", **headers: str) -> Callable[..., Any]:
    """Answers of Mixpanel to requests of one method."""
    return lambda one: httpx.Response(status, headers=headers) if one.method == method else None


def test_who_is_asked_nothing_about_leaves_first() -> None:
    """Mixpanel calls nothing off, and is at an older deletion of another user."""
    world = in_conflict()
    world.answer = refusing(500)
    world.cancel("c-ann")
    world.run_worker()
    world.cancel("c-bob")
    world.run_worker()
    assert (world.states(), world.suppressed) == (
        [RegulationState.CANCELLING, RegulationState.CANCELED],
        {"name-of-ann"},
    )


def test_wish_that_comes_while_mixpanel_is_asked_is_not_put_off() -> None:
    """Another one is asked about, for which Mixpanel wants a day."""
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


def test_task_that_ends_frees_who_waited_for_its_revocation() -> None:
    """However long Mixpanel wants not to be asked for that."""
    world = requested("ann")
    world.answer = refusing(503, **{"Retry-After": "86400"})
    world.cancel("c-ann")
    world.run(days=0.5, every=60)
    found = (world.states(), world.deleted(), world.suppressed)
    assert found == ([RegulationState.COMPLETED], [["ann"]], set())


@pytest.mark.parametrize("status", [400, 500])
def test_task_that_is_not_called_off_does_not_hold_up_another(status: int) -> None:
    """Each is asked about in its turn."""
    world = FakeDeletionDependencies()
    world.answer = answer_once({"POST": httpx.Response(400)})
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.run(days=5 / 1440, every=30)
    before, stubborn = world.states(), world.chunk().tasks[0].task_id
    world.answer = lambda one: (
        httpx.Response(status) if one.method == "DELETE" and stubborn in str(one.url) else None
    )
    world.cancel("c-ann")
    world.cancel("c-bob")
    world.run(every=60)
    assert (before, world.states(), world.deleted()) == (
        [RegulationState.REQUESTED] * 2,
        [RegulationState.COMPLETED, RegulationState.CANCELED],
        [["ann"]],
    )


def test_task_that_is_asked_for_anew_is_called_off_as_any_other() -> None:
    """What Mixpanel said about the first one is forgotten with it."""
    world = requested("ann", "bob")
    world.answer = revoking_in_silence(world, **{"Retry-After": "86400"})
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


def test_who_was_too_late_to_leave_is_not_asked_for_anew() -> None:
    """Mixpanel had called it off, and did not know; who stays may yet leave."""
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


def test_who_leaves_is_not_asked_for_with_those_who_stay() -> None:
    """Asking again finds that nothing was created: Mixpanel wants them in halves."""
    world = FakeDeletionDependencies()
    world.answer = answer_once({"POST": httpx.ReadTimeout("no answer")})
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.run_worker()
    world.cancel("c-ann")
    world.answer = answer_once({"POST": httpx.Response(400)})
    world.time += timedelta(minutes=2)
    world.run(every=60)
    asked = [
        json.loads(content)["distinct_ids"] for _, method, content in world.sent if method == "POST"
    ]
    assert (asked, world.states()) == (
        [["ann", "bob"], ["ann", "bob"], ["bob"]],
        [RegulationState.CANCELED, RegulationState.COMPLETED],
    )


def test_answer_to_the_request_itself_never_came() -> None:
    """Whether there is a task is found out first, however late; then it is called off."""
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
def test_task_of_which_nobody_heard_is_called_off(minutes: int) -> None:
    """Mixpanel has made it, and the answer was lost: it is ours all the same."""
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


def test_task_of_which_nobody_heard_is_followed() -> None:
    """It is not another request's, and not asked for twice."""
    world = FakeDeletionDependencies(loses_response=first_request("POST"))
    world.accept("ann")
    world.run()
    told = [one["what"] for one in world.chunk().tasks[0].history]
    found = (world.states(), world.task_statuses(), any("as is known now" in one for one in told))
    assert found == ([RegulationState.COMPLETED], ["SUCCESS"], True)


def test_busy_mixpanel_does_not_make_the_lost_answer_forgotten() -> None:
    """The second request is certainly not carried out; the first one still may be."""
    world = requested("ann", loses_response=first_request("POST"))
    world.answer = answer_once({"POST": httpx.Response(429)})
    world.time += timedelta(minutes=2)
    world.run_worker()
    world.cancel("c-ann")
    world.run()
    assert (world.states(), world.task_statuses()) == ([RegulationState.CANCELED], ["REVOKED"])


def test_deletion_is_not_asked_for_anew_for_who_was_cancelled() -> None:
    """Not when the task that was as good as theirs is called off for another one."""
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
def test_profiles_are_not_deleted_after_the_cancellation(answers: list[int]) -> None:
    """Asking again would not tell what the first request did, but do it."""
    world = FakeDeletionDependencies(config={"userDeletionApi": "engage"})
    world.accept("ann")
    for status in answers:
        world.answer = answer_once({"POST": httpx.Response(status)})
        world.time += timedelta(minutes=2)
        world.run_worker()
    world.cancel("c-ann")
    world.run()
    [task] = world.chunk().tasks
    told = any("may have been deleted" in one["what"] for one in task.history)
    assert (world.states(), len(world.sent), world.suppressed, told) == (
        [RegulationState.CANCELED],
        len(answers),
        set(),
        True,
    )


def test_history_of_who_was_cancelled_is_kept() -> None:
    """What was asked of Mixpanel about them, and that it was called off."""
    world = requested("ann")
    world.cancel("c-ann")
    world.run()
    [task] = world.chunk().tasks
    told = [one["what"].split()[-1] for one in task.history]
    assert (task.members, told, world.chunk().people) == (
        ["c-ann"],
        ["for", "created", "off", "cancelled"],
        {},
    )


@pytest.mark.parametrize("kind", RegulationType)
def test_cancelled_user_is_not_suppressed_by_who_is_late(kind: RegulationType) -> None:
    """Somebody began to accept the same chunk, and goes on after all is over."""
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
    """A table of suppressed users; when something is first released, something else happens."""

    table: Any
    then: Callable[[], object] | None

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Release, and let it happen."""
        self.table.release(names)
        if (then := self.then) is not None:
            self.then = None
            then()

    def __getattr__(self, name: str) -> Any:
        """All else is the table's."""
        return getattr(self.table, name)


def test_cancelled_user_is_not_suppressed_by_who_is_late_in_between() -> None:
    """Suppressed again after it was lifted, and before that was written down."""
    world = FakeDeletionDependencies()
    late = world.write_chunk("ann")
    begun = Chunk.decoded(late.encoded())
    accept_chunk(late, world)
    world.cancel("c-ann")
    world.suppressions = Interrupted(world.stored_suppressions, lambda: accept_chunk(begun, world))
    world.run()
    assert (world.states(), world.suppressed) == ([RegulationState.CANCELED], set())


def test_mixpanel_that_is_busy_is_asked_again() -> None:
    """The wish stays."""
    world = requested("ann")
    world.answer = answer_once({"DELETE": httpx.Response(429)})
    world.cancel("c-ann")
    world.run_worker()
    before = world.states()
    world.run()
    assert (before, world.states()) == ([RegulationState.CANCELLING], [RegulationState.CANCELED])
