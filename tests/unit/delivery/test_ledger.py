"""The ledger in DynamoDB, and the one in memory that stands in for it, keep the same promises."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from rudder_mixpanel.delivery.ledger import (
    ALWAYS,
    SIDE_BY_SIDE,
    Claim,
    Claimant,
    ClaimState,
    DynamoLedger,
    Ledger,
)
from tests.fakes.delivery_tables import MemoryLedger
from tests.fakes.sqs.client import no_connection

FIRST = Claimant("first", now=1_000, deadline=1_090)
DURING = Claimant("during", now=1_050, deadline=1_140)
AFTER = Claimant("after", now=1_091, deadline=1_181)
ONE = [Claim("one")]
AGAIN = [Claim("one", ALWAYS)]

DOUBTS = {"claim again": ALWAYS, "claim what was doubted": 1_060}

# What may happen to one counter, in the order in which invocations follow each other.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([FIRST, DURING, AFTER]),
        st.sampled_from(
            [
                "claim",
                "claim again",
                "claim what was doubted",
                ClaimState.DONE,
                ClaimState.UNKNOWN,
                ClaimState.OURS,
            ]
        ),
        st.sampled_from(["one", "two"]),
    ),
    max_size=12,
)


def table_named(name: str) -> Any:
    """A client of an account that holds this table."""
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


@pytest.fixture(params=["dynamodb", "memory"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Each of the two, empty."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    with mock_aws():
        yield DynamoLedger(table_named("ledger"), "ledger")


def test_first_claim_is_ours(ledger: Ledger) -> None:
    """Nobody else may send it now."""
    assert (ledger.claim(ONE, FIRST), ledger.claim(ONE, DURING)) == (
        [ClaimState.OURS],
        [ClaimState.CLAIMED],
    )


def test_own_claim_stays_ours(ledger: Ledger) -> None:
    """The SDK may have written it twice."""
    assert [ledger.claim(ONE, FIRST) for _ in range(2)] == [[ClaimState.OURS]] * 2


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN])
def test_settled_is_settled(ledger: Ledger, state: ClaimState) -> None:
    """Whoever asks later hears it."""
    ledger.claim(ONE, FIRST)
    ledger.settle({"one": state}, FIRST)
    assert [ledger.claim(ONE, by) for by in (FIRST, DURING, AFTER)] == [[state]] * 3


def test_claim_that_is_given_back_is_free(ledger: Ledger) -> None:
    """It certainly was not applied."""
    ledger.claim(ONE, FIRST)
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    assert ledger.claim(ONE, DURING) == [ClaimState.OURS]


def test_claim_whose_time_is_over_is_unknown_for_good(ledger: Ledger) -> None:
    """Its invocation died without a word."""
    ledger.claim(ONE, FIRST)
    assert [ledger.claim(ONE, by) for by in (AFTER, AFTER, DURING)] == [[ClaimState.UNKNOWN]] * 3


def test_unknown_may_be_claimed_again_by_who_says_so(ledger: Ledger) -> None:
    """Settled as unknown, or left behind by the dead; but never what has counted."""
    ledger.claim(ONE, FIRST)
    left_behind = ledger.claim(AGAIN, AFTER)
    ledger.settle({"one": ClaimState.UNKNOWN}, AFTER)
    settled = ledger.claim(AGAIN, DURING)
    ledger.settle({"one": ClaimState.DONE}, DURING)
    assert (left_behind, settled, ledger.claim(AGAIN, AFTER)) == (
        [ClaimState.OURS],
        [ClaimState.OURS],
        [ClaimState.DONE],
    )


def test_claim_again_does_not_take_what_somebody_is_sending(ledger: Ledger) -> None:
    """Only what is in doubt is free for those who want it again."""
    ledger.claim(ONE, FIRST)
    assert ledger.claim(AGAIN, DURING) == [ClaimState.CLAIMED]


def test_replay_covers_only_doubts_that_are_older_than_itself(ledger: Ledger) -> None:
    """What it puts in doubt itself was not seen by who allowed it."""
    replay = [Claim("one", doubted_before=1_040)]
    ledger.claim(ONE, FIRST)
    ledger.settle({"one": ClaimState.UNKNOWN}, FIRST)
    first = ledger.claim(replay, DURING)
    ledger.settle({"one": ClaimState.UNKNOWN}, DURING)
    assert (first, ledger.claim(replay, AFTER)) == ([ClaimState.OURS], [ClaimState.UNKNOWN])


def test_claim_is_given_back_only_by_whose_it_is(ledger: Ledger) -> None:
    """The SDK may repeat a deletion when somebody else has counted in the meantime."""
    ledger.claim(ONE, FIRST)
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    ledger.claim(ONE, DURING)
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    ledger.settle({"one": ClaimState.DONE}, DURING)
    ledger.settle({"one": ClaimState.UNKNOWN}, FIRST)
    assert ledger.claim(ONE, AFTER) == [ClaimState.DONE]


def test_many_are_claimed_and_settled_in_order(ledger: Ledger) -> None:
    """More than DynamoDB writes in one call."""
    claims = [Claim(str(index)) for index in range(60)]
    first = ledger.claim(claims, FIRST)
    ledger.settle({str(index): ClaimState.DONE for index in range(0, 60, 2)}, FIRST)
    second = ledger.claim(claims, DURING)
    assert (first, second) == ([ClaimState.OURS] * 60, [ClaimState.DONE, ClaimState.CLAIMED] * 30)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_both_ledgers_say_the_same(steps: list[tuple[Claimant, Any, str]]) -> None:
    """Whatever is asked of them, in whatever order."""
    with mock_aws():
        ledgers: list[Ledger] = [
            DynamoLedger(table_named("ledger"), "ledger"),
            MemoryLedger(),
        ]
        said = [[done(ledger, *step) for step in steps] for ledger in ledgers]
    assert said[0] == said[1]


def done(ledger: Ledger, by: Claimant, step: Any, key: str) -> list[ClaimState] | None:
    """One step, and what the ledger says to it."""
    if isinstance(step, ClaimState):
        ledger.settle({key: step}, by)
        return None
    return ledger.claim([Claim(key, DOUBTS.get(step, 0))], by)


def test_only_one_of_many_gets_it() -> None:
    """Sixteen invocations at once: DynamoDB decides."""
    with mock_aws():
        ledger = DynamoLedger(table_named("ledger"), "ledger")
        names = [Claimant(str(index), 1_000, 1_090) for index in range(16)]
        with ThreadPoolExecutor(16) as threads:
            states = list(threads.map(lambda by: ledger.claim(ONE, by)[0], names))
    assert (states.count(ClaimState.OURS), states.count(ClaimState.CLAIMED)) == (1, 15)


def refusing(code: str, *methods: str) -> DynamoLedger:
    """A ledger whose table answers these calls with an error."""
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


@pytest.mark.parametrize(
    "code",
    ["ProvisionedThroughputExceededException", "AccessDeniedException", "InternalServerError"],
)
def test_table_that_fails_is_out_of_reach(code: str) -> None:
    """Neither ours nor anybody's: nothing may be sent."""
    assert refusing(code, "put_item").claim(ONE, FIRST) == [ClaimState.UNREACHABLE]


