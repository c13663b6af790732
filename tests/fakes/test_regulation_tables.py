"""The tables in DynamoDB, and those in memory that stand in for them, keep the same promises."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from rudder_mixpanel.aws import dynamodb
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.model import Chunk, RegulationType
from rudder_mixpanel.regulations.repository import (
    DynamoRegulationRepository,
    RegulationEntry,
    RegulationRepository,
)
from rudder_mixpanel.suppression import DynamoSuppressionStore, SuppressionEntry, SuppressionStore
from tests.fakes.deletion import person
from tests.fakes.dynamodb import create_regulations_table, create_table
from tests.fakes.regulation_tables import MemoryRegulationRepository, MemorySuppressionStore

type Tables = tuple[RegulationRepository, SuppressionStore]


@pytest.fixture(params=["dynamodb", "memory"])
def tables(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """Each of the two, empty."""
    if request.param == "memory":
        yield MemoryRegulationRepository(), MemorySuppressionStore()
        return
    # moto copies its tables for each transaction, and cannot while another one writes.
    monkeypatch.setattr(dynamodb, "SIDE_BY_SIDE", 1)
    with mock_aws():
        client = boto3.client("dynamodb")
        client = boto3.client("dynamodb")
        create_regulations_table(client, "regulations")
        create_table(client, "suppressions")
        yield (
            DynamoRegulationRepository(client, "regulations"),
            DynamoSuppressionStore(client, "suppressions"),
        )


def chunk(name: str, *users: str, asked_at: int = 1_000) -> Chunk:
    """A chunk of regulations about these users, named after them."""
    return Chunk(
        id=name,
        type=RegulationType.SUPPRESS_WITH_DELETE,
        request_id="request",
        asked_by="privacy",
        asked_at=asked_at,
        source_ids=[],
        destination_ids=["default"],
        members=list(users),
        people={user: person(user) for user in users},
    )


def test_what_is_written_is_read(tables: Tables) -> None:
    """The same chunk, whatever is in it."""
    register, _ = tables
    written = chunk("one", "ann", "bob")
    written.accept(2_000)
    written.tasks[0].note(3_000, "created")
    register.begin(written)
    assert (register.load("one"), register.load("two")) == (written, None)


def test_chunk_begins_once(tables: Tables) -> None:
    """Whoever asks for the same finds it there."""
    register, _ = tables
    assert [register.begin(chunk("one", "ann")) for _ in range(2)] == [True, False]


def test_old_version_is_not_written(tables: Tables) -> None:
    """Of two who have read the same, one writes."""
    register, _ = tables
    register.begin(chunk("one", "ann"))
    first, second = register.load("one"), register.load("one")
    assert first is not None
    assert second is not None
    saved = [register.save(first), register.save(second), register.save(first)]
    assert (saved, first.version, second.version) == ([True, False, True], 2, 0)


def test_regulation_belongs_to_one_chunk(tables: Tables) -> None:
    """The first to enter it; entering it again changes nothing."""
    register, _ = tables
    lost = [
        register.enter(one)
        for one in (chunk("one", "ann"), chunk("two", "bob", "ann"), chunk("one", "ann"))
    ]
    assert (lost, register.entries(["ann", "bob", "cy"])) == (
        [set(), {"ann"}, set()],
        {
            "ann": RegulationEntry("one", ("name-of-ann",)),
            "bob": RegulationEntry("two", ("name-of-bob",)),
        },
    )


def test_more_than_one_transaction_are_entered(tables: Tables) -> None:
    """DynamoDB takes a hundred at a time."""
    register, _ = tables
    users = [f"user-{index}" for index in range(250)]
    register.enter(chunk("one", users[7], users[170]))
    lost = register.enter(chunk("two", *users))
    assert (lost, len(register.entries(users))) == ({users[7], users[170]}, 250)


def test_task_belongs_to_one_chunk(tables: Tables) -> None:
    """To the first that says so, however often it does."""
    register, _ = tables
    claims = [("task", "c"), ("task", "d"), ("task", "c"), ("other", "d")]
    assert [register.claim(*claim) for claim in claims] == [True, False, True, True]


def test_due_is_what_has_something_to_do(tables: Tables) -> None:
    """The longest due first."""
    register, _ = tables
    later, sooner, over = chunk("later", "a"), chunk("sooner", "b"), chunk("over", "c")
    later.accept(3_000)
    sooner.accept(2_000)
    over.type = RegulationType.SUPPRESS
    over.accept(2_000)
    for one in (later, sooner, over):
        register.begin(one)
    found = [register.due(now) for now in (1_999, 2_000, 3_000)]
    assert found == [[], ["sooner"], ["sooner", "later"]]


def test_pages_come_in_order(tables: Tables) -> None:
    """Each after the one before."""
    register, _ = tables
    for index in (3, 1, 2):
        register.begin(chunk(f"chunk-{index}", "ann", asked_at=index))
    first = register.page("", 2)
    second = register.page(first[-1][0], 2)
    assert [name for _, name in first + second] == ["chunk-1", "chunk-2", "chunk-3"]


def test_holders_come_and_go(tables: Tables) -> None:
    """Who held somebody stays known."""
    _, holders = tables
    holders.hold({"ann": ["one", "two"], "bob": ["one"]})
    holders.release({"ann": ["one"], "bob": ["one"]})
    assert [holders.get(name) for name in ("ann", "bob", "cy")] == [
        SuppressionEntry(frozenset({"two"}), frozenset({"one"})),
        SuppressionEntry(frozenset(), frozenset({"one"})),
        SuppressionEntry(),
    ]


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_table_that_fails_says_so(code: str) -> None:
    """By AWS's word for it."""
    client = boto3.client("dynamodb")
    stubber = Stubber(client)
    stubber.add_client_error("put_item", service_error_code=code)
    stubber.activate()
    register: Any = DynamoRegulationRepository(client, "regulations")
    with pytest.raises(TableUnavailable, match=code):
        register.begin(chunk("one", "ann"))
