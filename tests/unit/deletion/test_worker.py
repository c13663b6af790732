"""Deletions: asked for once it is time, one after the other, and followed to the end."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mixpanel_emulator.state.project import GdprToken, Project
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from tests.fakes.deletion import START, FakeDeletionDependencies, answer_once


def test_suppression_without_deletion_is_done_at_once() -> None:
    """Mixpanel is asked for nothing, and no plain identifier is kept."""
    world = FakeDeletionDependencies()
    world.accept("ann", kind=RegulationType.SUPPRESS)
    world.run()
    found = (world.states(), world.suppressed, world.sent, world.chunk().people)
    assert found == ([RegulationState.SUPPRESSED], {"name-of-ann"}, [], {})


def test_nothing_is_deleted_before_the_suppression_holds() -> None:
    """A request of the delivery function may be on its way until then."""
    world = FakeDeletionDependencies()
    chunk = world.accept("ann")
    world.time = START + timedelta(seconds=64)
    early = world.run_worker().requests
    world.time = START + timedelta(seconds=65)
    late = world.run_worker().requests
    assert (chunk.effective_at, early, late) == (world.now() - 1, 0, 1)


def test_deletion_is_followed_until_mixpanel_says_it_is_done() -> None:
    """Through all its states; then no plain identifier is left, and the user stays suppressed."""
    world = FakeDeletionDependencies()
    world.accept("ann", "bob")
    world.run()
    found = (world.states(), world.deleted(), world.chunk().people, world.suppressed)
    assert found == (
        [RegulationState.COMPLETED] * 2,
        [["ann", "bob"]],
        {},
        {"name-of-ann", "name-of-bob"},
    )


def test_history_tells_what_mixpanel_said() -> None:
    """Each state once, for the report."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    world.run()
    [task] = world.chunk().tasks
    name = task.task_id
    assert [one["what"].replace(name, "T") for one in task.history] == [
        "deletion asked for",
        "task T created",
        "T: STAGING",
        "T: STARTED",
        "T: SUCCESS",
    ]


def test_requests_keep_their_distance() -> None:
    """Many chunks, and never two requests in a second."""
    world = FakeDeletionDependencies()
    for index in range(6):
        world.accept(f"user-{index}", name=f"chunk-{index}")
    world.run()
    assert (len(world.sent) > 12, min(world.pauses()) >= 1, world.is_over()) == (True, True, True)


def test_profiles_are_deleted_by_engage() -> None:
    """At once, and judged by the body of the answer."""
    world = FakeDeletionDependencies(config={"userDeletionApi": "engage"})
    world.accept("ann")
    world.run()
    [(_, method, body)] = world.sent
    assert (world.states(), method, '"$ignore_alias":true' in body) == (
        [RegulationState.COMPLETED],
        "POST",
        True,
    )


def test_engage_that_refuses_is_a_failure() -> None:
    """Status 0 in an answer of 200 is no deletion."""
    world = FakeDeletionDependencies(config={"userDeletionApi": "engage"})
    world.answer = lambda _: httpx.Response(200, json={"status": 0, "error": "no"})
    world.accept("ann")
    world.run()
    assert world.states() == [RegulationState.FAILED]


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(429),
        httpx.Response(503),
        httpx.Response(502, text="<html>"),
        httpx.ConnectError("no"),
        httpx.ReadTimeout("no"),
        httpx.Response(201, text="<html>"),
    ],
)
def test_what_passes_by_itself_is_waited_out(trouble: Any) -> None:
    """And then asked again."""
    world = FakeDeletionDependencies()
    world.answer = answer_once({"POST": trouble})
    world.accept("ann")
    world.run()
    assert (world.states(), world.deleted()) == ([RegulationState.COMPLETED], [["ann"]])


def test_token_that_is_refused_keeps_everything() -> None:
    """It is asked again every quarter of an hour, and told each time, until somebody mends it."""
    world = FakeDeletionDependencies(project=Project(deletion_stage_seconds=60, gdpr_tokens=()))
    world.accept("ann")
    world.time += timedelta(minutes=2)
    refused = [world.run_worker().tokens_refused]
    world.time += timedelta(minutes=5)
    refused.append(world.run_worker().tokens_refused)
    world.project = Project(
        deletion_stage_seconds=60, gdpr_tokens=(GdprToken(token="gdpr-f00dfeed"),)
    )
    world.run()
    assert (refused, world.states()) == ([1, 0], [RegulationState.COMPLETED])