def test_after_the_first_failure_no_more_is_asked() -> None:
    """The stub knows of one call only, and would complain about a second."""
    claims = [Claim(str(index)) for index in range(40)]
    states = refusing("InternalServerError", *["put_item"] * 16).claim(claims, FIRST)
    assert states == [ClaimState.UNREACHABLE] * 40


def test_what_cannot_be_settled_stays_claimed() -> None:
    """No exception reaches the delivery: what was sent was sent, and the doubt is told later."""
    with mock_aws():
        dynamodb = table_named("ledger")
        ledger = DynamoLedger(dynamodb, "ledger")
        ledger.claim(ONE, FIRST)
        with mock.patch.object(dynamodb, "batch_write_item", side_effect=no_connection()):
            ledger.settle({"one": ClaimState.DONE}, FIRST)
        assert (ledger.claim(ONE, DURING), ledger.claim(ONE, AFTER)) == (
            [ClaimState.CLAIMED],
            [ClaimState.UNKNOWN],
        )


@dataclass
class Silent:
    """A table that never answers, and how often it was asked."""

    asked: int = 0

    def ask(self, **_: object) -> None:
        """Say nothing."""
        self.asked += 1
        raise no_connection()

    put_item = delete_item = batch_write_item = ask


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.OURS])
def test_silent_table_is_not_asked_about_each(state: ClaimState) -> None:
    """It takes seconds each time, and the queues need some, too."""
    table = Silent()
    ledger = DynamoLedger(table, "ledger")  # type: ignore[arg-type]  # as much of one as is needed
    ledger.settle({str(index): state for index in range(60)}, FIRST)
    assert table.asked <= SIDE_BY_SIDE


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.OURS])
def test_nothing_is_written_when_the_queues_need_the_time(state: ClaimState) -> None:
    """What stays claimed is unknown later, which costs nobody a second count."""
    table = Silent()
    ledger = DynamoLedger(table, "ledger")  # type: ignore[arg-type]  # as much of one as is needed
    ledger.settle({"one": state}, replace(FIRST, time_left=lambda: 11_000))
    assert table.asked == 0


def test_claim_that_may_have_been_written_is_given_back() -> None:
    """DynamoDB fails with its answer: nobody sends it, and the next may."""
    with mock_aws():
        dynamodb = table_named("ledger")
        ledger = DynamoLedger(dynamodb, "ledger")
        write = dynamodb.put_item

        def fail(**item: Any) -> None:
            write(**item)
            answer: Any = {
                "Error": {"Code": "InternalServerError"},
                "ResponseMetadata": {"HTTPStatusCode": 500},
            }
            raise ClientError(answer, "PutItem")

        with mock.patch.object(dynamodb, "put_item", side_effect=fail):
            first = ledger.claim(ONE, FIRST)
        assert (first, ledger.claim(ONE, AFTER)) == ([ClaimState.UNREACHABLE], [ClaimState.OURS])


def test_what_dynamodb_put_off_is_offered_again() -> None:
    """It may take part of a batch, and says which part it did not."""
    offered: list[int] = []

    class Busy:
        """A table that takes one write a call."""

        def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
            """Take the first."""
            (requests,) = RequestItems.values()
            offered.append(len(requests))
            return {"UnprocessedItems": {"ledger": requests[1:]} if requests[1:] else {}}

    ledger = DynamoLedger(Busy(), "ledger")  # type: ignore[arg-type]  # as much of one as is needed
    ledger.settle({str(index): ClaimState.DONE for index in range(3)}, FIRST)
    assert offered == [3, 2, 1]
