"""What the stack stores of when profiles were updated is deleted with their users."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.profiles.erase import erase_profiles
from rudder_mixpanel.profiles.store import ProfileItem
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from rudder_mixpanel.regulations.task import ERASED, MOST_NOTES
from tests.fakes.deletion import START, FakeDeletionDependencies, ProcessDied, answer_once
from tests.fakes.dynamodb import FakeTime, create_table

NAMES = {"name-of-ann", "name-of-bob", "name-of-cy"}


def with_profiles(**arguments: Any) -> FakeDeletionDependencies:
    """A stack in which three users have profiles."""
    fakes = FakeDeletionDependencies(**arguments)
    fakes.stored_profile_times.items |= dict.fromkeys(NAMES, ProfileItem())
    return fakes


@pytest.mark.parametrize("api", ["task", "engage"])
def test_times_of_deleted_users_are_deleted(api: str) -> None:
    """By whichever API; those of others stay."""
    fakes = with_profiles(config={"userDeletionApi": api})
    fakes.accept_token()
    fakes.accept("ann", "bob")
    fakes.run()
    actual = (fakes.states(), fakes.stored_profile_times.names)
    assert actual == ([RegulationState.COMPLETED] * 2, {"name-of-cy"})


def test_times_are_deleted_before_mixpanel_is_asked() -> None:
    """And not before the suppression is effective: delivery could write them again."""
    fakes = with_profiles()
    fakes.accept("ann")
    fakes.time = START + timedelta(seconds=64)
    fakes.run_worker()
    early, at_request = set(fakes.stored_profile_times.names), set[str]()

    def answer(_: httpx.Request) -> None:
        at_request.update(fakes.stored_profile_times.names)

    fakes.answer = answer
    fakes.time = START + timedelta(seconds=65)
    fakes.run_worker()
    assert (early, at_request) == (NAMES, NAMES - {"name-of-ann"})


def test_times_of_a_suppressed_user_stay() -> None:
    """Nothing is deleted of somebody who is only suppressed; the items expire."""
    fakes = with_profiles()
    fakes.accept("ann", kind=RegulationType.SUPPRESS)
    fakes.run()
    assert fakes.stored_profile_times.names == NAMES


def test_times_of_who_has_cancelled_stay() -> None:
    """Mixpanel is not asked for them either."""
    fakes = with_profiles()
    fakes.accept("ann", "bob")
    fakes.cancel("c-ann")
    fakes.run()
    actual = (fakes.states(), fakes.stored_profile_times.names)
    assert actual == (
        [RegulationState.CANCELED, RegulationState.COMPLETED],
        {"name-of-ann", "name-of-cy"},
    )


def test_mixpanel_is_not_asked_while_the_table_is_out_of_reach() -> None:
    """The step is repeated in the next invocation, and nobody is forgotten."""
    fakes = with_profiles()
    fakes.accept("ann")
    fakes.time += timedelta(minutes=2)
    working, fakes.profile_times = fakes.profile_times, BrokenTable()
    tally = fakes.run_worker()
    before = (tally.tables_unavailable, [*fakes.sent], fakes.states())
    fakes.profile_times = working
    fakes.run()
    assert before == (["ThrottlingException"], [], [RegulationState.WAITING])
    assert (fakes.states(), fakes.deleted()) == ([RegulationState.COMPLETED], [["ann"]])


class BrokenTable:
    """A table that does not answer."""

    def erase(self, _: Collection[str]) -> None:
        """Fail; raises TableUnavailable."""
        raise TableUnavailable("ThrottlingException")


def test_deletion_of_times_is_noted_once() -> None:
    """With its time, for the report, however often Mixpanel is asked, and whatever follows."""
    fakes = with_profiles()
    fakes.answer = answer_once({"POST": httpx.Response(503)})
    fakes.accept("ann")
    fakes.run()
    [task] = fakes.chunk().tasks
    for minute in range(2 * MOST_NOTES):
        task.note(fakes.now(), f"note {minute}")
    noted = [note["at"] for note in task.history if note["what"] == ERASED]
    assert (noted, fakes.stored_profile_times.names) == (
        [task.history[0]["at"]],
        NAMES - {"name-of-ann"},
    )


def test_note_of_a_deletion_is_never_dropped() -> None:
    """Also when many others come before it."""
    fakes = with_profiles()
    chunk = fakes.accept("ann")
    [task] = chunk.tasks
    for minute in range(MOST_NOTES - 1):
        task.note(minute, f"note {minute}")
    task.note(MOST_NOTES, ERASED)
    for minute in range(3 * MOST_NOTES):
        task.note(100 + minute, f"later note {minute}")
    assert [note["at"] for note in task.history if note["what"] == ERASED] == [MOST_NOTES]


def test_process_that_dies_after_deleting_times_deletes_the_user() -> None:
    """In the next invocation."""
    fakes = with_profiles()
    fakes.accept("ann")
    fakes.time += timedelta(minutes=2)
    erase = fakes.profile_times.erase
    died: list[Collection[str]] = []

    def die_once(names: Collection[str]) -> None:
        erase(names)
        if not died:
            died.append(names)
            raise ProcessDied

    fakes.profile_times = type("DyingTable", (), {"erase": staticmethod(die_once)})
    fakes.run()
    assert (died, fakes.deleted(), fakes.states()) == (
        [["name-of-ann"]],
        [["ann"]],
        [RegulationState.COMPLETED],
    )


@mock_aws
def test_items_are_deleted_in_dynamodb() -> None:
    """Of many users, of whom some have none, and one is named twice; the others stay."""
    dynamodb = boto3.client("dynamodb")
    table = create_table(dynamodb, "profiles")
    for index in range(60):
        dynamodb.put_item(TableName=table, Item={"id": {"S": f"p-{index}"}})
    erase_profiles(
        dynamodb, table, [*(f"p-{index}" for index in range(5, 99)), "p-5"], FakeTime().backoff
    )
    left = {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}
    assert left == {f"p-{index}" for index in range(5)}
