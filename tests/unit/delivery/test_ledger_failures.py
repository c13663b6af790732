"""The ledger in DynamoDB when its table fails: a counter that was not sent is not in doubt."""

from dataclasses import replace

import pytest

from rudder_mixpanel.aws.statements import CALLS_SIDE_BY_SIDE
from rudder_mixpanel.delivery.ledger import ALWAYS, TIME_FOR_A_CLAIM, Claim, ClaimState
from tests.fakes.dynamodb import FakeTime
from tests.fakes.failing_table import (
    DENIED,
    INTERNAL,
    SILENCE,
    THROTTLED,
    FailingTable,
    Unresponsive,
    error_response,
)
from tests.unit.delivery.claimants import AFTER, CLAIM, DURING, FIRST, MANY, ledger_of


def test_no_claims_follow_the_first_failure() -> None:
    """Those that began before it are all that is tried, and the release of these."""
    table = Unresponsive()
    states = ledger_of(table).claim(MANY, FIRST)
    assert (states, table.calls <= 2 * CALLS_SIDE_BY_SIDE) == ([ClaimState.UNREACHABLE] * 60, True)


@pytest.mark.parametrize("error", [INTERNAL, SILENCE], ids=["500", "none"])
def test_claim_that_may_have_been_written_is_released(
    table: FailingTable, error: Exception
) -> None:
    """Its counter is not sent: the error may be that of the SDK's second attempt."""
    table.failures["INSERT"].append((True, error))
    first = ledger_of(table).claim(CLAIM, FIRST)
    again = ledger_of(table).claim(CLAIM, AFTER)
    assert (first, again) == ([ClaimState.UNREACHABLE], [ClaimState.OURS])


@pytest.mark.parametrize("error", [INTERNAL, SILENCE], ids=["500", "none"])
def test_release_that_fails_is_repeated_with_the_next_call(
    table: FailingTable, error: Exception
) -> None:
    """In the same invocation, or in a later one of the container, even after the deadline."""
    table.failures["INSERT"].append((True, error))
    table.failures["DELETE"].append((False, error))
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
    table.failures["INSERT"].append((True, INTERNAL))
    table.failures["DELETE"] += [(False, INTERNAL)]
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    assert ledger.claim(CLAIM, AFTER) == [ClaimState.OURS]


def test_claim_of_a_counter_that_was_sent_is_not_released(table: FailingTable) -> None:
    """A claim that failed first, and succeeded later in the same invocation, is in use."""
    table.failures["INSERT"].append((False, INTERNAL))
    table.failures["DELETE"] += [(False, INTERNAL)] * 2
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
    table.failures["INSERT"].append((False, INTERNAL))
    table.failures["DELETE"].append((False, INTERNAL))
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
    table.failures["INSERT"].append((False, DENIED))
    ledger = ledger_of(table)
    ledger.claim(CLAIM, FIRST)
    assert ledger.unsent == {}


def test_throttled_claims_are_repeated(table: FailingTable) -> None:
    """A throttled call is soon over, and the table has time for it a moment later."""
    table.failures["INSERT"] += [(False, THROTTLED)] * 20
    states = ledger_of(table).claim([Claim(str(index)) for index in range(40)], FIRST)
    assert states == [ClaimState.OURS] * 40


def test_throttled_claim_that_was_written_is_found_by_its_repetition(table: FailingTable) -> None:
    """The SDK's second attempt was throttled, and its first one had done it."""
    table.failures["INSERT"].append((True, THROTTLED))
    ledger = ledger_of(table)
    assert (ledger.claim(CLAIM, FIRST), ledger.unsent) == ([ClaimState.OURS], {})


def test_claims_are_not_repeated_for_longer_than_there_is_time(table: FailingTable) -> None:
    """The batch needs the rest to send and to settle."""
    table.failures["INSERT"] += [(False, THROTTLED)] * 1_000
    time = FakeTime()
    claims = [Claim(str(index)) for index in range(100)]
    states = ledger_of(table, time).claim(claims, replace(FIRST, time_left=time))
    unsent = {ClaimState.UNREACHABLE, ClaimState.NO_TIME}
    assert (set(states) <= unsent, time.left >= TIME_FOR_A_CLAIM - 1_000) == (True, True)


