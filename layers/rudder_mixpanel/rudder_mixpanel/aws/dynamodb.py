"""Many conditional writes to DynamoDB, in transactions of a hundred."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Limit of TransactWriteItems: https://docs.aws.amazon.com/amazondynamodb, "TransactWriteItems"
ACTIONS: Final = 100
SIDE_BY_SIDE: Final = 8
# Attempts at a transaction that conflicts with another one.
ATTEMPTS: Final = 8
CONDITION_FAILED: Final = "ConditionalCheckFailed"


def write_in_transactions(dynamodb: "DynamoDBClient", actions: Sequence[Any]) -> set[int]:
    """Do each action, and return the indexes of those whose own condition failed.

    Each action must be idempotent, and no two may be about the same item. Raises TableUnavailable
    when not all could be tried.
    """

    def write(batch: tuple[tuple[int, Any], ...]) -> set[int]:
        return write_transaction(dynamodb, batch)

    batches = list(batched(enumerate(actions), ACTIONS, strict=False))
    if not batches:
        return set()
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
        return set().union(*threads.map(write, batches))


def write_transaction(dynamodb: "DynamoDBClient", batch: Sequence[tuple[int, Any]]) -> set[int]:
    """Do the indexed actions of a batch, and return the indexes of those whose condition failed.

    A failed condition cancels the whole transaction, so the others are tried again without it.
    Raises TableUnavailable when the table does not respond or conflicts do not end.
    """
    failed: set[int] = set()
    for _ in range(ATTEMPTS):
        remaining = [(index, action) for index, action in batch if index not in failed]
        if not remaining:
            return failed
        try:
            dynamodb.transact_write_items(TransactItems=[action for _, action in remaining])
        except ClientError as error:
            reasons = cancellation_reasons(error)
            failed |= {
                index
                for (index, _), reason in zip(remaining, reasons, strict=True)
                if reason == CONDITION_FAILED
            }
        except BotoCoreError as error:
            raise TableUnavailable(type(error).__name__) from error
        else:
            return failed
    raise TableUnavailable("TransactionConflict")


def cancellation_reasons(error: ClientError) -> list[str | None]:
    """The reason code of each action of a cancelled transaction.

    Raises TableUnavailable for an error that is not a cancellation.
    """
    reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
    if not reasons:
        raise TableUnavailable(error.response["Error"]["Code"]) from error
    return reasons
