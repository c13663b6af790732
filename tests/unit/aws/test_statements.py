"""Batches of statements whose calls or statements fail, are throttled, or are lost."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from rudder_mixpanel.aws.statements import (
    NOT_TRIED,
    Statement,
    StatementOutcome,
    StatementResult,
    execute_statements,
)
from tests.fakes.dynamodb import FakeTime
from tests.fakes.failing_table import DENIED, INTERNAL, SILENCE, THROTTLED, error_response

ITEM = {"id": {"S": "1"}}
DONE = StatementResult(StatementOutcome.DONE)
FAILED = StatementResult(StatementOutcome.FAILED, ITEM)
MAYBE = StatementResult(StatementOutcome.UNREACHABLE, may_be_written=True)
# Throttling before DynamoDB did anything, for certain
REFUSED = error_response("ThrottlingException", 400)
# The words by which a statement is throttled within a response of success
BUSY = ["ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"]


@dataclass
class Table:
    """A table whose next calls have these answers, and the parameters of each call.

    An answer is an exception, or the error of each statement, empty for none. What comes after
    them succeeds, except for the statements with `duplicates` as their first parameters.
    """

    answers: list[Any] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)
    retries: int = 0
    duplicates: set[str] = field(default_factory=set)

    def batch_execute_statement(self, *, Statements: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        """Answer as planned, or with success."""
        keys = [entry["Parameters"][0]["S"] for entry in Statements]
        self.calls.append(keys)
        later = ["DuplicateItem" if key in self.duplicates else "" for key in keys]
        answer = self.answers.pop(0) if self.answers else later
        if isinstance(answer, Exception):
            raise answer
        responses = [{"Error": {"Code": code, "Item": ITEM}} if code else {} for code in answer]
        return {"Responses": responses, "ResponseMetadata": {"RetryAttempts": self.retries}}


def execute(table: Any, number: int, left: float = 60_000) -> list[StatementResult]:
    """Execute some statements, with so many milliseconds left."""
    statements = [
        Statement('UPDATE "t" SET "a" = 1 WHERE "id" = ?', [{"S": str(n)}]) for n in range(number)
    ]
    return execute_statements(table, statements, FakeTime(left).backoff)


@pytest.mark.parametrize("code", [*BUSY, "TransactionConflict"])
def test_throttled_statement_is_repeated_alone(code: str) -> None:
    """The call as a whole has succeeded, so the SDK does not repeat it."""
    table = Table([["", code, "ConditionalCheckFailed"]])
    results = execute(table, 3)
    assert (results, table.calls) == ([DONE, DONE, FAILED], [["0", "1", "2"], ["1"]])


@pytest.mark.parametrize("error", [THROTTLED, REFUSED])
def test_throttled_call_is_repeated(error: Exception) -> None:
    """With all its statements."""
    table = Table([error, ["", ""]])
    assert (execute(table, 2), table.calls) == ([DONE, DONE], [["0", "1"]] * 2)


def test_statements_are_throttled_for_no_longer_than_there_is_time() -> None:
    """Nothing of them is written."""
    table = Table([["", "ThrottlingError"], *[["ThrottlingError"]] * 1_000])
    time = FakeTime(20_000)
    statements = [Statement('DELETE FROM "t" WHERE "id" = ?', [{"S": key}]) for key in "ab"]
    results = execute_statements(table, statements, time.backoff)  # type: ignore[arg-type]  # has the method
    unreachable = StatementResult(StatementOutcome.UNREACHABLE, ITEM)
    assert (results, time.left > 10_000) == ([DONE, unreachable], True)


@pytest.mark.parametrize(
    ("error", "result"),
    [(INTERNAL, MAYBE), (SILENCE, MAYBE), (DENIED, NOT_TRIED)],
    ids=["500", "none", "denied"],
)
def test_failed_call_may_have_been_executed_unless_it_was_refused(
    error: Exception, result: StatementResult
) -> None:
    """An error of DynamoDB itself says nothing, and silence neither."""
    assert execute(Table([error]), 2) == [result] * 2


@pytest.mark.parametrize(
    ("code", "may_be_written"), [("InternalServerError", True), ("AccessDenied", False)]
)
def test_failed_statement_is_not_repeated(code: str, *, may_be_written: bool) -> None:
    """Its error is not one that passes."""
    table = Table([[code]])
    assert (execute(table, 1), len(table.calls)) == (
        [StatementResult(StatementOutcome.UNREACHABLE, ITEM, may_be_written)],
        1,
    )


def test_condition_that_fails_at_the_sdks_repetition_may_have_been_met_before() -> None:
    """The statement may have found what it has written itself."""
    [result] = execute(Table([["ConditionalCheckFailed"]], retries=1), 1)
    assert result.may_be_written


def test_doubt_stays_when_a_later_attempt_is_refused() -> None:
    """The first one may have been executed."""
    [result] = execute(Table([THROTTLED, *[REFUSED] * 1_000]), 1)
    assert result == MAYBE


def test_no_call_begins_after_one_without_a_response() -> None:
    """Two were under way."""
    table = Table([SILENCE] * 8)
    results = execute(table, 200)
    assert (len(table.calls) <= 2, set(map(repr, results))) == (
        True,
        {repr(MAYBE), repr(NOT_TRIED)},
    )


def test_no_call_begins_without_time() -> None:
    """What follows needs it."""
    table = Table()
    assert (execute(table, 30, left=9_000), table.calls) == ([NOT_TRIED] * 30, [])


def test_results_are_in_the_order_of_the_statements() -> None:
    """Over several calls."""
    table = Table(duplicates={str(number) for number in range(0, 60, 7)})
    assert execute(table, 60) == [FAILED if number % 7 == 0 else DONE for number in range(60)]
