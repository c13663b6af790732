"""Many conditional writes of DynamoDB at once, which succeed or fail a hundred at a time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of one TransactWriteItems: https://docs.aws.amazon.com/amazondynamodb, "TransactWriteItems"
ACTIONS: Final = 100
SIDE_BY_SIDE: Final = 8
# How often a transaction is offered again that met another one.
ATTEMPTS: Final = 8
CONDITION_FAILED: Final = "ConditionalCheckFailed"


def write_in_transactions(dynamodb: "DynamoDBClient", actions: Sequence[Any]) -> set[int]:
    """Do each action, and tell the places of those whose own condition failed.

    Each may be done again without harm, and no two of them are about the same item. Raises
    TableUnavailable when not all could be tried.
    """

    def written(batch: tuple[tuple[int, Any], ...]) -> set[int]:
        return write_transaction(dynamodb, batch)

    batches = list(batched(enumerate(actions), ACTIONS, strict=False))
    if not batches:
        return set()
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
        return set().union(*threads.map(written, batches))


def write_transaction(dynamodb: "DynamoDBClient", batch: Sequence[tuple[int, Any]]) -> set[int]:
    """Do a batch, without those of its actions whose condition fails."""
    failed: set[int] = set()
    for _ in range(ATTEMPTS):
        left = [(place, action) for place, action in batch if place not in failed]
        if not left:
            return failed
        try:
            dynamodb.transact_write_items(TransactItems=[action for _, action in left])
        except ClientError as error:
            reasons = [one.get("Code") for one in error.response.get("CancellationReasons", [])]
            if not reasons:
                raise TableUnavailable(error.response["Error"]["Code"]) from error
            failed |= {
                place
                for (place, _), why in zip(left, reasons, strict=True)
                if why == CONDITION_FAILED
            }
        except BotoCoreError as error:
            raise TableUnavailable(type(error).__name__) from error
        else:
            return failed
    raise TableUnavailable("TransactionConflict")
