"""Reads and writes of many items of DynamoDB, repeated while they are throttled and there is time.

Whoever calls has a deadline, not a number of attempts: `TableBackoff` knows the time left. What was
done until then stays done.
"""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched, count
from threading import Event
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.throttling import (
    TableBackoff,
    error_code,
    first_wait,
    repeat_throttled,
)
from rudder_mixpanel.errors import DeliveryError, TableTooSlow, TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Limits of BatchGetItem, TransactWriteItems and BatchWriteItem:
# https://docs.aws.amazon.com/amazondynamodb
KEYS: Final = 100
ACTIONS: Final = 100
WRITES: Final = 25
# Concurrent calls: two chunks of regulations share the connections of the client.
SIDE_BY_SIDE: Final = 8
# The error of a single write, and the reason of an action in a transaction.
FAILED_CONDITION: Final = "ConditionalCheckFailedException"
CONDITION_FAILED: Final = "ConditionalCheckFailed"


class ConditionFailed(DeliveryError):
    """The condition of a write is not met: another process has written the item first."""


class ReadItems(NamedTuple):
    """Items of a table, and the ids of those that could not be read in time."""

    items: list[Any]
    unread: list[str]


def read_batch(
    dynamodb: "DynamoDBClient",
    table: str,
    ids: Sequence[str],
    backoff: TableBackoff,
    projection: str = "",
) -> ReadItems:
    """Read up to a hundred items by their ids, strongly consistent; all of them or a projection.

    Raises ClientError and BotoCoreError for what a repetition does not help.
    """
    items: list[Any] = []
    keys: list[Any] = [{"id": {"S": id_}} for id_ in ids]
    chosen = {"ProjectionExpression": projection} if projection else {}
    for attempt in count():
        request: Any = {"Keys": keys, "ConsistentRead": True, **chosen}
        try:
            response = dynamodb.batch_get_item(RequestItems={table: request})
        except ClientError as error:
            if not first_wait(error_code(error)):
                raise
        else:
            items += response["Responses"].get(table, [])
            unprocessed: Any = response.get("UnprocessedKeys", {})
            keys = unprocessed.get(table, {}).get("Keys", [])
        if not keys or not backoff.wait(attempt):
            break
    return ReadItems(items, [key["id"]["S"] for key in keys])


def read_items(
    dynamodb: "DynamoDBClient",
    table: str,
    ids: Collection[str],
    backoff: TableBackoff,
    projection: str = "",
) -> list[Any]:
    """Read any number of items by their ids, a hundred at a time; unknown ids have none.

    Raises TableUnavailable when not all could be read.
    """

    def read(batch: tuple[str, ...]) -> list[Any]:
        """The items of one call; raises TableUnavailable."""
        call = partial(read_batch, dynamodb, table, batch, backoff, projection)
        items, unread = call_table(call, backoff)
        if unread:
            raise TableTooSlow("UnprocessedKeys")
        return items

    batches = list(batched(dict.fromkeys(ids), KEYS, strict=False))
    return [item for items in run_concurrently(read, batches, SIDE_BY_SIDE) for item in items]


def delete_items(
    dynamodb: "DynamoDBClient", table: str, ids: Collection[str], backoff: TableBackoff
) -> None:
    """Delete any number of items by their ids, 25 at a time; an id without an item is no error.

    Raises TableUnavailable when not all could be deleted.
    """
    delete = partial(delete_batch, dynamodb, table, backoff)
    batches = list(batched(dict.fromkeys(ids), WRITES, strict=False))
    run_concurrently(delete, batches, SIDE_BY_SIDE)


def delete_batch(
    dynamodb: "DynamoDBClient", table: str, backoff: TableBackoff, ids: Sequence[str]
) -> None:
    """Delete up to 25 items, and repeat what DynamoDB has not processed.

    Raises TableUnavailable, TableTooSlow when there is no time left.
    """
    remaining: Any = [{"DeleteRequest": {"Key": {"id": {"S": id_}}}} for id_ in ids]
    for attempt in count():
        if not backoff.has_time:
            raise TableTooSlow("no time left")
        write = partial(dynamodb.batch_write_item, RequestItems={table: remaining})
        response: Any = call_table(write, backoff)
        remaining = response.get("UnprocessedItems", {}).get(table, [])
        if not remaining:
            return
        if not backoff.wait(attempt):
            raise TableTooSlow("UnprocessedItems")


