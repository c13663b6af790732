"""Requests whose response is lost, while other requests are about the same users."""

from dataclasses import replace
from datetime import timedelta

import httpx

from mixpanel_emulator.state.project import Project
from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import FakeDeletionDependencies, answer_once, first_request


def crossed() -> FakeDeletionDependencies:
    """Two regulations about one user: c gets no response, d a task, which c conflicts with."""
    world = FakeDeletionDependencies(answer=answer_once({"POST": httpx.Response(503)}))
    world.accept("ann")
    world.time += timedelta(seconds=66)
    world.run_worker()
    world.accept("ann", name="d")
    chunk = world.chunk("c")
    chunk.tasks[0].due = world.now() + 100
    assert world.stored_regulations.save(chunk)
    for seconds in (66, 60):
        world.time += timedelta(seconds=seconds)
        world.run_worker()
    return world


def test_task_of_another_regulation_is_not_revoked() -> None:
    """Although it is about the same user, and was created at the time of the lost request."""
    world = crossed()
    world.cancel("c-ann")
    world.run()
    assert (world.states("d"), world.task_statuses()) == ([RegulationState.COMPLETED], ["SUCCESS"])


def test_task_that_another_regulation_revokes_is_requested_again() -> None:
    """The regulation that still requires the deletion does not fail."""
    world = crossed()
    world.cancel("d-ann", "d")
    world.run()
    assert (world.states(), world.states("d"), world.task_statuses()) == (
        [RegulationState.COMPLETED],
        [RegulationState.CANCELED],
        ["REVOKED", "SUCCESS"],
    )


def test_task_from_before_the_suppression_is_not_ours() -> None:
    """It may leave newer data: it has to end before ours is requested."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    world.time += timedelta(seconds=20)
    world.mixpanel().create_task(["ann"])
    world.answer = answer_once({"POST": httpx.Response(503)})
    world.time += timedelta(seconds=50)
    world.run_worker()
    world.run()
    assert (world.states(), world.task_statuses()) == (
        [RegulationState.COMPLETED],
        ["SUCCESS", "SUCCESS"],
    )


def test_cancellation_does_not_wait_for_another_deletion() -> None:
    """While another task runs, there is none of ours to revoke."""
    world = FakeDeletionDependencies()
    world.mixpanel().create_task(["ann"])
    world.time += timedelta(minutes=5)
    world.answer = answer_once({"POST": httpx.Response(503)})
    world.accept("ann", "bob")
    for _ in range(2):
        world.time += timedelta(minutes=2)
        world.run_worker()
    world.cancel("c-ann")
    world.time += timedelta(minutes=2)
    world.run_worker()
    assert (world.states()[0], world.suppressed) == (RegulationState.CANCELED, {"name-of-bob"})


def test_failure_does_not_hide_a_task_that_may_run() -> None:
    """A task was created, its response was lost, and then Mixpanel rejects the request."""
    world = FakeDeletionDependencies(loses_response=first_request("POST"))
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.run_worker()
    world.answer = answer_once({"POST": httpx.Response(400)})
    world.run()
    [task] = world.chunk().tasks
    noted = any("got no response" in note["what"] for note in task.history)
    assert (world.states(), noted) == ([RegulationState.FAILED], True)


def test_task_of_a_later_request_does_not_hide_the_one_of_an_earlier_request() -> None:
    """Two tasks were created, both responses were lost, and the first ends before we see one."""
    lost: list[httpx.Request] = []

    def loses(request: httpx.Request) -> bool:
        if request.method == "POST":
            lost.append(request)
        return request.method == "POST" and len(lost) <= 2

    world = FakeDeletionDependencies(
        loses_response=loses, project=Project(deletion_stage_seconds=10)
    )
    world.accept("ann")
    for _ in range(3):
        world.time += timedelta(minutes=5)
        world.project = replace(world.project, deletion_stage_seconds=3_600 if lost else 10)
        world.run_worker()
    world.cancel("c-ann")
    world.run()
    [task] = world.chunk().tasks
    noted = any("got no response" in note["what"] for note in task.history)
    assert (world.states(), world.task_statuses(), noted) == (
        [RegulationState.CANCELED],
        ["SUCCESS", "REVOKED"],
        True,
    )


def test_retry_after_is_limited() -> None:
    """To one day."""
    world = FakeDeletionDependencies(
        answer=answer_once({"POST": httpx.Response(429, headers={"Retry-After": "9" * 9})})
    )
    world.accept("ann")
    world.run(days=3)
    assert world.states() == [RegulationState.COMPLETED]
