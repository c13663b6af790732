"""Statements of PartiQL, executed in batches, and what became of each.

DynamoDB answers a batch with 200 and one response a statement, in their order. So a statement that
it throttles looks like success to the SDK, and is repeated here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import batched, chain, count
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import CONDITION_FAILED, run_concurrently
from rudder_mixpanel.aws.throttling import TableBackoff, error_code, first_wait

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Limit of BatchExecuteStatement: https://docs.aws.amazon.com/amazondynamodb
STATEMENTS: Final = 25
# Concurrent calls of one list of statements.
CALLS_SIDE_BY_SIDE: Final = 2
# From this status on, an error is DynamoDB's own, and the statements may have been executed.
SERVER_ERROR: Final = 500
# Errors of a statement that say that the item is not as the statement demands.
CONDITIONS: Final = frozenset({CONDITION_FAILED, "DuplicateItem"})
# The error of a statement that may have been executed.
INTERNAL_ERROR: Final = "InternalServerError"


class StatementOutcome(Enum):
    """What became of a statement."""

    DONE = auto()  # the item is written
    FAILED = auto()  # the item is not as the statement demands, or exists already
    UNREACHABLE = auto()  # no answer, another error, or no time left


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about one item, by its whole key; no two of a list may be about the same item.

    Its text quotes all names, as in `INSERT INTO "table" VALUE {'id': ?}`, and has no OR. Its
    parameters are attributes of DynamoDB, such as `{"S": "text"}`.
    """

    text: str
    parameters: Sequence[Any]


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What became of a statement, after its last attempt.

    `existing` is the item that an UPDATE or DELETE has found instead, if there is one; DynamoDB
    does not show that of an INSERT. `may_be_written` is about one that is UNREACHABLE, or FAILED:
    an earlier attempt may have written what the last one found.
    """

    outcome: StatementOutcome
    existing: Mapping[str, Any] | None = None
    may_be_written: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """DynamoDB's response to an attempt; `code` is empty when the statement was executed."""

    code: str = ""
    existing: Mapping[str, Any] | None = None
    is_uncertain: bool = False


NOT_TRIED: Final = StatementResult(StatementOutcome.UNREACHABLE)


def execute_statements(
    dynamodb: "DynamoDBClient", statements: Sequence[Statement], backoff: TableBackoff
) -> list[StatementResult]:
    """Execute each statement for itself, 25 a call, and return the result of each, in order.

    Those that are throttled are repeated while there is time. After the first call without a
    response no other begins: it takes seconds, which the rest of the batch needs.
    """
    outage = Event()

    def execute(batch: tuple[Statement, ...]) -> list[StatementResult]:
        return execute_batch(dynamodb, batch, backoff, outage)

    batches = list(batched(statements, STATEMENTS, strict=False))
    return list(chain.from_iterable(run_concurrently(execute, batches, CALLS_SIDE_BY_SIDE)))


def execute_batch(
    dynamodb: "DynamoDBClient",
    statements: Sequence[Statement],
    backoff: TableBackoff,
    outage: Event,
) -> list[StatementResult]:
    """Execute up to 25 statements; those that are throttled again, while there is time."""
    results = [NOT_TRIED] * len(statements)
    remaining = list(range(len(statements)))
    for attempt in count():
        if outage.is_set() or not backoff.has_time:
            break
        responses = execute_once(dynamodb, [statements[index] for index in remaining], outage)
        first = 0.0
        for index, response in zip(remaining, responses, strict=True):
            results[index] = result_of(response, results[index])
            first = max(first, first_wait(response.code))
        remaining = [
            index
            for index, response in zip(remaining, responses, strict=True)
            if first_wait(response.code)
        ]
        if not remaining or not backoff.wait(attempt, first):
            break
    return results


def execute_once(
    dynamodb: "DynamoDBClient", statements: Sequence[Statement], outage: Event
) -> list[Response]:
    """Make one call, and return the response to each statement."""
    try:
        answer = dynamodb.batch_execute_statement(
            Statements=[entry_of(statement) for statement in statements]
        )
    except (BotoCoreError, ClientError) as error:
        code = error_code(error) or type(error).__name__
        if not first_wait(code):
            outage.set()
        return [Response(code, is_uncertain=may_be_written(error))] * len(statements)
    # The response is to the SDK's last attempt, and an earlier one may have had an effect.
    is_repeated = answer["ResponseMetadata"]["RetryAttempts"] > 0
    return [
        response_of(entry.get("Error"), is_repeated=is_repeated) for entry in answer["Responses"]
    ]


def may_be_written(error: BotoCoreError | ClientError) -> bool:
    """Whether the statements of a failed call may have been executed.

    An error response to the SDK's repetition says nothing about the first attempt.
    """
    if not isinstance(error, ClientError):
        return True
    metadata = error.response["ResponseMetadata"]
    is_repeated = metadata.get("RetryAttempts", 1) > 0
    return is_repeated or metadata.get("HTTPStatusCode", SERVER_ERROR) >= SERVER_ERROR


def entry_of(statement: Statement) -> Any:
    """A statement as an entry of the call; an INSERT has no item to return."""
    entry: dict[str, Any] = {"Statement": statement.text, "Parameters": statement.parameters}
    if not statement.text.startswith("INSERT"):
        entry["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return entry


def response_of(error: Any, *, is_repeated: bool) -> Response:
    """The response to a statement, from its error; None if there is no error."""
    if error is None:
        return Response()
    code = error["Code"]
    return Response(code, error.get("Item"), is_repeated or code == INTERNAL_ERROR)


def result_of(response: Response, earlier: StatementResult) -> StatementResult:
    """The result after an attempt: what an earlier one may have written stays in doubt."""
    if not response.code:
        return StatementResult(StatementOutcome.DONE)
    is_condition = response.code in CONDITIONS
    outcome = StatementOutcome.FAILED if is_condition else StatementOutcome.UNREACHABLE
    return StatementResult(
        outcome, response.existing, earlier.may_be_written or response.is_uncertain
    )
