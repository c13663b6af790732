"""Tasks that fail: nobody is given up for another's sake, or for what says nothing about them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.regulations.model import Person, RegulationState
from tests.fakes.deletion import FakeDeletionDependencies, answer_once

COMPLETED, FAILED = RegulationState.COMPLETED, RegulationState.FAILED


def requested(*users: str) -> FakeDeletionDependencies:
    """Dependencies whose Mixpanel has a task for these users."""
    fakes = FakeDeletionDependencies()
    fakes.accept(*users)
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    return fakes


def failing(fakes: FakeDeletionDependencies, poison: str, status: str = "FAILURE") -> None:
    """Let every task that names this id end with a status."""

    def answer(_: httpx.Request) -> None:
        for task in fakes.store.tasks.by_id.values():
            if task.is_running and poison in task.distinct_ids:
                task.enter(status, fakes.time)

    fakes.answer = answer


def rejecting(poison: str) -> Callable[[httpx.Request], httpx.Response | None]:
    """A Mixpanel that rejects every request that names an id."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        is_bad = request.method == "POST" and f'"{poison}"'.encode() in request.content
        rejection = {"error": f"cannot read id {poison}", "status": "error"}
        return httpx.Response(400, json=rejection) if is_bad else None

    return answer


@pytest.mark.parametrize("status", ["FAILURE", "REVOKED"])
def test_failed_task_is_requested_again(status: str) -> None:
    """The failure may be about nobody, and somebody else may call a task off."""
    fakes = requested("ann", "bob")
    [task] = fakes.store.tasks.by_id.values()
    task.enter(status, fakes.time)
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == ([COMPLETED] * 2, [status, "SUCCESS"])


@pytest.mark.parametrize("status", ["NOT_FOUND", "UNKNOWN", "A_NEW_WORD"])
def test_unknown_task_is_requested_again_after_two_days(status: str) -> None:
    """Before, the status means nothing."""
    fakes = requested("ann")
    [task] = fakes.store.tasks.by_id.values()
    task.enter(status, fakes.time)
    fakes.run(days=1.9)
    before = fakes.states()
    fakes.run(days=2)
    assert (before, fakes.states(), fakes.task_statuses()) == (
        [RegulationState.REQUESTED],
        [COMPLETED],
        [status, "SUCCESS"],
    )


@pytest.mark.parametrize("count", [3, 30, 1_999])
def test_one_id_that_fails_every_task_fails_alone(count: int) -> None:
    """Whoever is requested together with it is split from it."""
    users = [f"user-{number}" for number in range(count - 1)]
    fakes = FakeDeletionDependencies()
    failing(fakes, "bad")
    fakes.accept(*users[:1], "bad", *users[1:])
    fakes.run(days=12, every=3_600)
    states = fakes.states()
    sizes = sorted({len(task.distinct_ids) for task in fakes.store.tasks.by_id.values()})
    assert (states.pop(1), set(states), sizes[:1], sizes[-1], fakes.remembered()) == (
        FAILED,
        {COMPLETED},
        [1],
        count,
        ["c-bad"],
    )


def test_failed_chunk_is_split_into_about_the_square_root_of_it() -> None:
    """A task may take weeks: two rounds are far fewer than halving would take."""
    fakes = FakeDeletionDependencies()
    failing(fakes, "user-7")
    fakes.accept(*(f"user-{number}" for number in range(1_999)))
    fakes.run(days=12, every=3_600)
    sizes = [len(task.distinct_ids) for task in fakes.store.tasks.by_id.values()]
    parts = sum(1 < size < 1_999 for size in sizes)
    assert (sizes.count(1_999), parts, sizes.count(1)) == (2, 45, 46)


def test_one_id_of_a_user_that_fails_does_not_keep_the_others() -> None:
    """The regulation fails, with what was done for each id, and the user's other id is deleted."""
    fakes = FakeDeletionDependencies()
    failing(fakes, "$device:odd")
    chunk = fakes.write_chunk("ann")
    chunk.people["c-ann"] = Person({"userId": "ann"}, ["ann", "$device:odd"], ["name-of-ann"])
    assert fakes.stored_regulations.save(chunk)
    fakes.run(days=9)
    states = sorted(task.state for task in fakes.chunk().tasks)
    assert (fakes.states(), states, fakes.deleted(), fakes.run_worker().failed) == (
        [FAILED],
        [COMPLETED, FAILED],
        [["ann"]],
        0,
    )


