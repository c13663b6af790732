"""Operations become requests within Mixpanel's limits."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.batching import LIMITS, Request, requests
from rudder_mixpanel.operations import Lane, Operation
from tests.unit.delivery.world import event, request, update

LANES = st.sampled_from(tuple(LIMITS))
LENGTHS = st.lists(st.lists(st.integers(0, 400_000), min_size=1, max_size=3), max_size=12)


def units_of(lengths: list[list[int]]) -> list[list[Operation]]:
    """Units of operations that are about so long."""
    return [[event(text="x" * length) for length in unit] for unit in lengths]


def many(count: int) -> list[list[Operation]]:
    """As many units of one small operation each."""
    one = event()
    return [[one] for _ in range(count)]


def fits(made: Request, lane: Lane) -> bool:
    """Whether a request is within its lane's limit."""
    limit = LIMITS[lane]
    return len(made.operations) <= limit.operations and len(made.body) <= limit.bytes


@given(LANES, LENGTHS)
def test_requests_hold_every_unit_once_in_order(lane: Lane, lengths: list[list[int]]) -> None:
    """Nothing is lost, doubled or moved by packing."""
    units = units_of(lengths)
    packed = [one for made in requests(lane, units) for one in made.operations]
    assert packed == [operation for unit in units for operation in unit]


@given(LANES, LENGTHS)
def test_request_is_over_the_limit_only_with_one_unit_in_it(
    lane: Lane, lengths: list[list[int]]
) -> None:
    """Bytes of the body as it is sent, brackets and commas included."""
    units = [tuple(unit) for unit in units_of(lengths)]
    made = list(requests(lane, units_of(lengths)))
    assert all(fits(one, lane) or one.operations in units for one in made)


@pytest.mark.parametrize(
    ("lane", "sizes"),
    [("import", [2000, 1]), ("engage", [2000, 1]), ("groups", [200] * 10 + [1])],
)
def test_request_is_filled_to_its_count(lane: Lane, sizes: list[int]) -> None:
    """One operation more than fits makes one request more."""
    made = requests(lane, many(2001))
    assert [len(one.operations) for one in made] == sizes


def test_request_is_filled_to_its_last_byte() -> None:
    """Two operations that make exactly the limit share a request, one byte more and they do not."""
    room = LIMITS["groups"].bytes - len("[,]") - 2 * len(event(text="").encoded)
    exact = [[event(text="x" * half)] for half in (room // 2, room - room // 2)]
    over = [*exact[:1], [event(text="x" * (room - room // 2 + 1))]]
    counts = [len(list(requests("groups", units))) for units in (exact, over)]
    assert (counts, len(next(requests("groups", exact)).body)) == ([1, 2], 1_000_000)


def test_unit_is_never_divided() -> None:
    """The counters of one record stay together, even where others would have fitted."""
    one = update("$add")
    made = requests("counters", [[one] * 30, [one] * 30, [one] * 70, [one]])
    assert [len(request.operations) for request in made] == [30, 30, 70, 1]


def test_nothing_makes_no_request() -> None:
    """No operation, no request."""
    assert list(requests("import", [])) == []


def test_body_is_the_array_of_its_operations() -> None:
    """What was encoded once is not encoded again, and reads the same."""
    made = request(event("a"), event("b"))
    assert orjson.loads(made.body) == [operation.payload for operation in made.operations]


@given(st.integers(2, 9))
def test_halves_together_say_the_same(count: int) -> None:
    """In the same order, and neither is empty."""
    whole = request(*(event(str(index)) for index in range(count)))
    first, second = whole.halves()
    assert first.operations + second.operations == whole.operations
    assert abs(len(first.operations) - len(second.operations)) <= 1


def test_request_with_a_counter_in_it_must_not_be_repeated() -> None:
    """One is enough."""
    assert [
        request(update("$set"), update("$union")).repeatable,
        request(update("$set"), update("$append"), lane="counters").repeatable,
    ] == [True, False]
