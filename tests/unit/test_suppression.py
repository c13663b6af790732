"""Suppressed users in DynamoDB, also when the table does not respond, or is of another key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Barrier, Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from rudder_mixpanel.suppression import (
    CHECK_TEXT,
    DynamoSuppressionLookup,
    DynamoSuppressionStore,
    WrongSuppressionKey,
    keyed_hash,
    pseudonym,
)
from tests.fakes.delivery import plenty_of_time
from tests.fakes.dynamodb import FakeTime, create_table

KEY = b"k" * 64
CHECK = keyed_hash(KEY, CHECK_TEXT)


@pytest.fixture
def table() -> Iterator[Any]:
    """A client of an account with an empty table."""
    with mock_aws():
        create_table(boto3.client("dynamodb"), "suppressions")
        yield boto3.client("dynamodb")


def lookup_of(dynamodb: Any, key: bytes = KEY, time: FakeTime | None = None) -> Any:
    """The lookup of an invocation."""
    return DynamoSuppressionLookup(dynamodb, "suppressions", key, (time or FakeTime()).backoff)


def store_of(dynamodb: Any) -> DynamoSuppressionStore:
    """The store, with plenty of time."""
    return DynamoSuppressionStore(dynamodb, "suppressions", FakeTime().backoff)


def hold(dynamodb: Any, *identifiers: str) -> None:
    """Suppress these identifiers, as the regulations API does."""
    store = store_of(dynamodb)
    store.verify_key(CHECK)
    store.hold({pseudonym(KEY, identifier): ["regulation"] for identifier in identifiers})


def test_held_user_is_suppressed(table: Any) -> None:
    """Other users are not."""
    hold(table, "user-1")
    held_by = lookup_of(table).look_up(["user-1", "user-2"])
    assert held_by == {"user-1": {"regulation"}, "user-2": set()}


def test_more_users_than_fit_one_call_are_looked_up(table: Any) -> None:
    """A batch of thousands of users takes many calls of a hundred."""
    users = [f"user-{index}" for index in range(350)]
    hold(table, *users[::50])
    held_by = lookup_of(table).look_up(users)
    assert [user for user, held in held_by.items() if held] == users[::50]


def test_events_are_counted_by_regulation(table: Any) -> None:
    """The report reads the count of its regulation."""
    suppressions = lookup_of(table)
    suppressions.count({"regulation": 2}, 1_000, plenty_of_time)
    suppressions.count({"regulation": 1, "other": 1}, 2_000, plenty_of_time)
    holders = store_of(table)
    held_by = [
        (item.events, item.last_event_at) for item in map(holders.get, ("regulation", "other"))
    ]
    assert held_by == [(3, 2_000), (1, 2_000)]


def stubbed(*answers: dict[str, Any] | str, time: FakeTime | None = None) -> Any:
    """A table that returns these responses, or fails with these codes."""
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("dynamodb", region_name="us-east-1", config=once)
    stubber = Stubber(client)
    for answer in answers:
        if isinstance(answer, str):
            stubber.add_client_error("batch_get_item", service_error_code=answer)
        else:
            stubber.add_response("batch_get_item", answer)
    stubber.activate()
    return lookup_of(client, time=time)


def key_of(identifier: str) -> dict[str, Any]:
    """An item's key."""
    return {"id": {"S": pseudonym(KEY, identifier)}}


def check_item(check: str = CHECK) -> dict[str, Any]:
    """The item with the check value."""
    return {"id": {"S": "check"}, "check_value": {"S": check}}


def answer(*items: dict[str, Any], unprocessed: tuple[str, ...] = ()) -> dict[str, Any]:
    """A response with items, which leaves the keys of these identifiers unprocessed."""
    keys = [key_of(identifier) for identifier in unprocessed]
    left = {"suppressions": {"Keys": keys}} if keys else {}
    return {"Responses": {"suppressions": list(items)}, "UnprocessedKeys": left}


HELD = key_of("user-1") | {"holders": {"SS": ["regulation"]}}


def test_unprocessed_keys_are_read_again() -> None:
    """DynamoDB may process only a part of the keys."""
    suppressions = stubbed(answer(check_item(), unprocessed=("user-1",)), answer(HELD))
    assert suppressions.look_up(["user-1"]) == {"user-1": {"regulation"}}


def test_user_whose_key_is_not_processed_in_time_is_unknown() -> None:
    """The other users are known, and the invocation keeps the time for its queues."""
    time = FakeTime(left=10_400)
    left = answer(unprocessed=("user-1",))
    suppressions = stubbed(answer(check_item(), unprocessed=("user-1",)), *[left] * 3, time=time)
    found = suppressions.look_up(["user-1", "user-2"])
    assert (found, time.waits) == ({"user-2": set()}, [0.05, 0.1, 0.2])


def test_throttled_lookup_is_repeated() -> None:
    """DynamoDB refuses the call as a whole when it processes none of its keys."""
    throttled = ["ProvisionedThroughputExceededException", "ThrottlingException"]
    assert stubbed(*throttled, answer(check_item())).look_up(["user-1"]) == {"user-1": set()}


