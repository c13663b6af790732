"""The tables of regulations in DynamoDB and in memory behave the same."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from rudder_mixpanel.aws import dynamodb
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationType
from rudder_mixpanel.regulations.repository import (
    DynamoRegulationRepository,
    RegulationRepository,
    time_key,
)
from rudder_mixpanel.suppression import (
    DynamoSuppressionStore,
    SuppressionEntry,
    SuppressionStore,
    WrongSuppressionKey,
)
from tests.fakes.deletion import person
from tests.fakes.dynamodb import FakeTime, create_regulations_table, create_table
from tests.fakes.regulation_tables import MemoryRegulationRepository, MemorySuppressionStore

type Tables = tuple[RegulationRepository, SuppressionStore]


@pytest.fixture(params=["dynamodb", "memory"])
def tables(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """The empty tables, in DynamoDB and in memory."""
    if request.param == "memory":
        yield MemoryRegulationRepository(), MemorySuppressionStore()
        return
    # moto copies its tables for each transaction, and fails while another one writes.
    monkeypatch.setattr(dynamodb, "SIDE_BY_SIDE", 1)
    with mock_aws():
        client = boto3.client("dynamodb")
        create_regulations_table(client, "regulations")
        create_table(client, "suppressions")
        yield (
            DynamoRegulationRepository(client, "regulations", FakeTime().backoff),
            DynamoSuppressionStore(client, "suppressions", FakeTime().backoff),
        )


def chunk(name: str, *users: str, requested_at: int = 1_000) -> Chunk:
    """A chunk with one regulation for each user, with the user's name as its id."""
    return Chunk(
        id=name,
        type=RegulationType.SUPPRESS_WITH_DELETE,
        request_id="request",
        requested_by="privacy",
        requested_at=requested_at,
        source_ids=[],
        destination_ids=["default"],
        members=list(users),
        people={user: person(user) for user in users},
    )


def test_chunk_is_loaded_as_it_was_written(tables: Tables) -> None:
    """With its tasks and their notes."""
    repository, _ = tables
    written = chunk("one", "ann", "bob")
    written.accept(2_000)
    written.tasks[0].note(3_000, "created")
    repository.begin(written)
    assert (repository.load("one"), repository.load("two")) == (written, None)


def test_chunk_begins_once(tables: Tables) -> None:
    """A second chunk with its id is not written."""
    repository, _ = tables
    assert [repository.begin(chunk("one", "ann")) for _ in range(2)] == [True, False]


def test_outdated_chunk_is_not_saved(tables: Tables) -> None:
    """Of two callers that loaded the same version, one saves it."""
    repository, _ = tables
    repository.begin(chunk("one", "ann"))
    first, second = repository.load("one"), repository.load("one")
    assert first is not None
    assert second is not None
    saved = [repository.save(first), repository.save(second), repository.save(first)]
    assert (saved, first.version, second.version) == ([True, False, True], 2, 0)


def test_regulation_belongs_to_one_chunk(tables: Tables) -> None:
    """The first that enters it; entering it again changes nothing."""
    repository, _ = tables
    entered = [("one", ["ann"]), ("two", ["bob", "ann"]), ("one", ["ann"])]
    lost = [repository.enter(*chunk) for chunk in entered]
    assert (lost, repository.entries(["ann", "bob", "cy"])) == (
        [set(), {"ann"}, set()],
        {"ann": "one", "bob": "two"},
    )


def test_more_members_than_fit_one_transaction_are_entered(tables: Tables) -> None:
    """A transaction of DynamoDB takes a hundred items."""
    repository, _ = tables
    users = [f"user-{index}" for index in range(250)]
    repository.enter("one", [users[7], users[170]])
    lost = repository.enter("two", users)
    assert (lost, len(repository.entries(users))) == ({users[7], users[170]}, 250)


def test_task_belongs_to_one_chunk(tables: Tables) -> None:
    """The first that claims it, as often as it does."""
    repository, _ = tables
    claims = [("task", "c"), ("task", "d"), ("task", "c"), ("other", "d")]
    assert [repository.claim(*claim) for claim in claims] == [True, False, True, True]


