"""Operations travel in lanes, in halves where an answer is vague, and no further into an outage."""

import threading
from datetime import UTC, datetime
from math import log2

import httpx
import pytest

from rudder_mixpanel.accounts import Ending, Event
from rudder_mixpanel.answers import DELIVERED, Kept, Refused
from rudder_mixpanel.errors import Code
from rudder_mixpanel.lanes import (
    ODD_ANSWERS,
    TIME_FOR_A_REQUEST,
    TIME_FOR_COUNTERS,
    couriers,
    send_counters,
    send_repeatable,
)
from rudder_mixpanel.operations import Operation
from tests.unit.delivery.world import (
    Answer,
    World,
    accepted,
    answers,
    event,
    imported,
    sent,
    update,
)

HTML = httpx.Response(200, text="<html>")
REFUSED = {"error": "no", "status": 0}
MERGE = Operation("import", {"event": "$merge", "properties": {"$insert_id": "merge"}})


def planned(*operations: Operation, record: str = "record-1") -> Event:
    """An event that becomes these operations."""
    one = Event(record, "{}", 0, datetime(2027, 1, 1, tzinfo=UTC), {})
    one.plan(list(operations), [])
    return one


def many(count: int) -> list[Event]:
    """So many events, each of its own record, each one operation named by its place."""
    return [planned(event(str(index)), record=str(index)) for index in range(count)]


def went(world: World, *events: Event, time_left: int = 60_000) -> list[list[Ending | None]]:
    """The outcomes of all operations, counters last."""
    by = couriers(world.mixpanel(), lambda: time_left)
    send_repeatable(events, by)
    send_counters(events, by)
    return [one.outcomes for one in events]


def codes(outcomes: list[list[Ending | None]]) -> list[Code | None]:
    """The code of each operation, None for what is delivered or not sent."""
    return [getattr(one, "code", None) for of_event in outcomes for one in of_event]


def but(*bad: str, answer: httpx.Response) -> Answer:
    """A Mixpanel that accepts every request but one with one of these events in it."""

    def judged(request: httpx.Request) -> httpx.Response:
        named = {record.get("event") for record in sent(request)}
        if named.isdisjoint(bad):
            return accepted(request)
        return httpx.Response(answer.status_code, content=answer.content)

    return judged


def test_outcomes_find_back_to_their_operations() -> None:
    """However lanes, requests and halves mix them."""
    world = World(but("b", answer=httpx.Response(400, json=REFUSED)))
    events = [planned(update(), event("a")), planned(event("b"), MERGE), planned(event("c"))]
    assert codes(went(world, *events)) == [None, None, Code.REFUSED_BY_MIXPANEL, None, None]


def test_identity_events_travel_apart() -> None:
    """One of them would fail its whole request in a project with simplified merge."""
    world = World()
    went(world, planned(event("a"), MERGE), planned(event("b")))
    told = sorted([one["event"] for one in request] for request in world.told("/import"))
    assert told == [["$merge"], ["a", "b"]]


def test_updates_keep_their_order() -> None:
    """What comes later in the batch is told later."""
    world = World()
    went(world, *(planned(update(user=str(index)), record=str(index)) for index in range(2100)))
    told = [one["$distinct_id"] for request in world.told("/engage") for one in request]
    assert told == [str(index) for index in range(2100)]


def test_single_bad_event_is_found_by_halving() -> None:
    """In about twice as many requests as the batch can be halved."""
    world = World(but("700", answer=httpx.Response(400, json=REFUSED)))
    outcomes = went(world, *many(2000))
    refused = [place for place, of in enumerate(outcomes) if of != [DELIVERED]]
    assert (refused, len(world.requests) <= 2 * log2(2000) + 2) == ([700], True)


def test_halving_ends_when_every_event_is_refused() -> None:
    """One request for each node of the tree, and never more."""
    world = World(lambda _request: httpx.Response(400, json=REFUSED))
    outcomes = went(world, *many(64))
    assert (set(codes(outcomes)), len(world.requests)) == ({Code.REFUSED_BY_MIXPANEL}, 127)


def test_halving_ends_soon_when_no_answer_makes_sense() -> None:
    """Down to one event, and to a few more in case that one was at fault."""
    world = World(lambda _request: httpx.Response(200, text="<html>"))
    outcomes = went(world, *many(2000))
    assert (set(codes(outcomes)), len(world.requests) <= log2(2000) + 2 * ODD_ANSWERS) == (
        {Code.UNEXPECTED_ANSWER},
        True,
    )


def test_event_without_explanation_does_not_hold_up_its_mates() -> None:
    """One event that always gets an odd answer is kept alone."""
    world = World(but("1", answer=HTML))
    assert codes(went(world, *many(4))) == [None, Code.UNEXPECTED_ANSWER, None, None]


def test_repeated_update_keeps_its_order_when_halved() -> None:
    """Halves are asked in order, too, so the last word on a profile stays the last."""
    world = World(answers(engage=halved))
    went(world, *(planned(update(user=str(index)), record=str(index)) for index in range(4)))
    told = [[one["$distinct_id"] for one in request] for request in world.told("/engage")]
    assert told == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"]]


def halved(request: httpx.Request) -> httpx.Response:
    """Too much for one request, if more than two."""
    return httpx.Response(413) if len(sent(request)) > 2 else accepted(request)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_outage_stops_the_endpoint(status: int) -> None:
    """The rest is kept untouched, without a request."""
    world = World(lambda _request: httpx.Response(status))
    outcomes = went(world, *many(2001))
    assert ([of for of in outcomes if of == [DELIVERED]], len(world.requests)) == ([], 1)


