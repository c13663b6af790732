"""The table of histories in DynamoDB, when the time of the invocation is short."""

from collections.abc import Callable, Iterator

import pytest

from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.delivery.dynamo_ledger import TIME_FOR_A_WRITE
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST
from rudder_mixpanel.profiles.dynamo_store import DynamoProfileStore
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, Release
from tests.fakes.failing_table import THROTTLED, FailingTable, failing_table

NEW = ProfileItem()


@pytest.fixture
def table() -> Iterator[FailingTable]:
    """The table, which works unless a test plans failures."""
    with failing_table("profiles") as table:
        yield table


def store_of(table: FailingTable, time_left: Callable[[], int]) -> DynamoProfileStore:
    """The store of an invocation with so much time left, whose waits take none."""
    backoff = TableBackoff(time_left, TIME_FOR_A_WRITE, lambda _: None, lambda: 1.0)
    return DynamoProfileStore(table, "profiles", b"key", backoff)  # type: ignore[arg-type]


def test_nothing_is_leased_that_could_not_be_sent(table: FailingTable) -> None:
    """The profile would be blocked for nothing."""
    store = store_of(table, lambda: TIME_FOR_A_REQUEST)
    leases = store.lease({"ann": NEW}, until=100)
    assert (leases, store.read(["ann"])) == ({"ann": NoLease.UNREACHABLE}, {"ann": NEW})


def test_leases_end_in_the_time_that_is_left_for_them(table: FailingTable) -> None:
    """A request may have taken what was left before."""
    left = [60_000]
    store = store_of(table, lambda: left[0])
    version = store.lease({"ann": NEW}, until=100)["ann"]
    left[0] = TIME_FOR_A_WRITE + 1
    released = store.release({"ann": Release(str(version), b"")}, now=10)
    assert (released, store.read(["ann"])["ann"].lease) == ({"ann"}, 0)


def test_throttled_lease_is_given_up_while_others_can_be_sent(table: FailingTable) -> None:
    """One hot profile must not take the time of all others in the batch."""
    left = iter(range(60_000, 0, -1_000))
    table.failures["UPDATE"] += [(False, THROTTLED)] * 60
    store = store_of(table, lambda: next(left))
    leases = store.lease({"ann": ProfileItem("version")}, until=100)
    assert (leases, next(left) > TIME_FOR_A_REQUEST) == ({"ann": NoLease.UNREACHABLE}, True)
