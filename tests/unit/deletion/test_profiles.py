"""Deletions by /engage: of profiles alone, under a proven token, and of those behind an alias."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.regulations.model import Person, RegulationState
from tests.fakes.deletion import FakeDeletionDependencies

PROBE: list[Any] = [{}]


def engage(user: str = "ann", **attributes: str) -> FakeDeletionDependencies:
    """A stack that deletes profiles, with a regulation about a user."""
    fakes = FakeDeletionDependencies(config={"userDeletionApi": "engage"})
    chunk = fakes.write_chunk(user)
    ids = [user, *attributes.values()]
    chunk.people[f"c-{user}"] = Person({"userId": user, **attributes}, ids, [f"name-of-{user}"])
    assert fakes.stored_regulations.save(chunk)
    return fakes


def bodies(fakes: FakeDeletionDependencies) -> list[Any]:
    """The bodies of all requests."""
    return [json.loads(content) for _, _, content in fakes.sent]


def deletions(fakes: FakeDeletionDependencies) -> list[list[tuple[str, bool]]]:
    """The ids of each request to delete profiles, and whether their aliases are ignored."""
    return [
        [(update["$distinct_id"], update["$ignore_alias"]) for update in body]
        for body in bodies(fakes)
        if body != PROBE
    ]


def test_profile_is_deleted_with_and_without_its_alias() -> None:
    """In two requests, after the token is proven, each a second apart."""
    fakes = engage()
    fakes.run()
    assert (fakes.states(), bodies(fakes)[0], deletions(fakes), min(fakes.pauses()) >= 1) == (
        [RegulationState.COMPLETED],
        PROBE,
        [[("ann", True)], [("ann", False)]],
        True,
    )


def test_alias_is_followed_from_the_user_id_alone() -> None:
    """A device may be shared, and its alias be somebody else."""
    fakes = engage(anonymousId="tablet")
    fakes.run()
    assert deletions(fakes) == [[("ann", True), ("tablet", True)], [("ann", False)]]


def test_user_without_a_user_id_needs_one_request() -> None:
    """There is no alias to follow."""
    fakes = engage()
    chunk = fakes.chunk()
    chunk.people["c-ann"] = Person({"anonymousId": "tablet"}, ["tablet"], ["name-of-ann"])
    assert fakes.stored_regulations.save(chunk)
    fakes.run()
    assert (fakes.states(), deletions(fakes)) == (
        [RegulationState.COMPLETED],
        [[("tablet", True)]],
    )


@pytest.mark.parametrize("answer", [{"status": 0, "error": "no"}, {"status": 0}, 0])
def test_rejected_deletion_is_no_deletion(answer: Any) -> None:
    """Status 0 in a response of 200; the second rejection, a day later, is final."""
    fakes = engage()
    fakes.accept_token()
    fakes.answer = lambda request: (
        httpx.Response(200, json=answer) if "/engage" in str(request.url) else None
    )
    before = fakes.run(days=0.5).states()
    fakes.run(days=2)
    assert (before, fakes.states()) == ([RegulationState.WAITING], [RegulationState.FAILED])


def test_nothing_is_deleted_under_a_token_that_mixpanel_refuses() -> None:
    """/engage would answer success; the refusal is counted for an alarm."""
    fakes = engage()
    fakes.config["token"] = "0" * 32
    fakes.time += timedelta(minutes=10)
    fakes.run_worker()
    fakes.time += timedelta(minutes=10)
    refused = fakes.run_worker().tokens_refused
    waiting = (fakes.states(), deletions(fakes))
    del fakes.config["token"]
    fakes.run()
    assert (refused, waiting, fakes.states()) == (
        1,
        ([RegulationState.WAITING], []),
        [RegulationState.COMPLETED],
    )


def test_user_who_cancels_between_the_two_requests_is_told() -> None:
    """The profile may be deleted already."""
    fakes = engage()
    fakes.accept_token()
    answered: list[str] = []

    def cancel(request: httpx.Request) -> None:
        if "/engage" in str(request.url) and not answered:
            answered.append(request.method)
            fakes.cancel("c-ann")

    fakes.answer = cancel
    fakes.run()
    notes = [note["what"] for note in fakes.chunk().tasks[0].history]
    assert (fakes.states(), len(deletions(fakes)), notes[-1]) == (
        [RegulationState.CANCELED],
        1,
        "The profiles may already be deleted.",
    )
