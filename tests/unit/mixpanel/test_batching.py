"""Operations are packed into requests within Mixpanel's limits."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.mixpanel.batching import LIMITS, Request, RequestLimit, pack_requests
from rudder_mixpanel.mixpanel.operations import Lane, Operation
from tests.operations import event, request, update

LANES = st.sampled_from(tuple(LIMITS))
LENGTHS = st.lists(st.integers(0, 400_000), max_size=20)


def of_length(lengths: list[int]) -> list[Operation]:
    """Operations of about these lengths."""
    return [event(text="x" * length) for length in lengths]


def packed(lane: Lane, operations: list[Operation]) -> list[Request]:
    """The requests of one lane."""
    return list(pack_requests(operations, lambda: LIMITS[lane]))


def fits(packed_request: Request, lane: Lane) -> bool:
    """Whether a request is within its lane's limit."""
    limit = LIMITS[lane]
    return (
        len(packed_request.operations) <= limit.operations
        and len(packed_request.body) <= limit.bytes
    )


@given(LANES, LENGTHS)
def test_requests_hold_every_operation_once_in_order(lane: Lane, lengths: list[int]) -> None:
    """Packing does not lose, repeat or reorder operations."""
    operations = of_length(lengths)
    packed_operations = [
        operation
        for packed_request in packed(lane, operations)
        for operation in packed_request.operations
    ]
    assert packed_operations == operations


@given(LANES, LENGTHS)
def test_request_is_over_the_limit_only_with_one_operation_in_it(
    lane: Lane, lengths: list[int]
) -> None:
    """The size is that of the body as sent, with brackets and commas."""
    requests = packed(lane, of_length(lengths))
    assert all(fits(item, lane) or len(item.operations) == 1 for item in requests)


@pytest.mark.parametrize(
    ("lane", "sizes"),
    [
        ("import", [2000, 1]),
        ("engage", [2000, 1]),
        ("groups", [200] * 10 + [1]),
        ("counters", [50] * 40 + [1]),
    ],
)
def test_request_is_filled_to_its_count(lane: Lane, sizes: list[int]) -> None:
    """One operation more than fits needs one request more."""
    requests = packed(lane, [event()] * 2001)
    assert [len(item.operations) for item in requests] == sizes


def test_request_is_filled_to_its_last_byte() -> None:
    """Two operations of exactly the limit share a request; with one byte more they do not."""
    room = LIMITS["groups"].bytes - len("[,]") - 2 * len(event(text="").encoded)
    exact = [event(text="x" * half) for half in (room // 2, room - room // 2)]
    over = [exact[0], event(text="x" * (room - room // 2 + 1))]
    counts = [len(packed("groups", operations)) for operations in (exact, over)]
    assert (counts, len(packed("groups", exact)[0].body)) == ([1, 2], 1_000_000)


def test_limit_is_read_again_for_each_request() -> None:
    """A response may have lowered it meanwhile."""
    limits = iter([RequestLimit(3, 1_000), RequestLimit(2, 1_000), RequestLimit(1, 1_000)])
    requests = pack_requests([event()] * 6, lambda: next(limits))
    assert [len(item.operations) for item in requests] == [3, 2, 1]


def test_nothing_makes_no_request() -> None:
    """No operation, no request."""
    assert packed("import", []) == []


def test_body_is_the_array_of_its_operations() -> None:
    """The body consists of the encoded operations."""
    two_events = request(event("a"), event("b"))
    assert orjson.loads(two_events.body) == [
        operation.payload for operation in two_events.operations
    ]


@given(st.integers(2, 9))
def test_halves_hold_the_same_operations(count: int) -> None:
    """In the same order, and of almost equal size."""
    whole = request(*(event(str(index)) for index in range(count)))
    first, second = whole.halves()
    assert first.operations + second.operations == whole.operations
    assert abs(len(first.operations) - len(second.operations)) <= 1


def test_request_with_a_counter_in_it_must_not_be_repeated() -> None:
    """One counter is enough."""
    assert [
        request(update("$set"), update("$union")).repeatable,
        request(update("$set"), update("$append"), lane="counters").repeatable,
    ] == [True, False]
