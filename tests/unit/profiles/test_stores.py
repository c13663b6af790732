"""The store in memory and the one in DynamoDB lease and release alike."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.profiles.dynamo_store import SECONDS_REMEMBERED, DynamoProfileStore
from rudder_mixpanel.profiles.history import History
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, ProfileStore, Release
from tests.fakes.delivery_tables import MemoryProfileStore
from tests.fakes.dynamodb import FakeTime
from tests.fakes.failing_table import INTERNAL, SILENCE, THROTTLED, FailingTable, failing_table

NOW = 1_000
UNTIL = 1_120
HISTORY = History({b"plan..": b"stamp stam"}).encode()
KEY = b"k" * 32
# More than one call has.
MANY = [f"user-{number:02}" for number in range(60)]


class Stores:
    """A store, and what deletes an item of its table, as the function that deletes users does."""

    def __init__(self, store: ProfileStore, items: Any) -> None:
        self.store = store
        self.items = items

    def delete(self, id_: str) -> None:
        """Delete an item."""
        if isinstance(self.items, dict):
            self.items.pop(id_, None)
        else:
            self.items.delete_item(TableName="profiles", Key={"id": {"S": id_}})

    def leased(self, id_: str) -> str:
        """Lease a profile, and return the version."""
        version = self.store.lease(self.store.read([id_]), UNTIL)[id_]
        assert isinstance(version, str)
        return version

    def shape(self, id_: str) -> tuple[bool, int, bytes]:
        """Whether an item exists, its lease and its history."""
        item = self.store.read([id_])[id_]
        return bool(item.version), item.lease, item.history


@pytest.fixture
def table() -> Iterator[FailingTable]:
    """A table that works until a test plans failures."""
    with failing_table("profiles") as table:
        yield table


def dynamo_store(table: Any, time: FakeTime | None = None) -> DynamoProfileStore:
    """The store of an invocation."""
    return DynamoProfileStore(table, "profiles", KEY, (time or FakeTime()).backoff)


@pytest.fixture(params=["dynamodb", "memory"])
def stores(request: pytest.FixtureRequest, table: FailingTable) -> Stores:
    """An empty store."""
    if request.param == "dynamodb":
        return Stores(dynamo_store(table), table.dynamodb)
    memory = MemoryProfileStore()
    return Stores(memory, memory.items)


def test_profile_that_was_never_updated_has_an_empty_item(stores: Stores) -> None:
    """It need not exist."""
    assert stores.store.read(["ann", "bob"]) == {"ann": ProfileItem(), "bob": ProfileItem()}


def test_lease_makes_an_item_without_a_history(stores: Stores) -> None:
    """With the version that the lease returns."""
    version = stores.leased("ann")
    assert stores.store.read(["ann"]) == {"ann": ProfileItem(version, UNTIL)}


def test_of_two_leases_after_the_same_reading_one_is_taken(stores: Stores) -> None:
    """Of a new item, and of one that exists."""
    new = stores.store.read(["ann"])
    first, second = (stores.store.lease(new, UNTIL)["ann"] for _ in range(2))
    old = stores.store.read(["ann"])
    third, fourth = (stores.store.lease(old, UNTIL)["ann"] for _ in range(2))
    assert (type(first), second, type(third), fourth) == (str, NoLease.BUSY, str, NoLease.BUSY)


def test_lease_of_an_item_that_is_deleted_meanwhile_makes_none(stores: Stores) -> None:
    """The user is deleted, and stays so until somebody reads again."""
    stores.leased("ann")
    read = stores.store.read(["ann"])
    stores.delete("ann")
    assert (stores.store.lease(read, UNTIL), stores.shape("ann")) == (
        {"ann": NoLease.BUSY},
        (False, 0, b""),
    )


def test_release_writes_the_history_and_ends_the_lease(stores: Stores) -> None:
    """Under a new version, so that nobody leases what they read before."""
    version = stores.leased("ann")
    released = stores.store.release({"ann": Release(version, HISTORY)}, NOW)
    item = stores.store.read(["ann"])["ann"]
    assert (released, item) == ({"ann"}, ProfileItem(item.version, 0, HISTORY))
    assert item.version != version


def test_release_with_a_lease_keeps_it(stores: Stores) -> None:
    """Something of the request may still be applied."""
    version = stores.leased("ann")
    stores.store.release({"ann": Release(version, HISTORY, UNTIL)}, NOW)
    assert stores.shape("ann") == (True, UNTIL, HISTORY)


def test_release_after_somebody_else_has_leased_writes_nothing(stores: Stores) -> None:
    """The lease was over, and the history belongs to the other one."""
    version = stores.leased("ann")
    stores.leased("ann")
    released = stores.store.release({"ann": Release(version, HISTORY)}, NOW)
    assert (released, stores.shape("ann")) == (set(), (True, UNTIL, b""))


def test_release_of_an_item_that_is_deleted_makes_none(stores: Stores) -> None:
    """Its user is deleted; nothing remains to be written."""
    version = stores.leased("ann")
    stores.delete("ann")
    released = stores.store.release({"ann": Release(version, HISTORY)}, NOW)
    assert (released, stores.shape("ann")) == ({"ann"}, (False, 0, b""))


def test_each_of_many_profiles_is_leased_and_released_for_itself(stores: Stores) -> None:
    """More than a call has, of which every third is busy."""
    read = stores.store.read(MANY)
    for id_ in MANY[::3]:
        stores.leased(id_)
    leases = stores.store.lease(read, UNTIL)
    busy = [id_ for id_, lease in leases.items() if lease is NoLease.BUSY]
    releases = {id_: Release(v, HISTORY) for id_, v in leases.items() if isinstance(v, str)}
    released = stores.store.release(releases, NOW)
    assert (busy, released) == (MANY[::3], set(MANY) - set(MANY[::3]))


@pytest.mark.parametrize("seed", range(10))
def test_stores_agree_about_any_calls(table: FailingTable, seed: int) -> None:
    """What they return, and what items they have."""
    memory = MemoryProfileStore()
    traces = [
        trace_of(stores, Random(seed))  # noqa: S311 - reproducible
        for stores in (Stores(dynamo_store(table), table.dynamodb), Stores(memory, memory.items))
    ]
    assert traces[0] == traces[1]


def trace_of(stores: Stores, random: Random) -> list[Any]:
    """What a store returns to calls that a seed decides, without the versions."""
    trace: list[Any] = []
    reads = [stores.store.read(["a", "b"])]
    versions = [("a", "never")]
    for _ in range(20):
        match random.choice(("read", "lease", "lease", "release", "release", "delete")):
            case "read":
                reads.append(stores.store.read(["a", "b"]))
            case "lease":
                leases = stores.store.lease(random.choice(reads[-2:]), random.choice((0, UNTIL)))
                versions += [(id_, v) for id_, v in leases.items() if isinstance(v, str)]
                trace.append([v if isinstance(v, NoLease) else "leased" for v in leases.values()])
            case "release":
                id_, version = random.choice(versions[-3:])
                release = Release(version, HISTORY, random.choice((0, UNTIL)))
                trace.append(stores.store.release({id_: release}, NOW))
            case "delete":
                stores.delete(random.choice("ab"))
        trace.append([stores.shape(id_) for id_ in "ab"])
    return trace


# Only DynamoDB fails in these ways.


@pytest.mark.parametrize("error", [INTERNAL, SILENCE], ids=["500", "none"])
@pytest.mark.parametrize("takes_effect", [False, True])
def test_lease_without_an_answer_is_not_taken(
    table: FailingTable,
    error: Exception,
    takes_effect: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whether it is written or not, nothing is sent under it."""
    table.failures["INSERT"].append((takes_effect, error))
    store = dynamo_store(table)
    assert store.lease(store.read(["ann"]), UNTIL) == {"ann": NoLease.UNREACHABLE}