def test_user_whom_mixpanel_rejects_fails_alone() -> None:
    """A rejection is immediate, so that requests are halved; Mixpanel's words lose the id."""
    fakes = FakeDeletionDependencies()
    fakes.answer = rejecting("bad")
    fakes.accept("ann", "bad", "bob", "cy")
    fakes.run(days=2)
    [failed] = [task for task in fakes.chunk().tasks if task.state is FAILED]
    assert (fakes.states(), failed.history[-2]["what"], failed.failures_alone) == (
        [COMPLETED, FAILED, COMPLETED, COMPLETED],
        "Mixpanel rejected the request: HTTP 400: cannot read id [id]",
        2,
    )


def test_mixpanel_that_fails_everything_for_a_day_fails_nobody() -> None:
    """The requests that follow a failure wait longer the fewer users they are about."""
    fakes = FakeDeletionDependencies()
    failing(fakes, "ann")
    fakes.accept("ann")
    fakes.run(days=1)
    fakes.answer = lambda _: None
    fakes.run(days=3)
    assert fakes.states() == [COMPLETED]


def test_failed_user_is_remembered_for_thirty_days() -> None:
    """So that somebody can be told; then only the record is left."""
    fakes = FakeDeletionDependencies()
    failing(fakes, "ann")
    fakes.accept("ann")
    failed = sum(
        fakes.run_worker().failed for _ in range(10) for _ in [fakes.run(days=1, every=7_200)]
    )
    at_first = fakes.remembered()
    fakes.run(days=31, every=86_400)
    assert (failed, at_first, fakes.remembered(), fakes.chunk().due) == (0, ["c-ann"], [], None)


def test_user_of_whom_two_ids_failed_is_forgotten_after_the_last() -> None:
    """Until then the worker has nothing to do: it would start again and again, and never end."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    chunk.people["c-ann"].ids = ["ann", "device"]
    for part, day in zip(chunk.split_ids(chunk.tasks[0]), (1, 11), strict=True):
        chunk.end(part, FAILED, chunk.effective_at + day * 86_400)
    assert chunk.due == chunk.effective_at + 41 * 86_400


def test_cancelled_user_is_not_requested_again() -> None:
    """The cancellation came too late for the task, which then failed."""
    fakes = requested("ann", "bob")
    fakes.time += timedelta(days=1, hours=1)
    [task] = fakes.store.tasks.by_id.values()
    task.enter("STARTED", fakes.time)
    fakes.cancel("c-ann")
    fakes.run_worker()
    before = fakes.states()
    task.enter("FAILURE", fakes.time)
    fakes.run()
    assert (before[0], fakes.states(), fakes.deleted(), fakes.remembered()) == (
        RegulationState.REQUESTED,
        [RegulationState.CANCELED, COMPLETED],
        [["bob"]],
        [],
    )


def test_failure_together_with_somebody_else_is_not_one_alone() -> None:
    """The other one cancels after the failure; who stays is requested twice before giving up."""
    fakes = requested("ann", "bob")
    [task] = fakes.store.tasks.by_id.values()
    task.enter("FAILURE", fakes.time)
    fakes.run_worker()
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.run(days=0.1)
    alone = fakes.store.tasks.by_id[fakes.chunk().tasks[0].task_id]
    alone.enter("FAILURE", fakes.time)
    fakes.run(days=3)
    assert (fakes.states(), fakes.task_statuses()) == (
        [RegulationState.CANCELED, COMPLETED],
        ["FAILURE", "FAILURE", "SUCCESS"],
    )


def test_other_ids_of_a_user_who_cancels_are_not_requested() -> None:
    """Mixpanel does not call the first id's task off for hours, in which the second is due."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    chunk.people["c-ann"].ids = ["ann", "device"]
    first, second = chunk.split_ids(chunk.tasks[0])
    second.due = first.due + 3_600
    assert fakes.stored_regulations.save(chunk)
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    fakes.answer = lambda request: httpx.Response(503) if request.method == "DELETE" else None
    fakes.cancel("c-ann")
    fakes.run(days=0.1)
    bodies = [json.loads(body) for _, method, body in fakes.sent if method == "POST"]
    assert [body["distinct_ids"] for body in bodies] == [["ann"]]


STORMS: dict[str, Any] = {
    "404": httpx.Response(404, text="not found"),
    "404 in JSON": httpx.Response(404, json={"error": "no such path"}),
    "405": httpx.Response(405, json={"error": "method not allowed"}),
    "410": httpx.Response(410, json={}),
    "redirect": httpx.Response(302, headers={"Location": "https://elsewhere.test/"}),
    "permanent redirect": httpx.Response(308, headers={"Location": "/"}, json={"status": "ok"}),
    "page instead of a result": httpx.Response(200, text="<html>Sign in</html>"),
    "page instead of an error": httpx.Response(400, text="<html>Bad request</html>"),
    "not about the request": httpx.Response(418, json={"error": "I am a teapot"}),
}


