"""Reads and writes of DynamoDB that are throttled, conflict, or fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rudder_mixpanel.aws.dynamodb import (
    call_table,
    delete_items,
    read_items,
    run_concurrently,
    write_in_transactions,
)
from rudder_mixpanel.errors import TableTooSlow, TableUnavailable
from tests.fakes.dynamodb import FakeTime
from tests.fakes.sqs.client import no_connection

NO_CONNECTION = no_connection()


def error(code: str, *reasons: str) -> ClientError:
    """An error response, with the reasons of a cancelled transaction."""
    response: Any = {"Error": {"Code": code}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "call")


def canceled(*reasons: str) -> ClientError:
    """The error of a cancelled transaction."""
    return error("TransactionCanceledException", *reasons)


@dataclass
class Table:
    """A table whose next calls fail in this order, and what was asked of it."""

    errors: list[Exception] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)

    def transact_write_items(self, *, TransactItems: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Fail as planned, or do it."""
        self.calls.append(TransactItems)
        if self.errors:
            raise self.errors.pop(0)
        return {}


def write(table: Any, *actions: str, left: float = 60_000) -> tuple[set[int], list[float]]:
    """Write actions; return the indexes of those whose condition failed, and the waits."""
    time = FakeTime(left)
    return write_in_transactions(table, actions, time.backoff), time.waits


@pytest.mark.parametrize(
    ("failure", "waits"),
    [
        (canceled("ThrottlingError", "None"), [0.05]),
        (canceled("None", "ProvisionedThroughputExceeded"), [0.05]),
        (canceled("TransactionConflict", "None"), [0.01]),
        (canceled("TransactionConflict", "ThrottlingError"), [0.05]),
        (error("ThrottlingException"), [0.05]),
        (error("ProvisionedThroughputExceededException"), [0.05]),
        (error("RequestLimitExceeded"), [0.05]),
    ],
)
def test_throttled_transaction_is_repeated(failure: Exception, waits: list[float]) -> None:
    """After a conflict sooner, because the other write is soon over."""
    table = Table([failure])
    assert (write(table, "a", "b"), table.calls) == ((set(), waits), [["a", "b"]] * 2)


def test_waits_double_up_to_a_limit() -> None:
    """These are the longest ones: each is a random part of them."""
    _, waits = write(Table([canceled("ThrottlingError")] * 8), "a")
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


def test_action_whose_condition_fails_is_left_out_at_once() -> None:
    """Beside it, another one was throttled."""
    table = Table([canceled("ConditionalCheckFailed", "None"), canceled("ThrottlingError")])
    assert (write(table, "a", "b"), table.calls) == (({0}, [0.1]), [["a", "b"], ["b"], ["b"]])


@pytest.mark.parametrize(
    ("failures", "left", "calls"),
    [([], 10_000, 0), ([canceled("ThrottlingError")] * 9, 10_400, 4)],
    ids=["no time", "no more time"],
)
def test_write_ends_with_the_time(failures: list[Exception], left: int, calls: int) -> None:
    """With an error of its own, since a repetition goes on from there."""
    table = Table(list(failures))
    with pytest.raises(TableTooSlow):
        write(table, "a", left=left)
    assert len(table.calls) == calls


@pytest.mark.parametrize(
    "failure",
    [canceled("ValidationError"), error("AccessDeniedException"), NO_CONNECTION],
    ids=["reason", "error", "none"],
)
def test_other_failure_is_an_outage(failure: Exception) -> None:
    """No further transaction begins, because each may take seconds."""
    table = Table([failure] * 100)
    with pytest.raises(TableUnavailable) as raised:
        write(table, *map(str, range(10_000)))
    assert (type(raised.value), len(table.calls) < 20) == (TableUnavailable, True)


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("ThrottlingException", TableTooSlow),
        ("TransactionConflictException", TableTooSlow),
        ("AccessDeniedException", TableUnavailable),
    ],
)
def test_single_call_is_repeated_while_there_is_time(code: str, raised: type[Exception]) -> None:
    """Then it fails with the reason."""

    def fail() -> None:
        raise error(code)

    with pytest.raises(TableUnavailable, match=code) as caught:
        call_table(fail, FakeTime(left=10_200).backoff)
    assert type(caught.value) is raised


