"""The ledger in DynamoDB when its table fails: a counter that was not sent is not in doubt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from rudder_mixpanel.aws.conditional_writes import SIDE_BY_SIDE
from rudder_mixpanel.delivery.dynamo_ledger import DynamoLedger
from rudder_mixpanel.delivery.ledger import TIME_FOR_A_CLAIM, Claim, Claimant, ClaimState
from tests.fakes.dynamodb import FakeTime, create_table
from tests.fakes.sqs.client import no_connection

FIRST = Claimant("first", now=1_000, deadline=1_090)
DURING = Claimant("during", now=1_050, deadline=1_140)
AFTER = Claimant("after", now=1_091, deadline=1_181)
CLAIM = [Claim("one")]


def failing_ledger(code: str, *methods: str) -> DynamoLedger:
    """A ledger whose table responds to these calls with an error."""
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )
    stubber = Stubber(client)
    for method in methods:
        stubber.add_client_error(method, service_error_code=code)
    stubber.activate()
    return DynamoLedger(client, "ledger")


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_failing_table_is_unreachable(code: str) -> None:
    """The counter must not be sent."""
    assert failing_ledger(code, "put_item").claim(CLAIM, FIRST) == [ClaimState.UNREACHABLE]


def test_no_claims_follow_the_first_failure() -> None:
    """The stub allows as many calls as run concurrently."""
    claims = [Claim(str(index)) for index in range(40)]
    states = failing_ledger("InternalServerError", *["put_item"] * 16).claim(claims, FIRST)
    assert states == [ClaimState.UNREACHABLE] * 40


@dataclass
class Unresponsive:
    """A table that never responds, and the number of calls."""

    calls: int = 0

    def fail_call(self, **_: object) -> None:
        """Fail as without a network."""
        self.calls += 1
        raise no_connection()

    put_item = delete_item = batch_write_item = fail_call


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.OURS])
def test_unresponsive_table_is_not_called_for_each_counter(state: ClaimState) -> None:
    """Each call takes seconds, which the queues need."""
    table = Unresponsive()
    ledger = DynamoLedger(table, "ledger")  # type: ignore[arg-type]  # has the methods that are needed
    ledger.settle({str(index): state for index in range(60)}, FIRST)
    assert table.calls <= SIDE_BY_SIDE


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.OURS])
def test_nothing_is_settled_when_the_queues_need_the_time(state: ClaimState) -> None:
    """What stays claimed is unknown later, which never counts twice."""
    table = Unresponsive()
    ledger = DynamoLedger(table, "ledger")  # type: ignore[arg-type]  # has the methods that are needed
    ledger.settle({"one": state}, replace(FIRST, time_left=lambda: 11_000))
    assert table.calls == 0


def test_unprocessed_writes_are_repeated() -> None:
    """DynamoDB may process only a part of a batch."""
    batch_sizes: list[int] = []

    class Busy:
        """A table that processes one write for each call."""

        def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            """Process the first."""
            (requests,) = RequestItems.values()
            batch_sizes.append(len(requests))
            return {"UnprocessedItems": {"ledger": requests[1:]} if requests[1:] else {}}

    ledger = DynamoLedger(Busy(), "ledger")  # type: ignore[arg-type]  # has the methods that are needed
    ledger.settle({str(index): ClaimState.DONE for index in range(3)}, FIRST)
    assert batch_sizes == [3, 2, 1]


@dataclass
class FailingTable:
    """DynamoDB, whose next calls of each method fail before or after they take effect."""

    dynamodb: Any
    put_item_failures: list[tuple[bool, Exception]] = field(default_factory=list)
    delete_item_failures: list[tuple[bool, Exception]] = field(default_factory=list)
    batch_write_item_failures: list[tuple[bool, Exception]] = field(default_factory=list)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """A method of the client, which fails as planned."""
        failures, call = getattr(self, f"{method}_failures"), getattr(self.dynamodb, method)

        def call_or_fail(**arguments: Any) -> Any:
            takes_effect, error = failures.pop(0) if failures else (True, None)
            result = call(**arguments) if takes_effect else None
            if error is not None:
                raise error
            return result

        return call_or_fail


@pytest.fixture
def table() -> Iterator[FailingTable]:
    """The ledger's table, which works unless a test plans failures."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        create_table(client, "ledger")
        yield FailingTable(client)


def ledger_of(table: Any, time: FakeTime | None = None) -> DynamoLedger:
    """The ledger of a new container; its waits take no time, or that of the invocation."""
    return DynamoLedger(table, "ledger", (time or FakeTime()).sleep)


def error_response(code: str, status: int, retries: int = 0) -> ClientError:
    """What the SDK raises for an error response to its last attempt."""
    metadata: Any = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "PutItem")


INTERNAL = error_response("InternalServerError", 500)
THROTTLED = error_response("ProvisionedThroughputExceededException", 400, retries=1)
SILENCE = no_connection()
DENIED = error_response("AccessDeniedException", 400)


@pytest.mark.parametrize("error", [INTERNAL, SILENCE], ids=["500", "none"])
def test_claim_that_may_have_been_written_is_released(
    table: FailingTable, error: Exception
) -> None:
    """Its counter is not sent: the error may be that of the SDK's second attempt."""
    table.put_item_failures.append((True, error))
    first = ledger_of(table).claim(CLAIM, FIRST)
    again = ledger_of(table).claim(CLAIM, AFTER)
    assert (first, again) == ([ClaimState.UNREACHABLE], [ClaimState.OURS])


