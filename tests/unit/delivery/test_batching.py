"""Operations become requests within Mixpanel's limits."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.batching import LIMITS, Parcel, Request, parcel, requests
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.operations import Lane
from tests.unit.delivery.world import event, request, update

LANES = st.sampled_from(tuple(LIMITS))
LENGTHS = st.lists(st.lists(st.integers(0, 400_000), min_size=1, max_size=3), max_size=12)


def units_of(lengths: list[list[int]]) -> list[list[Parcel]]:
    """Units of parcels that are about so long."""
    return [[parcel(event(text="x" * length)) for length in unit] for unit in lengths]


def many(count: int) -> list[list[Parcel]]:
    """As many units of one small operation each."""
    one = parcel(event())
    return [[one] for _ in range(count)]


def fits(made: Request, lane: Lane) -> bool:
    """Whether a request is within its lane's limit."""
    limit = LIMITS[lane]
    return len(made.operations) <= limit.operations and len(made.body) <= limit.bytes


@given(LANES, LENGTHS)
def test_requests_hold_every_unit_once_in_order(lane: Lane, lengths: list[list[int]]) -> None:
    """Nothing is lost, doubled or moved by packing."""
    units = units_of(lengths)
    packed = [one for made in requests(lane, units) for one in made.encoded]
    assert packed == [encoded for unit in units for _, encoded in unit]


@given(LANES, LENGTHS)
def test_request_is_over_the_limit_only_with_one_unit_in_it(
    lane: Lane, lengths: list[list[int]]
) -> None:
    """Bytes of the body as it is sent, brackets and commas included."""
    units = [tuple(encoded for _, encoded in unit) for unit in units_of(lengths)]
    made = list(requests(lane, units_of(lengths)))
    assert all(fits(one, lane) or one.encoded in units for one in made)


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
    room = LIMITS["groups"].bytes - len("[,]") - 2 * len(parcel(event(text=""))[1])
    exact = [[parcel(event(text="x" * half))] for half in (room // 2, room - room // 2)]
    over = [*exact[:1], [parcel(event(text="x" * (room - room // 2 + 1)))]]
    counts = [len(list(requests("groups", units))) for units in (exact, over)]
    assert (counts, len(next(requests("groups", exact)).body)) == ([1, 2], 1_000_000)


def test_unit_is_never_divided() -> None:
    """The counters of one record stay together, even where others would have fitted."""
    one = parcel(update("$add"))
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
    assert (first.encoded + second.encoded, first.operations + second.operations) == (
        whole.encoded,
        whole.operations,
    )
    assert abs(len(first.operations) - len(second.operations)) <= 1


def test_request_with_a_counter_in_it_must_not_be_repeated() -> None:
    """One is enough."""
    assert [
        request(update("$set"), update("$union")).repeatable,
        request(update("$set"), update("$append"), lane="counters").repeatable,
    ] == [True, False]


def nested(levels: int) -> list[object]:
    """A list in a list in a list."""
    return [nested(levels - 1)] if levels else []


def test_operation_deeper_than_the_encoder_goes_is_too_deep() -> None:
    """The decoder reads deeper than the encoder writes."""
    with pytest.raises(RejectedEvent) as rejected:
        parcel(event(deep=nested(300)))
    assert rejected.value.code is Code.TOO_DEEP


def test_operation_that_is_no_json_at_all_is_our_own_fault() -> None:
    """A number beyond 64 bits cannot come from JSON: nobody is told of too much depth."""
    with pytest.raises(TypeError, match="64-bit"):
        parcel(event(number=2**64))
