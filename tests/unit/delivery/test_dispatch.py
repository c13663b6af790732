"""Operations travel in lanes, in halves where an answer is vague, and no further into an outage."""

import threading
from hashlib import sha256
from math import log2

import httpx
import pytest

from rudder_mixpanel.delivery.dispatch import (
    ODD_ANSWERS,
    SAME_WORDS,
    TIME_FOR_A_REQUEST,
    send_repeatable,
    senders_for,
)
from rudder_mixpanel.delivery.event import Event, EventOutcome
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import DELIVERED, SMALL
from tests.fakes.delivery import FakeDeliveryDependencies
from tests.fakes.ingestion import RequestHandler, accept_all, imported, records_in, respond_by_path
from tests.operations import event, planned, update

HTML = httpx.Response(200, text="<html>")
REFUSED = {"error": "no", "status": 0}
MERGE = Operation("import", {"event": "$merge", "properties": {"$insert_id": "merge"}})


def many(count: int) -> list[Event]:
    """So many events, each of its own record, each one operation named by its place."""
    return [planned(event(str(index)), record=str(index)) for index in range(count)]


def went(
    world: FakeDeliveryDependencies, *events: Event, time_left: int = 60_000
) -> list[list[EventOutcome | None]]:
    """The outcomes of all operations that may be repeated."""
    send_repeatable(
        events, senders_for(world.mixpanel(), lambda: time_left, world.suppression_check())
    )
    return [one.outcomes for one in events]


def codes(outcomes: list[list[EventOutcome | None]]) -> list[Code | None]:
    """The code of each operation, None for what is delivered or not sent."""
    return [getattr(one, "code", None) for of_event in outcomes for one in of_event]


def but(*bad: str, answer: httpx.Response) -> RequestHandler:
    """A Mixpanel that accepts every request but one with one of these events in it."""

    def judged(request: httpx.Request) -> httpx.Response:
        named = {record.get("event") for record in records_in(request)}
        if named.isdisjoint(bad):
            return accept_all(request)
        return httpx.Response(answer.status_code, content=answer.content)

    return judged


def test_outcomes_find_back_to_their_operations() -> None:
    """However lanes, requests and halves mix them."""
    world = FakeDeliveryDependencies(but("b", answer=httpx.Response(400, json=REFUSED)))
    events = [planned(update(), event("a")), planned(event("b"), MERGE), planned(event("c"))]
    assert codes(went(world, *events)) == [None, None, Code.REFUSED_BY_MIXPANEL, None, None]


def test_identity_events_travel_apart() -> None:
    """One of them would fail its whole request in a project with simplified merge."""
    world = FakeDeliveryDependencies()
    went(world, planned(event("a"), MERGE), planned(event("b")))
    told = sorted([one["event"] for one in request] for request in world.sent_to("/import"))
    assert told == [["$merge"], ["a", "b"]]


def test_updates_keep_their_order() -> None:
    """What comes later in the batch is told later."""
    world = FakeDeliveryDependencies()
    went(world, *(planned(update(user=str(index)), record=str(index)) for index in range(2100)))
    told = [one["$distinct_id"] for request in world.sent_to("/engage") for one in request]
    assert told == [str(index) for index in range(2100)]


def test_single_bad_event_is_found_by_halving() -> None:
    """In about twice as many requests as the batch can be halved."""
    world = FakeDeliveryDependencies(but("700", answer=httpx.Response(400, json=REFUSED)))
    outcomes = went(world, *many(2000))
    refused = [place for place, of in enumerate(outcomes) if of != [DELIVERED]]
    assert (refused, len(world.requests) <= 2 * log2(2000) + 2) == ([700], True)


def test_complaint_about_everything_rejects_nothing() -> None:
    """The same words thrice, and nothing taken yet: no event is at fault, and all are kept."""
    wrong = {"code": 400, "error": "Credentials did not match project_id", "status": "Bad Request"}
    world = FakeDeliveryDependencies(lambda _request: httpx.Response(400, json=wrong))
    outcomes = went(world, *many(200))
    assert (set(codes(outcomes)), len(world.requests) <= log2(200) + 2 * SAME_WORDS) == (
        {Code.UNEXPECTED_ANSWER},
        True,
    )


def test_complaint_with_an_id_of_its_own_is_one_all_the_same() -> None:
    """What differs each time is the number of the request, and says nothing of the event."""

    def complaint(request: httpx.Request) -> httpx.Response:
        number = sha256(request.content).hexdigest()
        return httpx.Response(400, json={"code": 400, "error": f"internal problem, {number}"})

    outcomes = went(FakeDeliveryDependencies(complaint), *many(200))
    assert set(codes(outcomes)) == {Code.UNEXPECTED_ANSWER}


def test_update_does_not_overtake_one_of_its_profile_that_is_kept() -> None:
    """Or what is old would have the last word."""

    def odd(request: httpx.Request) -> httpx.Response:
        strange = len(records_in(request)) > 1 or "old" in request.content.decode()
        return HTML if strange else accept_all(request)

    world = FakeDeliveryDependencies(respond_by_path(engage=odd))
    updates = [
        update(user="a", value={"plan": "old"}),
        update(user="a", value={"plan": "new"}),
        update(user="b"),
    ]
    outcomes = went(world, *(planned(one, record=str(place)) for place, one in enumerate(updates)))
    told = [[one["$distinct_id"] for one in request] for request in world.sent_to("/engage")]
    assert (codes(outcomes), told[-1]) == ([Code.UNEXPECTED_ANSWER] * 2 + [None], ["b"])


