"""The ledger in DynamoDB when its table fails after the counters were sent."""

from dataclasses import replace
from typing import Any

import pytest

from rudder_mixpanel.aws.statements import CALLS_SIDE_BY_SIDE
from rudder_mixpanel.delivery.ledger import ClaimState
from tests.fakes.failing_table import (
    INTERNAL,
    SILENCE,
    THROTTLED,
    FailingTable,
    Unresponsive,
)
from tests.unit.delivery.claimants import AFTER, CLAIM, DURING, FIRST, ledger_of


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.OURS])
def test_unresponsive_table_is_not_called_for_each_batch(state: ClaimState) -> None:
    """Each call takes seconds, which the queues need."""
    table = Unresponsive()
    ledger_of(table).settle({str(index): state for index in range(200)}, FIRST)
    assert table.calls <= CALLS_SIDE_BY_SIDE


@pytest.mark.parametrize("state", [ClaimState.DONE, ClaimState.UNKNOWN, ClaimState.OURS])
def test_nothing_is_settled_when_the_queues_need_the_time(state: ClaimState) -> None:
    """What stays claimed is unknown later, which never counts twice."""
    table = Unresponsive()
    ledger_of(table).settle({"one": state}, replace(FIRST, time_left=lambda: 11_000))
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

    ledger_of(Busy()).settle({str(index): ClaimState.DONE for index in range(3)}, FIRST)
    assert batch_sizes == [3, 2, 1]


@pytest.mark.parametrize("error", [INTERNAL, THROTTLED, SILENCE], ids=["500", "400", "none"])
def test_counter_that_was_not_applied_is_released_later(
    table: FailingTable, error: Exception
) -> None:
    """Mixpanel has refused it, and the table is slow to note that."""
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    table.failures["DELETE"].append((False, error))
    ledger.settle({"one": ClaimState.OURS}, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.OURS]


def test_counters_that_were_applied_are_written_in_a_second_attempt(table: FailingTable) -> None:
    """DynamoDB throttles a batch as a whole when it processes nothing of it."""
    table.failures["write"].append((False, THROTTLED))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.DONE}, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.DONE]


def test_counter_that_cannot_be_settled_stays_claimed(table: FailingTable) -> None:
    """No exception is raised: after the deadline, the outcome is unknown."""
    table.failures["write"].append((False, SILENCE))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    ledger.settle({"one": ClaimState.DONE}, FIRST)
    assert (ledger.claim(CLAIM, DURING), ledger.claim(CLAIM, AFTER)) == (
        [ClaimState.CLAIMED],
        [ClaimState.UNKNOWN],
    )