@dataclass
class SlowTable:
    """A table whose every call takes eight seconds, and processes nothing."""

    time: FakeTime
    calls: int = 0

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Leave all keys unprocessed."""
        self.calls += 1
        self.time.left -= 8_000
        return {"Responses": {}, "UnprocessedKeys": RequestItems}


@pytest.mark.parametrize(("left", "calls"), [(9_000, 1), (30_000, 3), (60_000, 6)])
def test_lookup_does_not_outlast_its_invocation(left: int, calls: int) -> None:
    """A call begins only while there is time for it, except for the first."""
    time = FakeTime(left)
    table = SlowTable(time)
    found = lookup_of(table, time=time).look_up(["user-1"])
    assert (found, table.calls, time.left > 0) == ({}, calls, True)


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_failing_table_leaves_users_unknown(code: str) -> None:
    """All users are unknown."""
    assert stubbed(code).look_up(["user-1"]) == {}


def test_pseudonym_depends_on_the_key() -> None:
    """It depends on the key, and not on blanks or the prefix of device ids."""
    pseudonyms = {pseudonym(KEY, item) for item in ("a", " a ", "$device:a")}
    assert (len(pseudonyms), pseudonym(b"other", "a") in pseudonyms) == (1, False)


# The check value of the key


def test_lookup_makes_one_call() -> None:
    """The check value is one of its keys."""
    asked: list[int] = []

    class Table:
        """A table that holds nobody."""

        def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            """Count the keys."""
            asked.append(len(RequestItems["suppressions"]["Keys"]))
            return answer(check_item())

    lookup_of(Table()).look_up([f"user-{index}" for index in range(99)])
    assert asked == [100]


def test_table_without_anybody_needs_no_check_value() -> None:
    """Nobody was ever suppressed."""
    assert stubbed(answer()).look_up(["user-1"]) == {"user-1": set()}


@pytest.mark.parametrize(
    "answers",
    [
        [answer(check_item("another key's"))],
        [answer(check_item("another key's"), HELD)],
        [answer(HELD), answer()],
        [answer(key_of("user-1")), answer(check_item("another key's"))],
    ],
    ids=["other", "other, held", "none, held", "none, held before"],
)
def test_table_of_another_key_is_refused(answers: list[dict[str, Any]]) -> None:
    """So is one with users and no check value: it was restored or filled without it."""
    with pytest.raises(WrongSuppressionKey):
        stubbed(*answers).look_up(["user-1"])


def test_first_suppression_during_a_lookup_is_no_fault() -> None:
    """A batch is not read at one moment: the value was written between its keys."""
    found = stubbed(answer(HELD), answer(check_item())).look_up(["user-1"])
    assert found == {"user-1": {"regulation"}}


def test_unprocessed_check_value_leaves_users_unknown() -> None:
    """They may be suppressed under another key."""
    keys = {"suppressions": {"Keys": [{"id": {"S": "check"}}]}}
    left = {"Responses": {}, "UnprocessedKeys": keys}
    assert stubbed(*[left] * 20, time=FakeTime(left=10_100)).look_up(["user-1"]) == {}


def fill(dynamodb: Any) -> None:
    """Put a user into the table, without a check value."""
    dynamodb.put_item(TableName="suppressions", Item=HELD)


@pytest.mark.parametrize("prepare", [fill, hold], ids=["without", "another key's"])
def test_filled_table_is_not_begun_again(table: Any, prepare: Callable[..., None]) -> None:
    """Its users were suppressed under a key that nobody knows."""
    prepare(table)
    with pytest.raises(WrongSuppressionKey):
        store_of(table).verify_key("another")


@dataclass
class Interrupted:
    """DynamoDB, and what another process does just before the first call of a method."""

    dynamodb: Any
    method: str
    interrupt: Callable[[], None]
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        """A method of the client."""
        if name == self.method and name not in self.calls:
            self.interrupt()
        self.calls.append(name)
        return getattr(self.dynamodb, name)


@pytest.mark.parametrize("method", ["get_item", "scan", "update_item"])
@pytest.mark.parametrize(("key", "error"), [(KEY, None), (b"other", WrongSuppressionKey)])
def test_one_of_two_processes_begins_the_table(
    table: Any, method: str, key: bytes, error: type[Exception] | None
) -> None:
    """Whenever the other one does so: with the same key, both go on."""
    interrupted = Interrupted(table, method, lambda: hold(table, "user-1"))
    store = store_of(interrupted)
    raised: list[type[Exception]] = []
    try:
        store.verify_key(keyed_hash(key, CHECK_TEXT))
    except WrongSuppressionKey as wrong:
        raised.append(type(wrong))
    stored = store_of(table).check_value()
    assert (raised, stored) == ([error] if error else [], CHECK)


def test_many_processes_begin_the_table_at_once(table: Any) -> None:
    """All of them with the same key."""
    barrier, begun = Barrier(4), list[str]()

    def begin() -> None:
        barrier.wait()
        store_of(table).verify_key(CHECK)
        begun.append(store_of(table).check_value())

    threads = [Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == [CHECK] * 4
