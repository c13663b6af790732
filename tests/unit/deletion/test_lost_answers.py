"""Requests whose response is lost, while other requests are about the same users."""

from dataclasses import replace
from datetime import timedelta

import httpx

from mixpanel_emulator.state.project import Project
from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import FakeDeletionDependencies, answer_once, first_request


def crossed() -> FakeDeletionDependencies:
    """Two regulations about one user: c gets no response, d a task, which c conflicts with."""
    fakes = FakeDeletionDependencies(answer=answer_once({"POST": httpx.Response(503)}))
    fakes.accept("ann")
    fakes.time += timedelta(seconds=66)
    fakes.run_worker()
    fakes.accept("ann", name="d")
    chunk = fakes.chunk("c")
    chunk.tasks[0].due = fakes.now() + 100
    assert fakes.stored_regulations.save(chunk)
    for seconds in (66, 60):
        fakes.time += timedelta(seconds=seconds)
        fakes.run_worker()
    return fakes


def test_task_of_another_regulation_is_not_revoked() -> None:
    """Although it is about the same user, and was created at the time of the lost request."""
    fakes = crossed()
    fakes.cancel("c-ann")
    fakes.run()
    assert (fakes.states("d"), fakes.task_statuses()) == ([RegulationState.COMPLETED], ["SUCCESS"])


def test_task_that_another_regulation_revokes_is_requested_again() -> None:
    """The regulation that still requires the deletion does not fail."""
    fakes = crossed()
    fakes.cancel("d-ann", "d")
    fakes.run()
    assert (fakes.states(), fakes.states("d"), fakes.task_statuses()) == (
        [RegulationState.COMPLETED],
        [RegulationState.CANCELED],
        ["REVOKED", "SUCCESS"],
    )


def test_task_from_before_the_suppression_is_not_ours() -> None:
    """It may leave newer data: it has to end before ours is requested."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    fakes.time += timedelta(seconds=20)
    fakes.mixpanel().create_task(["ann"])
    fakes.answer = answer_once({"POST": httpx.Response(503)})
    fakes.time += timedelta(seconds=50)
    fakes.run_worker()
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == (
        [RegulationState.COMPLETED],
        ["SUCCESS", "SUCCESS"],
    )


def test_cancellation_does_not_wait_for_another_deletion() -> None:
    """While another task runs, there is no task of ours to revoke."""
    fakes = FakeDeletionDependencies()
    fakes.mixpanel().create_task(["ann"])
    fakes.time += timedelta(minutes=5)
    fakes.answer = answer_once({"POST": httpx.Response(503)})
    fakes.accept("ann", "bob")
    for _ in range(2):
        fakes.time += timedelta(minutes=2)
        fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    assert (fakes.states()[0], fakes.suppressed) == (RegulationState.CANCELED, {"name-of-bob"})


def test_failure_does_not_hide_a_task_that_may_run() -> None:
    """A task was created, its response was lost, and then Mixpanel rejects the request."""
    fakes = FakeDeletionDependencies(loses_response=first_request("POST"))
    fakes.accept("ann")
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    fakes.answer = answer_once({"POST": httpx.Response(400, json={"error": "no"})})
    fakes.run(days=3)
    [task] = fakes.chunk().tasks
    noted = any("got no response" in note["what"] for note in task.history)
    assert (fakes.states(), noted) == ([RegulationState.COMPLETED], True)


def test_task_of_a_later_request_does_not_hide_the_one_of_an_earlier_request() -> None:
    """Two tasks were created, both responses were lost, and the first ends before we see one."""
    lost: list[httpx.Request] = []

    def loses(request: httpx.Request) -> bool:
        if request.method == "POST":
            lost.append(request)
        return request.method == "POST" and len(lost) <= 2

    fakes = FakeDeletionDependencies(
        loses_response=loses, project=Project(deletion_stage_seconds=10)
    )
    fakes.accept("ann")
    for _ in range(3):
        fakes.time += timedelta(minutes=5)
        fakes.project = replace(fakes.project, deletion_stage_seconds=3_600 if lost else 10)
        fakes.run_worker()
    fakes.cancel("c-ann")
    fakes.run()
    [task] = fakes.chunk().tasks
    noted = any("got no response" in note["what"] for note in task.history)
    assert (fakes.states(), fakes.task_statuses(), noted) == (
        [RegulationState.CANCELED],
        ["SUCCESS", "REVOKED"],
        True,
    )


def test_retry_after_is_limited() -> None:
    """To one day."""
    fakes = FakeDeletionDependencies(
        answer=answer_once({"POST": httpx.Response(429, headers={"Retry-After": "9" * 9})})
    )
    fakes.accept("ann")
    fakes.run(days=3)
    assert fakes.states() == [RegulationState.COMPLETED]


def test_conflict_with_a_task_that_is_over_is_not_asked_about_without_end() -> None:
    """Mixpanel names a failed task in every conflict: the requests become rare."""
    conflict = {"error": {"conflicting_distinct_ids": ["ann"], "conflicting_task_ids": ["old"]}}
    failed = {"results": {"status": "FAILURE"}}
    fakes = FakeDeletionDependencies(
        answer=lambda request: (
            httpx.Response(409, json=conflict)
            if request.method == "POST"
            else httpx.Response(200, json=failed)
        )
    )
    fakes.accept("ann")
    fakes.run(days=1, every=60)
    assert len(fakes.sent) < 250