def test_wrong_settings_keep_everything() -> None:
    """What is wrong is told, and nobody is asked."""
    world = FakeDeletionDependencies(config={"complianceType": "HIPAA"})
    world.accept("ann")
    world.time += timedelta(minutes=2)
    tally = world.run_worker()
    said = [error.partition(":")[0] for error in tally.configuration_errors]
    assert (said, world.sent, world.states()) == (["complianceType"], [], [RegulationState.WAITING])


@pytest.mark.parametrize("status", ["FAILURE", "REVOKED"])
def test_task_that_fails_fails_its_regulations(status: str) -> None:
    """It rings, and no plain identifier is left."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.run_worker()
    [task] = world.store.tasks.by_id.values()
    task.enter(status, world.time)
    world.time += timedelta(hours=1)
    assert (world.run_worker().failed, world.states(), world.chunk().people) == (
        1,
        [RegulationState.FAILED],
        {},
    )


@pytest.mark.parametrize("status", ["NOT_FOUND", "UNKNOWN"])
def test_what_mixpanel_does_not_know_is_given_up_after_45_days(status: str) -> None:
    """Before, it is no answer; after 25 days it rings."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.run_worker()
    [task] = world.store.tasks.by_id.values()
    task.enter(status, world.time)
    world.run(days=24, every=10_000)
    young = (world.states(), world.run_worker().over_age)
    world.time += timedelta(days=2)
    old = (world.states(), world.run_worker().over_age)
    world.run(days=20, every=10_000)
    assert (young, old, world.states()) == (
        ([RegulationState.REQUESTED], 0),
        ([RegulationState.REQUESTED], 1),
        [RegulationState.FAILED],
    )


def test_too_many_for_the_project_are_asked_for_in_halves() -> None:
    """A project with groups takes fewer users than the settings let expect."""
    groups = tuple(f"group-{index}" for index in range(999))
    world = FakeDeletionDependencies(project=Project(deletion_stage_seconds=60, data_groups=groups))
    world.accept(*"abcde")
    world.run()
    found = sorted(user for ids in world.deleted() for user in ids)
    assert (world.states(), found, max(map(len, world.deleted()))) == (
        [RegulationState.COMPLETED] * 5,
        list("abcde"),
        2,
    )


def test_user_whom_mixpanel_never_takes_fails_alone() -> None:
    """The others are deleted."""
    world = FakeDeletionDependencies()

    def picky(request: httpx.Request) -> httpx.Response | None:
        bad = request.method == "POST" and b'"bad"' in request.content
        return httpx.Response(400, json={"error": "no", "status": "error"}) if bad else None

    world.answer = picky
    world.accept("ann", "bad", "bob", "cy")
    world.run()
    done = RegulationState.COMPLETED
    assert world.states() == [done, RegulationState.FAILED, done, done]


def test_older_deletion_of_the_same_user_has_to_end_first() -> None:
    """It may leave behind what came after it; the others do not wait for it."""
    world = FakeDeletionDependencies()
    world.mixpanel().create_task(["ann"])
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.run()
    assert (world.states(), world.deleted()) == (
        [RegulationState.COMPLETED] * 2,
        [["ann"], ["bob"], ["ann"]],
    )


def test_deletion_that_was_asked_for_in_time_is_as_good_as_ours() -> None:
    """It is adopted, and followed."""
    world = FakeDeletionDependencies()
    world.accept("ann", "bob")
    world.time += timedelta(minutes=2)
    world.mixpanel().create_task(["ann", "else"])
    world.time += timedelta(minutes=2)
    world.run()
    assert (world.states(), world.deleted()) == (
        [RegulationState.COMPLETED] * 2,
        [["ann", "else"], ["bob"]],
    )


def test_adopted_deletion_that_comes_to_nothing_is_asked_for_again() -> None:
    """Somebody else has called theirs off; ours was not."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    world.time += timedelta(minutes=2)
    world.mixpanel().create_task(["ann"])
    world.time += timedelta(minutes=2)
    world.run_worker()
    [task] = world.store.tasks.by_id.values()
    task.enter("REVOKED", world.time)
    world.run()
    assert (world.states(), world.task_statuses()) == (
        [RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
    )


def test_acceptance_that_nobody_finished_is_finished() -> None:
    """Whoever accepted it has died; five minutes later it goes on."""
    world = FakeDeletionDependencies()
    world.write_chunk("ann")
    world.run()
    assert (world.states(), world.suppressed) == ([RegulationState.COMPLETED], {"name-of-ann"})