@pytest.mark.parametrize("begins", ["before the request", "after it"])
@pytest.mark.parametrize("name", STORMS)
def test_wrong_address_gives_nobody_up(name: str, begins: str) -> None:
    """It is counted for an alarm, and waited out."""
    fakes = FakeDeletionDependencies() if begins == "before the request" else requested("ann")
    fakes.answer = lambda _: STORMS[name]
    if not fakes.stored_regulations.chunks:
        fakes.accept("ann")
    fakes.time += timedelta(minutes=5)
    misdirected = fakes.run_worker().misdirected
    fakes.run(days=6, every=7_200)
    fakes.answer = lambda _: None
    fakes.run(days=2)
    assert (misdirected > 0, fakes.states(), fakes.deleted()[-1]) == (True, [COMPLETED], ["ann"])


@pytest.mark.parametrize("name", STORMS)
def test_wrong_address_during_a_cancellation(name: str) -> None:
    """It is carried out when the address is right again, or when the task is a day old."""
    fakes = requested("ann", "bob")
    fakes.answer = lambda _: STORMS[name]
    fakes.cancel("c-ann")
    fakes.run(days=0.5, every=3_600)
    fakes.answer = lambda _: None
    fakes.run(days=4)
    assert (fakes.states()[1], fakes.suppressed, fakes.is_over()) == (
        COMPLETED,
        {"name-of-bob"},
        True,
    )


def test_page_of_a_proxy_does_not_call_a_task_off() -> None:
    """Who cancels stays suppressed until Mixpanel itself says so."""
    fakes = requested("ann", "bob")
    page = httpx.Response(200, text="<html>Sign in</html>")
    fakes.answer = lambda request: page if request.method == "DELETE" else None
    fakes.cancel("c-ann")
    fakes.run_worker()
    assert (fakes.states(), fakes.suppressed) == (
        [RegulationState.CANCELLING, RegulationState.REQUESTED],
        {"name-of-ann", "name-of-bob"},
    )


def test_request_is_repeated_when_a_page_hides_its_result() -> None:
    """Mixpanel may have created the task: the repetition finds it."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    fakes.time += timedelta(minutes=2)
    fakes.mixpanel().create_task(["ann"])
    fakes.answer = answer_once({"POST": httpx.Response(201, text="<html>")})
    fakes.time += timedelta(seconds=2)
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == ([COMPLETED], ["SUCCESS"])


def test_each_request_has_a_note_of_its_own() -> None:
    """A report shows the date of each: twice for all users, and then for the one who fails."""
    fakes = FakeDeletionDependencies()
    failing(fakes, "bad")
    fakes.accept("ann", "bad")
    fakes.run(days=9)
    [failed] = [task for task in fakes.chunk().tasks if task.state is FAILED]
    asked = [note for note in failed.history if "was asked" in note["what"]]
    assert [(note["what"].split(" to ")[0], note.get("times", 1)) for note in asked] == [
        ("Mixpanel was asked", 1),
        ("Mixpanel was asked again, after a failure,", 1),
        ("Mixpanel was asked again, for fewer ids,", 1),
        ("Mixpanel was asked once more, for fewer ids,", 1),
    ]


def test_bug_in_one_chunk_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted for an alarm, with the place in our code."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    fakes.accept("bob", name="d")
    load = fakes.stored_regulations.load

    def load_or_fail(_: object, name: str) -> Any:
        if name == "c":
            raise TypeError("a field of another version")
        return load(name)

    monkeypatch.setattr(type(fakes.stored_regulations), "load", load_or_fail)
    fakes.time += timedelta(minutes=2)
    tally = fakes.run_worker()
    assert (len(tally.bugs), fakes.states("d")) == (1, [RegulationState.REQUESTED])


def test_revocation_without_proof_is_looked_up() -> None:
    """A proxy answers 200: the task goes on, and the report says so."""
    fakes = requested("ann")
    fakes.answer = lambda request: (
        httpx.Response(200, json={}) if request.method == "DELETE" else None
    )
    fakes.cancel("c-ann")
    fakes.run(days=1)
    assert (fakes.states(), fakes.deleted()) == ([COMPLETED], [["ann"]])


def test_last_user_of_a_restarted_task_can_call_it_off() -> None:
    """Nobody else waits for it a second time."""
    fakes = requested("ann", "bob")
    fakes.cancel("c-ann")
    fakes.run(days=0.01, every=60)
    fakes.cancel("c-bob")
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == (
        [RegulationState.CANCELED] * 2,
        ["REVOKED", "REVOKED"],
    )