def test_claim_is_in_doubt_if_any_of_its_attempts_may_have_written_it(table: FailingTable) -> None:
    """The last error certainly wrote nothing; the first one is the SDK's of a second attempt."""
    certain = error_response("ThrottlingException", 400)
    table.failures["INSERT"] += [(True, THROTTLED), *[(False, certain)] * 100]
    table.failures["DELETE"].append((False, INTERNAL))
    time = FakeTime(35_100)
    ledger = ledger_of(table, time)
    state = ledger.claim(CLAIM, replace(FIRST, time_left=time))
    assert (state, list(ledger.unsent)) == ([ClaimState.UNREACHABLE], ["one"])


@pytest.mark.parametrize("error", [INTERNAL, SILENCE, DENIED], ids=["500", "none", "400"])
def test_counter_whose_entry_cannot_be_read_is_left_alone(
    table: FailingTable, error: Exception
) -> None:
    """It is kept: the entry may be anybody's."""
    ledger_of(table).claim(CLAIM, FIRST)
    table.failures["read"].append((False, error))
    assert ledger_of(table).claim(CLAIM, AFTER) == [ClaimState.CLAIMED]


def test_own_claim_that_cannot_be_read_is_released(table: FailingTable) -> None:
    """The claim of a call that was throttled after it took effect is found, but not seen."""
    table.failures["INSERT"].append((True, THROTTLED))
    table.failures["read"].append((False, INTERNAL))
    first = ledger_of(table).claim(CLAIM, FIRST)
    assert (first, ledger_of(table).claim(CLAIM, DURING)) == (
        [ClaimState.CLAIMED],
        [ClaimState.OURS],
    )


def test_entries_are_not_read_without_time_to_send(table: FailingTable) -> None:
    """The claim has taken it."""
    ledger_of(table).claim(CLAIM, FIRST)
    times = iter([36_000, 36_000, 34_000, 34_000, 34_000])
    late = replace(AFTER, time_left=lambda: next(times))
    table.failures["read"].append((False, SILENCE))
    states = ledger_of(table).claim(CLAIM, late)
    assert (states, table.failures["read"]) == ([ClaimState.CLAIMED], [(False, SILENCE)])


@pytest.mark.parametrize("effect", [True, False])
def test_overdue_claim_that_cannot_be_marked_is_left_alone(
    table: FailingTable, *, effect: bool
) -> None:
    """It is kept, and looked at again."""
    ledger_of(table).claim(CLAIM, FIRST)
    table.failures["UPDATE"].append((effect, INTERNAL))
    states = [ledger_of(table).claim(CLAIM, AFTER) for _ in range(2)]
    assert states == [[ClaimState.CLAIMED], [ClaimState.UNKNOWN]]


@pytest.mark.parametrize(
    ("error", "expected"),
    [(THROTTLED, ClaimState.OURS), (INTERNAL, ClaimState.UNREACHABLE)],
    ids=["400", "500"],
)
def test_repeated_claim_whose_response_is_lost(
    table: FailingTable, error: Exception, expected: ClaimState
) -> None:
    """It is found by its repetition, or else released."""
    again = [Claim("one", ALWAYS)]
    ledger_of(table).claim(CLAIM, FIRST)
    table.failures["UPDATE"].append((True, error))
    first = ledger_of(table).claim(again, AFTER)
    states = {ClaimState.OURS: ClaimState.CLAIMED, ClaimState.UNREACHABLE: ClaimState.OURS}
    later = replace(AFTER, name="later")
    assert (first, ledger_of(table).claim(again, later)) == ([expected], [states[expected]])


def test_claims_need_a_call_for_each_25(table: FailingTable) -> None:
    """And the settling of those that were not applied another one."""
    ledger = ledger_of(table)
    ledger.claim(MANY, FIRST)
    ledger.settle({claim.key: ClaimState.OURS for claim in MANY}, FIRST)
    assert sorted(table.sizes) == [
        *[("DELETE", 10), ("DELETE", 25), ("DELETE", 25)],
        *[("INSERT", 10), ("INSERT", 25), ("INSERT", 25)],
    ]


def test_owner_may_have_any_name(table: FailingTable) -> None:
    """It stands in the text of the statement."""
    quoted = replace(FIRST, name="o'clock \"' OR 1")
    assert [ledger_of(table).claim(CLAIM, quoted) for _ in range(2)] == [[ClaimState.OURS]] * 2


def test_no_claim_is_tried_without_time_to_send(table: FailingTable) -> None:
    """The reason is the time, not the table."""
    late = replace(FIRST, time_left=lambda: 34_000)
    assert ledger_of(table).claim(CLAIM, late) == [ClaimState.NO_TIME]