def test_events_that_are_refused_among_good_ones_are_rejected() -> None:
    """However many, and in the same words."""
    bad = [str(number) for number in range(1, 64)]
    world = FakeDeliveryDependencies(but(*bad, answer=httpx.Response(400, json=REFUSED)))
    outcomes = went(world, *many(64))
    assert codes(outcomes) == [None] + [Code.REFUSED_BY_MIXPANEL] * 63


def test_halving_ends_soon_when_no_answer_makes_sense() -> None:
    """Down to one event, and to a few more in case that one was at fault."""
    world = FakeDeliveryDependencies(lambda _request: httpx.Response(200, text="<html>"))
    outcomes = went(world, *many(2000))
    assert (set(codes(outcomes)), len(world.requests) <= log2(2000) + 2 * ODD_ANSWERS) == (
        {Code.UNEXPECTED_ANSWER},
        True,
    )


def test_event_without_explanation_does_not_hold_up_its_mates() -> None:
    """One event that always gets an odd answer is kept alone."""
    world = FakeDeliveryDependencies(but("1", answer=HTML))
    assert codes(went(world, *many(4))) == [None, Code.UNEXPECTED_ANSWER, None, None]


def test_repeated_update_keeps_its_order_when_halved() -> None:
    """Halves are asked in order, too, so the last word on a profile stays the last."""
    world = FakeDeliveryDependencies(respond_by_path(engage=halved))
    went(world, *(planned(update(user=str(index)), record=str(index)) for index in range(4)))
    told = [[one["$distinct_id"] for one in request] for request in world.sent_to("/engage")]
    assert told == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"]]


def halved(request: httpx.Request) -> httpx.Response:
    """Too much for one request, if more than two."""
    return httpx.Response(413) if len(records_in(request)) > 2 else accept_all(request)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_outage_stops_the_endpoint(status: int) -> None:
    """The rest is kept untouched, without a request."""
    world = FakeDeliveryDependencies(lambda _request: httpx.Response(status))
    outcomes = went(world, *many(2001))
    assert ([of for of in outcomes if of == [DELIVERED]], len(world.requests)) == ([], 1)


def test_outage_of_one_endpoint_leaves_the_others_alone() -> None:
    """Events arrive while profiles cannot."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    outcomes = went(world, planned(event(), update()))
    assert codes(outcomes) == [None, Code.MIXPANEL_UNAVAILABLE]


@pytest.mark.parametrize(
    ("milliseconds", "requests"), [(TIME_FOR_A_REQUEST, 1), (TIME_FOR_A_REQUEST - 1, 0)]
)
def test_request_is_only_started_when_it_can_end(milliseconds: int, requests: int) -> None:
    """An invocation that is killed settles nothing at all."""
    world = FakeDeliveryDependencies()
    outcomes = went(world, planned(update()), time_left=milliseconds)
    assert (len(world.requests), codes(outcomes)) == (
        requests,
        [None if requests else Code.NO_TIME_LEFT],
    )


def test_body_that_was_too_large_is_not_tried_again_in_this_container() -> None:
    """Half of it is the limit from then on, in the same invocation and in the next."""
    most = 250_000
    world = FakeDeliveryDependencies(
        lambda one: httpx.Response(413) if len(one.content) > most else accept_all(one)
    )
    updates = [update(user=f"u-{n}", value={"text": "x" * 10_000}) for n in range(40)]
    for _ in range(2):
        went(world, *(planned(one, record=str(n)) for n, one in enumerate(updates)))
    refused = [one for one in world.requests if len(one.content) > most]
    assert (len(refused), world.most_bytes["engage"] <= most) == (1, True)


def test_limit_never_falls_so_low_that_a_batch_takes_forever() -> None:
    """A proxy that refuses everything for a minute must not slow down the container for good."""
    world = FakeDeliveryDependencies(lambda _request: httpx.Response(413))
    outcomes = went(world, *many(200))
    assert (set(codes(outcomes)), world.most_bytes) == ({Code.UNEXPECTED_ANSWER}, {"import": SMALL})


def test_lanes_run_side_by_side() -> None:
    """An event and a profile are on their way at once: each waits here for the other."""
    meeting = threading.Barrier(2, timeout=30)

    def answer(request: httpx.Request) -> httpx.Response:
        meeting.wait()
        return accept_all(request)

    assert went(FakeDeliveryDependencies(answer), planned(event(), update())) == [[DELIVERED] * 2]


def test_threads_have_ended_when_all_is_sent() -> None:
    """One that went on would be frozen with the container, and go on in the next invocation."""
    before = set(threading.enumerate())
    went(FakeDeliveryDependencies(), planned(event(), update(), MERGE))
    assert set(threading.enumerate()) == before


def test_threads_have_ended_when_our_own_code_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others end before the exception gets out."""

    def failing(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("rudder_mixpanel.delivery.dispatch.interpret_response", failing)
    before, world = set(threading.enumerate()), FakeDeliveryDependencies()
    with pytest.raises(ZeroDivisionError):
        went(world, planned(event(), update()))
    assert set(threading.enumerate()) == before


def test_nothing_to_send_sends_nothing() -> None:
    """No event, no request."""
    world = FakeDeliveryDependencies()
    assert (went(world), world.requests) == ([], [])


def test_import_that_is_counted_in_full_is_one_request() -> None:
    """Two thousand events, one request."""
    world = FakeDeliveryDependencies(lambda request: imported(len(records_in(request))))
    assert (went(world, *many(2000)) == [[DELIVERED]] * 2000, len(world.requests)) == (True, 1)