def test_due_chunks_are_those_with_something_to_do(tables: Tables) -> None:
    """The one that is due longest comes first; all have a time."""
    repository, _ = tables
    later, sooner, final = chunk("later", "a"), chunk("sooner", "b"), chunk("final", "c")
    later.accept(3_000)
    sooner.accept(2_000)
    final.type = RegulationType.SUPPRESS
    final.accept(2_000)
    for stored in (later, sooner, final):
        repository.begin(stored)
    due = [repository.due(now) for now in (1_999, 2_000, 3_000)]
    assert (due, repository.due_times()) == (
        [[], ["sooner"], ["sooner", "later"]],
        {"sooner": 2_000, "later": 3_000},
    )


def test_pages_are_in_order(tables: Tables) -> None:
    """The range begins and ends with a sort key."""
    repository, _ = tables
    for index in (3, 1, 2):
        repository.begin(chunk(f"chunk-{index}", "ann", requested_at=index))
    first = repository.page("0", "9", 2)
    second = repository.page(first[-1][0], "9", 2)
    assert [name for _, name in first + second] == ["chunk-1", "chunk-2", "chunk-2", "chunk-3"]


def test_page_is_of_a_range(tables: Tables) -> None:
    """Between two times, of which the second is not included; an empty range has nothing."""
    repository, _ = tables
    for index in (3, 1, 2):
        repository.begin(chunk(f"chunk-{index}", "ann", requested_at=index))
    periods = [(1, 3), (2, 9), (3, 3), (3, 1)]
    pages = [repository.page(time_key(since), time_key(before), 9) for since, before in periods]
    assert [[name for _, name in page] for page in pages] == [
        ["chunk-1", "chunk-2"],
        ["chunk-2", "chunk-3"],
        [],
        [],
    ]


def test_chunks_are_loaded_together(tables: Tables) -> None:
    """In the order of the names; those that do not exist are None."""
    repository, _ = tables
    written = [chunk("one", "ann"), chunk("two", "bob")]
    for new in written:
        repository.begin(new)
    assert list(repository.load_all(["two", "none", "one"])) == [written[1], None, written[0]]
    assert list(repository.load_all([])) == []


def test_suppressions_are_held_and_released(tables: Tables) -> None:
    """Regulations that suppressed an identifier before stay known."""
    _, suppressions = tables
    suppressions.verify_key("check")
    suppressions.hold({"ann": ["one", "two"], "bob": ["one"]})
    suppressions.release({"ann": ["one"], "bob": ["one"]})
    entries = [suppressions.get(name) for name in ("ann", "bob", "cy")]
    assert (entries, suppressions.holders(["ann", "bob", "cy"])) == (
        [
            SuppressionEntry(frozenset({"two"}), frozenset({"one"})),
            SuppressionEntry(frozenset(), frozenset({"one"})),
            SuppressionEntry(),
        ],
        {"ann": frozenset({"two"}), "bob": frozenset()},
    )


def test_table_of_suppressions_is_begun_with_one_key(tables: Tables) -> None:
    """As often as it is verified; another key's check value is refused."""
    _, suppressions = tables
    suppressions.verify_key("check")
    suppressions.verify_key("check")
    with pytest.raises(WrongSuppressionKey):
        suppressions.verify_key("another")


@pytest.mark.parametrize("change", ["hold", "release"])
def test_table_that_was_never_begun_is_not_changed(tables: Tables, change: str) -> None:
    """The function that deletes users has no key to begin it with."""
    _, suppressions = tables
    with pytest.raises(TableUnavailable, match="no check value"):
        getattr(suppressions, change)({"ann": ["one"]})
    assert suppressions.get("ann") == SuppressionEntry()


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_failing_table_raises_an_error(code: str) -> None:
    """With the error code of AWS."""
    client = boto3.client("dynamodb")
    stubber = Stubber(client)
    stubber.add_client_error("put_item", service_error_code=code)
    stubber.activate()
    repository: Any = DynamoRegulationRepository(client, "regulations", FakeTime().backoff)
    with pytest.raises(TableUnavailable, match=code):
        repository.begin(chunk("one", "ann"))