def test_outage_of_one_endpoint_leaves_the_others_alone() -> None:
    """Events arrive while profiles cannot."""
    world = World(answers(engage=httpx.Response(503)))
    outcomes = went(world, planned(event(), update()))
    assert codes(outcomes) == [None, Code.MIXPANEL_UNAVAILABLE]


def test_counters_are_not_sent_into_an_outage_of_their_endpoint() -> None:
    """Profiles just failed: a counter sent now would be in doubt for nothing."""
    world = World(answers(engage=httpx.Response(503)))
    outcomes = went(world, planned(update()), planned(update("$add"), record="record-2"))
    assert (outcomes[1], len(world.requests)) == (
        [Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503", untouched=True)],
        1,
    )


@pytest.mark.parametrize(
    ("lane", "milliseconds", "requests"),
    [
        ("$set", TIME_FOR_A_REQUEST, 1),
        ("$set", TIME_FOR_A_REQUEST - 1, 0),
        ("$add", TIME_FOR_COUNTERS, 1),
        ("$add", TIME_FOR_COUNTERS - 1, 0),
    ],
)
def test_request_is_only_started_when_it_can_end(
    lane: str, milliseconds: int, requests: int
) -> None:
    """Counters need more: what became of them must be settled before the invocation ends."""
    world = World()
    outcomes = went(world, planned(update(lane)), time_left=milliseconds)
    assert (len(world.requests), codes(outcomes)) == (
        requests,
        [None if requests else Code.NO_TIME_LEFT],
    )


def test_counters_of_a_record_share_a_request() -> None:
    """They are applied together or not at all."""
    world = World()
    records = [
        planned(*[update("$add")] * 30, record="record-1"),
        planned(*[update("$add")] * 15, record="record-2"),
        planned(*[update("$append")] * 15, record="record-2"),
        planned(*[update("$add")] * 20, record="record-3"),
    ]
    went(world, *records)
    assert [len(request) for request in world.told("/engage")] == [30, 50]


def test_record_with_more_counters_than_mixpanel_takes_is_sent_in_parts() -> None:
    """More than 2,000 updates in one request would be refused together."""
    world = World()
    outcomes = went(world, planned(*[update("$add")] * 4001))
    told = [len(request) for request in world.told("/engage")]
    assert (told, set(codes(outcomes))) == ([2000, 2000, 1], {None})


def test_part_of_a_record_that_is_not_applied_after_another_was_is_refused() -> None:
    """Kept, it would come again together with the part that counted."""
    applied = iter([httpx.Response(200, text="1"), httpx.Response(429)])
    world = World(lambda _request: next(applied))
    outcomes = went(world, planned(*[update("$add")] * 2001))
    assert codes(outcomes) == [None] * 2000 + [Code.OUTCOME_UNKNOWN]


@pytest.mark.parametrize(
    "lost",
    [
        httpx.Response(500),
        httpx.Response(403),
        httpx.Response(408),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=REFUSED),
        httpx.Response(400, text="1"),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
    ],
)
def test_counters_that_may_have_counted_are_refused(lost: httpx.Response | Exception) -> None:
    """At most once: they are never sent again, and somebody is told."""
    world = World(answers(engage=lost))
    outcomes = went(world, planned(update("$add"), update("$append")))
    assert (codes(outcomes), len(world.requests)) == ([Code.OUTCOME_UNKNOWN] * 2, 1)


@pytest.mark.parametrize(
    "stopped",
    [httpx.Response(401), httpx.Response(413), httpx.Response(429), httpx.ConnectError("")],
)
def test_counters_that_certainly_did_not_count_are_kept(
    stopped: httpx.Response | Exception,
) -> None:
    """Nothing was applied, so nothing is lost by trying again."""
    world = World(answers(engage=stopped))
    outcomes = went(world, planned(update("$add"), update("$append")))
    assert [isinstance(one, Kept) and one.untouched for one in outcomes[0]] == [True, True]


def test_counter_refused_alone_is_refused_in_mixpanels_words() -> None:
    """Status 0 for one update says that it was not applied."""
    world = World(answers(engage=httpx.Response(200, json=REFUSED)))
    (outcomes,) = went(world, planned(update("$add")))
    assert outcomes == [Refused(Code.REFUSED_BY_MIXPANEL, "", quote="no")]


def test_lanes_run_side_by_side() -> None:
    """An event and a profile are on their way at once: each waits here for the other."""
    meeting = threading.Barrier(2, timeout=30)

    def answer(request: httpx.Request) -> httpx.Response:
        meeting.wait()
        return accepted(request)

    assert went(World(answer), planned(event(), update())) == [[DELIVERED] * 2]


def test_threads_have_ended_when_all_is_sent() -> None:
    """One that went on would be frozen with the container, and go on in the next invocation."""
    before = set(threading.enumerate())
    went(World(), planned(event(), update(), MERGE))
    assert set(threading.enumerate()) == before


def test_threads_have_ended_when_our_own_code_fails() -> None:
    """The others end before the exception gets out."""
    before = set(threading.enumerate())
    world = World(answers(engage=ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        went(world, planned(event(), update()))
    assert set(threading.enumerate()) == before


def test_nothing_to_send_sends_nothing() -> None:
    """No event, no request."""
    world = World()
    assert (went(world), world.requests) == ([], [])


def test_import_that_is_counted_in_full_is_one_request() -> None:
    """Two thousand events, one request."""
    world = World(lambda request: imported(len(sent(request))))
    assert (went(world, *many(2000)) == [[DELIVERED]] * 2000, len(world.requests)) == (True, 1)
