"""The ledger in DynamoDB and the fake in memory behave the same."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from rudder_mixpanel.delivery.dynamo_ledger import DynamoLedger
from rudder_mixpanel.delivery.ledger import ALWAYS, Claim, Claimant, ClaimState, Ledger
from tests.fakes.delivery_tables import MemoryLedger
from tests.fakes.dynamodb import create_table

FIRST = Claimant("first", now=1_000, deadline=1_090)
DURING = Claimant("during", now=1_050, deadline=1_140)
AFTER = Claimant("after", now=1_091, deadline=1_181)
CLAIM = [Claim("one")]
REPEATED_CLAIM = [Claim("one", ALWAYS)]

DOUBTED_BEFORE = {"claim again": ALWAYS, "claim what was doubted": 1_060}

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
    """A client of an account with this table."""
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    create_table(dynamodb, name)
    return dynamodb


@pytest.fixture(params=["dynamodb", "memory"])
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Each of the two ledgers, empty."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    with mock_aws():
        yield DynamoLedger(table_named("ledger"), "ledger")


def test_first_claim_is_ours(ledger: Ledger) -> None:
    """No other invocation may send it."""
    assert (ledger.claim(CLAIM, FIRST), ledger.claim(CLAIM, DURING)) == (
        [ClaimState.OURS],
        [ClaimState.CLAIMED],
    )


def test_own_claim_stays_ours(ledger: Ledger) -> None:
    """The SDK may have written it twice."""
    assert [ledger.claim(CLAIM, FIRST) for _ in range(2)] == [[ClaimState.OURS]] * 2


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN])
def test_settled_counter_keeps_its_state(ledger: Ledger, state: ClaimState) -> None:
    """Every later claim returns the same state."""
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": state}, FIRST)
    assert [ledger.claim(CLAIM, by) for by in (FIRST, DURING, AFTER)] == [[state]] * 3


def test_released_claim_is_free(ledger: Ledger) -> None:
    """It certainly was not applied, so it may be sent again."""
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    assert ledger.claim(CLAIM, DURING) == [ClaimState.OURS]


def test_overdue_claim_is_unknown_for_good(ledger: Ledger) -> None:
    """Its invocation ended without settling it."""
    ledger.claim(CLAIM, FIRST)
    assert [ledger.claim(CLAIM, by) for by in (AFTER, AFTER, DURING)] == [[ClaimState.UNKNOWN]] * 3


def test_unknown_counter_can_be_claimed_again_on_request(ledger: Ledger) -> None:
    """An unknown or overdue counter, but never one that was applied."""
    ledger.claim(CLAIM, FIRST)
    left_behind = ledger.claim(REPEATED_CLAIM, AFTER)
    ledger.settle({"one": ClaimState.UNKNOWN}, AFTER)
    settled = ledger.claim(REPEATED_CLAIM, DURING)
    ledger.settle({"one": ClaimState.DONE}, DURING)
    assert (left_behind, settled, ledger.claim(REPEATED_CLAIM, AFTER)) == (
        [ClaimState.OURS],
        [ClaimState.OURS],
        [ClaimState.DONE],
    )


def test_live_claim_is_not_taken_over(ledger: Ledger) -> None:
    """Only counters with an unknown outcome can be claimed again."""
    ledger.claim(CLAIM, FIRST)
    assert ledger.claim(REPEATED_CLAIM, DURING) == [ClaimState.CLAIMED]


def test_replay_covers_only_older_doubts(ledger: Ledger) -> None:
    """A doubt that the replay itself causes is newer than its permission."""
    replay = [Claim("one", doubted_before=1_040)]
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.UNKNOWN}, FIRST)
    first = ledger.claim(replay, DURING)
    ledger.settle({"one": ClaimState.UNKNOWN}, DURING)
    assert (first, ledger.claim(replay, AFTER)) == ([ClaimState.OURS], [ClaimState.UNKNOWN])


def test_claim_is_released_only_by_its_owner(ledger: Ledger) -> None:
    """The SDK may repeat a deletion after another invocation has settled."""
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    ledger.claim(CLAIM, DURING)
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    ledger.settle({"one": ClaimState.DONE}, DURING)
    ledger.settle({"one": ClaimState.UNKNOWN}, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.DONE]


def test_many_are_claimed_and_settled_in_order(ledger: Ledger) -> None:
    """More than DynamoDB writes in one call."""
    claims = [Claim(str(index)) for index in range(60)]
    first = ledger.claim(claims, FIRST)
    ledger.settle({str(index): ClaimState.DONE for index in range(0, 60, 2)}, FIRST)
    second = ledger.claim(claims, DURING)
    assert (first, second) == ([ClaimState.OURS] * 60, [ClaimState.DONE, ClaimState.CLAIMED] * 30)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_both_ledgers_behave_the_same(steps: list[tuple[Claimant, Any, str]]) -> None:
    """For any operations in any order."""
    with mock_aws():
        ledgers: list[Ledger] = [
            DynamoLedger(table_named("ledger"), "ledger"),
            MemoryLedger(),
        ]
        results_by_ledger = [[do_step(ledger, *step) for step in steps] for ledger in ledgers]
    assert results_by_ledger[0] == results_by_ledger[1]


def do_step(ledger: Ledger, by: Claimant, step: Any, key: str) -> list[ClaimState] | None:
    """Do one step, and return the states."""
    if isinstance(step, ClaimState):
        ledger.settle({key: step}, by)
        return None
    return ledger.claim([Claim(key, DOUBTED_BEFORE.get(step, 0))], by)


def test_only_one_of_many_invocations_gets_a_claim() -> None:
    """Of sixteen concurrent invocations, one gets the claim."""
    with mock_aws():
        ledger = DynamoLedger(table_named("ledger"), "ledger")
        names = [Claimant(str(index), 1_000, 1_090) for index in range(16)]
        with ThreadPoolExecutor(16) as threads:
            states = list(threads.map(lambda by: ledger.claim(CLAIM, by)[0], names))
    assert (states.count(ClaimState.OURS), states.count(ClaimState.CLAIMED)) == (1, 15)
