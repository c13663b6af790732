"""Deletions: requested when due, one after the other, and polled until they end."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mixpanel_emulator.state.project import GdprToken, Project
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from rudder_mixpanel.regulations.task import ERASED
from tests.fakes.deletion import START, FakeDeletionDependencies, answer_once


def test_suppression_without_deletion_is_final_at_once() -> None:
    """Mixpanel gets no request, and no plain identifier is stored."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", kind=RegulationType.SUPPRESS)
    fakes.run()
    actual = (fakes.states(), fakes.suppressed, fakes.sent, fakes.remembered())
    assert actual == ([RegulationState.SUPPRESSED], {"name-of-ann"}, [], [])


def test_nothing_is_deleted_before_the_suppression_is_effective() -> None:
    """Until then, a request of the delivery function may still be running."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    fakes.time = START + timedelta(seconds=64)
    early = fakes.run_worker().requests
    fakes.time = START + timedelta(seconds=65)
    late = fakes.run_worker().requests
    assert (chunk.effective_at, early, late) == (fakes.now() - 1, 0, 1)


def test_deletion_is_polled_until_mixpanel_reports_success() -> None:
    """Then no plain identifier is stored any more, and the user stays suppressed."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", "bob")
    fakes.run()
    actual = (fakes.states(), fakes.deleted(), fakes.remembered(), fakes.suppressed)
    assert actual == (
        [RegulationState.COMPLETED] * 2,
        [["ann", "bob"]],
        [],
        {"name-of-ann", "name-of-bob"},
    )


def test_history_has_the_responses_of_mixpanel() -> None:
    """Each status once, for the report."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    fakes.run()
    [task] = fakes.chunk().tasks
    notes = [note["what"].replace(task.task_id, "T") for note in task.history]
    assert notes == [
        ERASED,
        "Mixpanel was asked to delete the profile and all events.",
        "Mixpanel accepted the deletion as task T.",
        "Mixpanel says of task T: STAGING.",
        "Mixpanel says of task T: STARTED.",
        "Mixpanel says of task T: SUCCESS.",
    ]


def test_requests_are_at_least_a_second_apart() -> None:
    """However many chunks there are."""
    fakes = FakeDeletionDependencies()
    for index in range(6):
        fakes.accept(f"user-{index}", name=f"chunk-{index}")
    fakes.run()
    assert (len(fakes.sent) > 12, min(fakes.pauses()) >= 1, fakes.is_over()) == (True, True, True)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.Response(503),
        httpx.Response(502, text="<html>"),
        httpx.ConnectError("no"),
        httpx.ReadTimeout("no"),
        httpx.Response(201, text="<html>"),
    ],
)
def test_transient_failure_is_retried(failure: Any) -> None:
    """Until the request succeeds."""
    fakes = FakeDeletionDependencies()
    fakes.answer = answer_once({"POST": failure})
    fakes.accept("ann")
    fakes.run()
    assert (fakes.states(), fakes.deleted()) == ([RegulationState.COMPLETED], [["ann"]])


def test_rejected_token_is_retried_until_it_is_replaced() -> None:
    """Every quarter of an hour, and counted each time; nothing fails."""
    fakes = FakeDeletionDependencies(project=Project(deletion_stage_seconds=60, gdpr_tokens=()))
    fakes.accept("ann")
    fakes.time += timedelta(minutes=2)
    refused = [fakes.run_worker().tokens_refused]
    fakes.time += timedelta(minutes=5)
    refused.append(fakes.run_worker().tokens_refused)
    fakes.project = Project(
        deletion_stage_seconds=60, gdpr_tokens=(GdprToken(token="gdpr-f00dfeed"),)
    )
    fakes.run()
    assert (refused, fakes.states()) == ([1, 0], [RegulationState.COMPLETED])


def test_invalid_settings_postpone_everything() -> None:
    """The setting is reported, and Mixpanel gets no request."""
    fakes = FakeDeletionDependencies(config={"complianceType": "HIPAA"})
    fakes.accept("ann")
    fakes.time += timedelta(minutes=2)
    tally = fakes.run_worker()
    settings = [error.partition(":")[0] for error in tally.configuration_errors]
    assert (settings, fakes.sent, fakes.states()) == (
        ["complianceType"],
        [],
        [RegulationState.WAITING],
    )


def test_too_many_users_for_the_project_are_split_in_halves() -> None:
    """A project with groups accepts fewer users than the settings suggest."""
    groups = tuple(f"group-{index}" for index in range(999))
    fakes = FakeDeletionDependencies(project=Project(deletion_stage_seconds=60, data_groups=groups))
    fakes.accept(*"abcde")
    fakes.run()
    actual = sorted(user for ids in fakes.deleted() for user in ids)
    assert (fakes.states(), actual, max(map(len, fakes.deleted()))) == (
        [RegulationState.COMPLETED] * 5,
        list("abcde"),
        2,
    )


def test_older_deletion_of_the_same_user_has_to_end_first() -> None:
    """It may leave newer data; other users do not wait for it."""
    fakes = FakeDeletionDependencies()
    fakes.mixpanel().create_task(["ann"])
    fakes.accept("ann", "bob")
    fakes.time += timedelta(minutes=2)
    fakes.run()
    assert (fakes.states(), fakes.deleted()) == (
        [RegulationState.COMPLETED] * 2,
        [["ann"], ["bob"], ["ann"]],
    )


def test_deletion_requested_after_the_suppression_is_adopted() -> None:
    """And polled like one of our own."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann", "bob")
    fakes.time += timedelta(minutes=4)
    fakes.mixpanel().create_task(["ann", "else"])
    fakes.time += timedelta(minutes=2)
    fakes.run()
    assert (fakes.states(), fakes.deleted()) == (
        [RegulationState.COMPLETED] * 2,
        [["ann", "else"], ["bob"]],
    )


def test_deletion_of_some_ids_of_a_user_is_not_adopted() -> None:
    """What it leaves is requested when it has ended."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    chunk.people["c-ann"].ids = ["ann", "device"]
    assert fakes.stored_regulations.save(chunk)
    fakes.time += timedelta(minutes=4)
    fakes.mixpanel().create_task(["ann"])
    fakes.time += timedelta(minutes=2)
    fakes.run()
    actual = (fakes.states(), fakes.deleted())
    assert actual == ([RegulationState.COMPLETED], [["ann"], ["ann", "device"]])


def test_adopted_deletion_that_is_revoked_is_requested_again() -> None:
    """Another caller has revoked it; our users still have to be deleted."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    fakes.time += timedelta(minutes=4)
    fakes.mixpanel().create_task(["ann"])
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    [task] = fakes.store.tasks.by_id.values()
    task.enter("REVOKED", fakes.time)
    fakes.run()
    assert (fakes.states(), fakes.task_statuses()) == (
        [RegulationState.COMPLETED],
        ["REVOKED", "SUCCESS"],
    )


def test_interrupted_acceptance_is_finished_by_the_worker() -> None:
    """Five minutes after the process that accepted it has crashed."""
    fakes = FakeDeletionDependencies()
    fakes.write_chunk("ann")
    fakes.run()
    assert (fakes.states(), fakes.suppressed) == ([RegulationState.COMPLETED], {"name-of-ann"})
