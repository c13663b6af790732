"""The tables of delivery in memory; tests/unit/delivery/test_ledger.py compares the ledgers."""

from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.suppression import (
    CHECK_TEXT,
    DynamoSuppressionLookup,
    DynamoSuppressionStore,
    SuppressionLookup,
    keyed_hash,
    pseudonym,
)
from tests.fakes.delivery_tables import MemoryLedger, MemorySuppressionLookup
from tests.fakes.dynamodb import FakeTime, create_table

KEY = b"k" * 32
BY = Claimant("first", now=1_000, deadline=1_090)

type Suppress = Callable[[str, str], None]


@pytest.fixture(params=["dynamodb", "memory"])
def lookup(request: pytest.FixtureRequest) -> Iterator[tuple[SuppressionLookup, Suppress]]:
    """The empty lookup, in DynamoDB and in memory, and a function that suppresses a user."""
    if request.param == "memory":
        memory = MemorySuppressionLookup()
        yield memory, lambda user, regulation: memory.hold(user, by=regulation)
        return
    with mock_aws():
        client = boto3.client("dynamodb")
        backoff = FakeTime().backoff
        store = DynamoSuppressionStore(client, create_table(client, "suppressions"), backoff)
        store.verify_key(keyed_hash(KEY, CHECK_TEXT))
        yield (
            DynamoSuppressionLookup(client, "suppressions", KEY, backoff),
            lambda user, regulation: store.hold({pseudonym(KEY, user): [regulation]}),
        )


def test_lookup_finds_the_regulations_of_each_user(
    lookup: tuple[SuppressionLookup, Suppress],
) -> None:
    """All regulations of a user, and none of a user who is not suppressed."""
    suppressions, suppress = lookup
    suppress("ann", "one")
    suppress("ann", "two")
    assert suppressions.look_up(["ann", "bob"]) == {"ann": {"one", "two"}, "bob": frozenset()}


@pytest.mark.parametrize("spelling", [" device-1", "$device:device-1", "$device: device-1"])
def test_lookup_treats_spellings_of_a_device_as_equal(
    lookup: tuple[SuppressionLookup, Suppress], spelling: str
) -> None:
    """Blanks around an identifier and Mixpanel's prefix make no difference."""
    suppressions, suppress = lookup
    suppress("device-1", "one")
    assert suppressions.look_up([spelling]) == {spelling: {"one"}}


def test_lookup_without_a_table_finds_no_answer() -> None:
    """Not even for users who are not suppressed."""
    assert MemorySuppressionLookup(reachable=False).look_up(["ann"]) == {}


def test_ledger_without_a_table_claims_and_settles_nothing() -> None:
    """Each claim is unreachable."""
    ledger = MemoryLedger(reachable=False)
    states = ledger.claim([Claim("one"), Claim("two")], BY)
    ledger.settle({"one": ClaimState.DONE}, BY)
    assert (states, ledger.entries) == ([ClaimState.UNREACHABLE] * 2, {})