def test_single_call_that_was_throttled_succeeds_later() -> None:
    """Its caller notices nothing."""
    failures = [error("ThrottlingException"), error("TransactionConflictException")]

    def call() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert call_table(call, FakeTime().backoff) == "done"


def test_read_batches_that_are_throttled_are_repeated() -> None:
    """Each by itself, until all items are read."""

    class Busy:
        """A table that throttles every second call."""

        calls = 0

        def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            """Throttle, or read all."""
            self.calls += 1
            if self.calls % 2:
                raise error("ProvisionedThroughputExceededException")
            return {"Responses": {"t": RequestItems["t"]["Keys"]}}

    ids = [str(index) for index in range(250)]
    busy: Any = Busy()
    items = read_items(busy, "t", ids, FakeTime().backoff)
    assert sorted(item["id"]["S"] for item in items) == sorted(ids)


def test_results_are_in_the_order_of_the_items() -> None:
    """Whichever is done first."""
    double: Callable[[int], int] = lambda number: 2 * number  # noqa: E731 - one line to arrange
    assert run_concurrently(double, range(50), 8) == [2 * number for number in range(50)]


@dataclass
class ItemTable:
    """A table whose next deletions fail in this order, or leave so many items unprocessed."""

    failures: list[Exception | int] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)

    def batch_write_item(self, *, RequestItems: Any) -> Any:  # noqa: N803 - boto3's name
        """Delete all but those that are left unprocessed; raise the next error."""
        requests = RequestItems["table"]
        self.calls.append([request["DeleteRequest"]["Key"]["id"]["S"] for request in requests])
        failure = self.failures.pop(0) if self.failures else 0
        if isinstance(failure, Exception):
            raise failure
        unprocessed = requests[len(requests) - failure :]
        return {"UnprocessedItems": {"table": unprocessed} if unprocessed else {}}


def delete(table: Any, *ids: str, left: float = 60_000) -> list[float]:
    """Delete items, and return the waits."""
    time = FakeTime(left)
    delete_items(table, "table", ids, time.backoff)
    return time.waits


def test_items_are_deleted_once_each_in_batches_of_25() -> None:
    """DynamoDB takes no more, and no item twice."""
    table = ItemTable()
    delete(table, *(f"{index}" for index in range(60)), "0", "59")
    ids = [id_ for call in table.calls for id_ in call]
    assert (sorted(map(len, table.calls)), sorted(ids, key=int)) == (
        [10, 25, 25],
        [f"{index}" for index in range(60)],
    )


def test_unprocessed_deletions_are_repeated() -> None:
    """They alone, with growing waits; and all of a call that was throttled."""
    table = ItemTable([2, error("ThrottlingException"), 1])
    assert (delete(table, "a", "b", "c"), table.calls) == (
        [0.05, 0.05, 0.1],
        [["a", "b", "c"], ["b", "c"], ["b", "c"], ["c"]],
    )


@pytest.mark.parametrize(
    ("failures", "left", "raised"),
    [
        ([1] * 20, 11_000, TableTooSlow),
        ([error("ThrottlingException")] * 20, 11_000, TableTooSlow),
        ([], 9_000, TableTooSlow),
        ([error("ResourceNotFoundException")], 60_000, TableUnavailable),
        ([NO_CONNECTION], 60_000, TableUnavailable),
    ],
)
def test_deletion_that_does_not_end_is_an_outage(
    failures: list[Exception | int], left: float, raised: type[Exception]
) -> None:
    """What was deleted until then stays so; no call begins without time for it."""
    with pytest.raises(raised):
        delete(ItemTable(failures), "a", "b", left=left)


def test_nothing_to_delete_is_no_call() -> None:
    """DynamoDB takes no empty batch."""
    table = ItemTable()
    assert (delete(table), table.calls) == ([], [])