def write_in_transactions(
    dynamodb: "DynamoDBClient", actions: Sequence[Any], backoff: TableBackoff
) -> set[int]:
    """Do each action, and return the indexes of those whose own condition failed.

    The transactions only save calls: each action must be idempotent, and no two may be about the
    same item. Raises TableUnavailable when not all could be done.
    """
    write = partial(write_transaction, dynamodb, backoff)
    batches = list(batched(enumerate(actions), ACTIONS, strict=False))
    return set().union(*run_concurrently(write, batches, SIDE_BY_SIDE))


def write_transaction(
    dynamodb: "DynamoDBClient", backoff: TableBackoff, batch: Sequence[tuple[int, Any]]
) -> set[int]:
    """Do the indexed actions of a batch, and return the indexes of those whose condition failed.

    A failed condition cancels the whole transaction, so the others are tried again without it.
    Raises TableUnavailable, TableTooSlow when there is no time left.
    """
    failed: set[int] = set()
    for attempt in count():
        remaining = [(index, action) for index, action in batch if index not in failed]
        if not remaining:
            break
        if not backoff.has_time:
            raise TableTooSlow("no time left")
        reasons = transact(dynamodb, [action for _, action in remaining])
        if not reasons:
            break
        failed |= {
            index
            for (index, _), reason in zip(remaining, reasons, strict=False)
            if reason == CONDITION_FAILED
        }
        await_repetition({*reasons} - {CONDITION_FAILED, "None"}, attempt, backoff)
    return failed


def transact(dynamodb: "DynamoDBClient", actions: Sequence[Any]) -> list[str]:
    """Do the actions together; return the reason for each why none is done, empty if all are.

    An error that is about the whole call is the only reason. Raises TableUnavailable when there is
    no response.
    """
    try:
        dynamodb.transact_write_items(TransactItems=actions)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        return [reason.get("Code", "None") for reason in reasons] or [error_code(error)]
    except BotoCoreError as error:
        raise TableUnavailable(type(error).__name__) from error
    return []


def await_repetition(reasons: set[str], attempt: int, backoff: TableBackoff) -> None:
    """Wait until a cancelled transaction can be repeated; at once if only conditions failed.

    Raises TableUnavailable when a repetition does not help, TableTooSlow without time for it.
    """
    for reason in reasons:
        if not first_wait(reason):
            raise TableUnavailable(reason)
    if reasons and not backoff.wait(attempt, max(map(first_wait, reasons))):
        raise TableTooSlow(min(reasons))


def call_table[Result](call: Callable[[], Result], backoff: TableBackoff) -> Result:
    """Make one call, repeated while it is throttled and there is time.

    Raises ConditionFailed when a write's condition is not met, else TableUnavailable.
    """
    try:
        return repeat_throttled(call, backoff)
    except ClientError as error:
        code = error_code(error)
        if code == FAILED_CONDITION:
            raise ConditionFailed from None
        raise (TableTooSlow if first_wait(code) else TableUnavailable)(code) from error
    except BotoCoreError as error:
        raise TableUnavailable(type(error).__name__) from error


def run_concurrently[Item, Result](
    function: Callable[[Item], Result], items: Sequence[Item], most: int
) -> list[Result]:
    """The function's result for each item, `most` at a time.

    After the first exception, which is raised, no further item begins: a call without a response
    takes seconds.
    """
    if len(items) <= 1 or most == 1:
        return [function(item) for item in items]
    has_failed = Event()

    def run(item: Item) -> Result | None:
        """The result; none after a failure. Raises what the function does."""
        if has_failed.is_set():
            return None
        try:
            return function(item)
        except BaseException:
            has_failed.set()
            raise

    with ThreadPoolExecutor(min(most, len(items))) as threads:
        futures = [threads.submit(run, item) for item in items]
    failures = [future for future in futures if future.exception()]
    return [cast("Result", future.result()) for future in failures or futures]