@pytest.mark.parametrize("error", [INTERNAL, SILENCE], ids=["500", "none"])
def test_release_that_fails_is_repeated_with_the_next_call(
    table: FailingTable, error: Exception
) -> None:
    """In the same invocation, or in a later one of the container, even after the deadline."""
    table.put_item_failures.append((True, error))
    table.delete_item_failures.append((False, error))
    ledger = ledger_of(table)
    first = ledger.claim(CLAIM, FIRST)
    ledger.settle({}, FIRST)
    assert (first, ledger_of(table).claim(CLAIM, AFTER)) == (
        [ClaimState.UNREACHABLE],
        [ClaimState.OURS],
    )


def test_unreleased_claim_is_released_before_its_counter_is_claimed_again(
    table: FailingTable,
) -> None:
    """A later invocation of the container would find it overdue, and its counter in doubt."""
    table.put_item_failures.append((True, INTERNAL))
    table.delete_item_failures += [(False, INTERNAL)]
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.OURS]


def test_claim_of_a_counter_that_was_sent_is_not_released(table: FailingTable) -> None:
    """A claim that failed first, and succeeded later in the same invocation, is in use."""
    table.put_item_failures.append((False, INTERNAL))
    table.delete_item_failures += [(False, INTERNAL)] * 2
    ledger = ledger_of(table)
    states = [ledger.claim(CLAIM, FIRST) for _ in range(2)]
    ledger.settle({"other": ClaimState.OURS}, FIRST)
    assert (states, ledger_of(table).claim(CLAIM, AFTER)) == (
        [[ClaimState.UNREACHABLE], [ClaimState.OURS]],
        [ClaimState.UNKNOWN],
    )


def test_release_does_not_touch_what_another_invocation_has_claimed_since(
    table: FailingTable,
) -> None:
    """The owner is part of the condition."""
    table.put_item_failures.append((False, INTERNAL))
    table.delete_item_failures.append((False, INTERNAL))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    other = ledger_of(table).claim(CLAIM, DURING)
    ledger.settle({}, FIRST)
    assert (other, ledger_of(table).claim(CLAIM, FIRST)) == (
        [ClaimState.OURS],
        [ClaimState.CLAIMED],
    )


def test_error_response_to_the_only_attempt_needs_no_release(table: FailingTable) -> None:
    """The claim was not written."""
    table.put_item_failures.append((False, DENIED))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    assert ledger.unsent == {}


def test_throttled_claims_are_repeated(table: FailingTable) -> None:
    """A throttled call is soon over, and the table has time for it a moment later."""
    table.put_item_failures += [(False, THROTTLED)] * 20
    states = ledger_of(table).claim([Claim(str(index)) for index in range(40)], FIRST)
    assert states == [ClaimState.OURS] * 40


def test_throttled_claim_that_was_written_is_found_by_its_repetition(table: FailingTable) -> None:
    """The SDK's second attempt was throttled, and its first one had done it."""
    table.put_item_failures.append((True, THROTTLED))
    ledger = ledger_of(table)
    assert (ledger.claim(CLAIM, FIRST), ledger.unsent) == ([ClaimState.OURS], {})


def test_claims_are_not_repeated_for_longer_than_there_is_time(table: FailingTable) -> None:
    """The batch needs the rest to send and to settle."""
    table.put_item_failures += [(False, THROTTLED)] * 1_000
    time = FakeTime()
    claims = [Claim(str(index)) for index in range(100)]
    states = ledger_of(table, time).claim(claims, replace(FIRST, time_left=time))
    unsent = {ClaimState.UNREACHABLE, ClaimState.NO_TIME}
    assert (set(states) <= unsent, time.left >= TIME_FOR_A_CLAIM - 1_000) == (True, True)


def test_claim_is_in_doubt_if_any_of_its_attempts_may_have_written_it(table: FailingTable) -> None:
    """The last error certainly wrote nothing; the first one is the SDK's of a second attempt."""
    certain = error_response("ThrottlingException", 400)
    table.put_item_failures += [(True, THROTTLED), *[(False, certain)] * 100]
    table.delete_item_failures.append((False, INTERNAL))
    time = FakeTime(35_100)
    ledger = ledger_of(table, time)
    state = ledger.claim(CLAIM, replace(FIRST, time_left=time))
    assert (state, list(ledger.unsent)) == ([ClaimState.UNREACHABLE], ["one"])


@pytest.mark.parametrize("error", [INTERNAL, THROTTLED, SILENCE], ids=["500", "400", "none"])
def test_counter_that_was_not_applied_is_released_later(
    table: FailingTable, error: Exception
) -> None:
    """Mixpanel has refused it, and the table is slow to note that."""
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    table.delete_item_failures.append((False, error))
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.OURS]


def test_counters_that_were_applied_are_written_in_a_second_attempt(table: FailingTable) -> None:
    """DynamoDB throttles a batch as a whole when it processes nothing of it."""
    table.batch_write_item_failures.append((False, THROTTLED))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.DONE}, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.DONE]


def test_counter_that_cannot_be_settled_stays_claimed(table: FailingTable) -> None:
    """No exception is raised: after the deadline, the outcome is unknown."""
    table.batch_write_item_failures.append((False, SILENCE))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.DONE}, FIRST)
    assert (ledger.claim(CLAIM, DURING), ledger.claim(CLAIM, AFTER)) == (
        [ClaimState.CLAIMED],
        [ClaimState.UNKNOWN],
    )


def test_entry_that_the_error_does_not_show_is_left_alone(table: FailingTable) -> None:
    """The counter is kept."""
    table.put_item_failures.append((False, error_response("ConditionalCheckFailedException", 400)))
    assert ledger_of(table).claim(CLAIM, FIRST) == [ClaimState.CLAIMED]


def test_no_claim_is_tried_without_time_to_send(table: FailingTable) -> None:
    """The reason is the time, not the table."""
    late = replace(FIRST, time_left=lambda: 34_000)
    assert ledger_of(table).claim(CLAIM, late) == [ClaimState.NO_TIME]