@pytest.mark.parametrize("word", ["INSERT", "UPDATE"])
def test_lease_that_an_earlier_attempt_has_written_is_taken(table: FailingTable, word: str) -> None:
    """The call was throttled after it had its effect; its repetition finds our own version."""
    store = dynamo_store(table)
    if word == "UPDATE":
        store.lease(store.read(["ann"]), UNTIL)
    table.failures[word].append((True, THROTTLED))
    version = store.lease(store.read(["ann"]), UNTIL)["ann"]
    assert store.read(["ann"])["ann"].version == version


def test_release_that_an_earlier_attempt_has_written_is_certain(table: FailingTable) -> None:
    """Its repetition finds our own version."""
    store = dynamo_store(table)
    version = store.lease(store.read(["ann"]), UNTIL)["ann"]
    assert isinstance(version, str)
    table.failures["UPDATE"].append((True, THROTTLED))
    assert store.release({"ann": Release(version, HISTORY)}, NOW) == {"ann"}


def test_release_without_an_answer_is_not_certain(table: FailingTable) -> None:
    """The update is sent again."""
    store = dynamo_store(table)
    version = store.lease(store.read(["ann"]), UNTIL)["ann"]
    assert isinstance(version, str)
    table.failures["UPDATE"].append((True, SILENCE))
    assert store.release({"ann": Release(version, HISTORY)}, NOW) == set()


def test_items_that_cannot_be_read_are_unavailable(table: FailingTable) -> None:
    """All of them."""
    table.failures["read"].append((True, SILENCE))
    with pytest.raises(TableUnavailable):
        dynamo_store(table).read(["ann"])


def test_item_expires_long_after_its_last_update(table: FailingTable) -> None:
    """It is counted from the release."""
    store = dynamo_store(table)
    version = store.lease(store.read(["ann"]), UNTIL)["ann"]
    assert isinstance(version, str)
    store.release({"ann": Release(version, HISTORY)}, NOW)
    key = {"id": {"S": "ann"}}
    item = table.dynamodb.get_item(TableName="profiles", Key=key)["Item"]
    assert item["expires_at"] == {"N": str(NOW + SECONDS_REMEMBERED)}
