"""Counters travel once: claimed before they are sent, never again where they may have counted."""

from dataclasses import replace
from itertools import chain
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.counters import send_counters
from rudder_mixpanel.delivery.dispatch import TIME_FOR_A_REQUEST, send_repeatable, senders_for
from rudder_mixpanel.delivery.event import Event, EventOutcome
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import DELIVERED, Kept, Outcome, Rejected
from tests.fakes.delivery import FakeDeliveryDependencies
from tests.fakes.delivery_tables import Entry
from tests.fakes.ingestion import accept_all, records_in, respond_by_path
from tests.operations import event, planned, update

REFUSED = {"error": "no", "status": 0}
AT_LEAST_ONCE = {"counterDelivery": "at-least-once"}
FIRST = Claimant("first", now=1000, deadline=1090)
# The next invocation meets the claims of one that is surely over.
NEXT = Claimant("next", now=1091, deadline=1181)


def counter(user: str, verb: str = "$add") -> Operation:
    """A counter on the profile of a user."""
    return update(verb, user, {"seats": 1})


def many(count: int) -> list[Event]:
    """So many events, each of its own record, each one counter."""
    return [planned(counter(str(index)), record=str(index)) for index in range(count)]


def went(
    world: FakeDeliveryDependencies, *events: Event, by: Claimant = FIRST, time_left: int = 60_000
) -> list[EventOutcome | None]:
    """The outcomes of all operations, one after the other."""
    ways = senders_for(world.mixpanel(), lambda: time_left, world.suppression_check())
    send_repeatable(events, ways)
    send_counters(events, ways, world.ledger, by, {})
    return list(chain.from_iterable(one.outcomes for one in events))


def codes(outcomes: list[EventOutcome | None]) -> list[Code | None]:
    """The code of each outcome, None for what is delivered."""
    return [getattr(one, "code", None) for one in outcomes]


def states(world: FakeDeliveryDependencies) -> dict[str, str]:
    """What the ledger holds."""
    return {key: entry.state for key, entry in world.ledger.entries.items()}


def test_counter_is_claimed_before_it_is_sent_and_done_after() -> None:
    """Whoever meets it in between knows that somebody is at it."""
    world = FakeDeliveryDependencies()
    seen: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(states(world))
        return accept_all(request)

    world.answer = answer
    outcomes = went(world, *many(1))
    assert (outcomes, seen, states(world)) == (
        [DELIVERED],
        [{"0 $add": "claimed"}],
        {"0 $add": "done"},
    )


def test_counters_travel_in_small_requests_of_their_own() -> None:
    """One lost answer puts fifty in doubt at most."""
    world = FakeDeliveryDependencies()
    went(world, *many(120), planned(update(), record="profile"))
    assert [len(one) for one in world.sent_to("/engage")] == [1, 50, 50, 20]


def test_counter_that_comes_twice_in_a_batch_is_sent_once() -> None:
    """SQS may bring a record twice at once; both are told the one outcome."""
    world = FakeDeliveryDependencies()
    outcomes = went(world, *many(3), *many(3))
    assert (outcomes, [len(one) for one in world.sent_to("/engage")]) == ([DELIVERED] * 6, [3])


def test_counter_that_comes_again_is_not_sent_again() -> None:
    """It has counted, and is delivered as often as anybody asks."""
    world = FakeDeliveryDependencies()
    went(world, *many(2))
    outcomes = went(world, *many(2), by=NEXT)
    assert (outcomes, len(world.requests)) == ([DELIVERED] * 2, 1)


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
def test_counters_that_may_have_counted_are_refused_for_good(
    lost: httpx.Response | Exception,
) -> None:
    """At most once: they are never sent again, and somebody is told each time they come."""
    world = FakeDeliveryDependencies(respond_by_path(engage=lost))
    first = went(world, *many(2))
    world.answer = accept_all
    again = went(world, *many(2), by=NEXT)
    assert (codes(first), codes(again), len(world.requests)) == (
        [Code.OUTCOME_UNKNOWN] * 2,
        [Code.OUTCOME_UNKNOWN] * 2,
        1,
    )


@pytest.mark.parametrize(
    "stopped", [httpx.Response(401), httpx.Response(429), httpx.ConnectError("")]
)
def test_counters_that_certainly_did_not_count_are_free_again(
    stopped: httpx.Response | Exception,
) -> None:
    """Nothing was applied, so nothing is lost by trying again."""
    world = FakeDeliveryDependencies(respond_by_path(engage=stopped))
    first = went(world, *many(2))
    free = states(world)
    world.answer = accept_all
    assert (
        [isinstance(one, Kept) and one.not_applied for one in first],
        free,
        went(world, *many(2), by=NEXT),
    ) == ([True, True], {}, [DELIVERED] * 2)


def test_counters_that_are_too_large_together_are_sent_in_halves() -> None:
    """Mixpanel says so before it reads any of them."""
    world = FakeDeliveryDependencies(
        lambda one: httpx.Response(413) if len(records_in(one)) > 10 else accept_all(one)
    )
    outcomes = went(world, *many(40))
    sizes = [len(one) for one in world.sent_to("/engage")]
    assert (outcomes, sizes) == ([DELIVERED] * 40, [40, 20, 10, 10, 20, 10, 10])


def test_counter_refused_alone_is_refused_in_mixpanels_words() -> None:
    """Status 0 for one update says that it was not applied; mended, it may be replayed."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(200, json=REFUSED)))
    outcomes = went(world, *many(1))
    assert (outcomes, states(world)) == ([Rejected(Code.REFUSED_BY_MIXPANEL, "", quote="no")], {})


def test_doubt_is_sent_again_where_that_is_wanted() -> None:
    """At least once: kept while in doubt, and sent until it is certain."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")))
    one = planned(counter("a"), **AT_LEAST_ONCE)
    first = went(world, one)
    world.answer = accept_all
    again = went(world, planned(counter("a"), **AT_LEAST_ONCE), by=NEXT)
    assert (codes(first), again, len(world.requests)) == (
        [Code.MIXPANEL_UNAVAILABLE],
        [DELIVERED],
        2,
    )


def test_counter_that_another_invocation_is_sending_is_kept() -> None:
    """Its outcome will be known; until then nobody else touches it."""
    world = FakeDeliveryDependencies()
    world.ledger.claim_one(Claim("a $add"), Claimant("other", now=1000, deadline=1090))
    assert (codes(went(world, planned(counter("a")))), world.requests) == ([Code.CLAIMED], [])


def test_counter_whose_invocation_died_is_unknown() -> None:
    """It was claimed, its time is over, and nobody wrote down what became of it."""
    world = FakeDeliveryDependencies()
    world.ledger.claim_one(Claim("a $add"), FIRST)
    outcomes = went(world, planned(counter("a")), by=NEXT)
    assert (codes(outcomes), world.requests, states(world)) == (
        [Code.OUTCOME_UNKNOWN],
        [],
        {"a $add": "unknown"},
    )


def test_unknown_counter_is_sent_when_somebody_says_that_it_was_not_applied() -> None:
    """A replay may say so, for those who have looked at the profile."""
    world = FakeDeliveryDependencies()
    world.ledger.entries["a $add"] = Entry("unknown")
    one = planned(counter("a"))
    one.record = replace(one.record, not_applied_before=1)
    assert (went(world, one), states(world)) == ([DELIVERED], {"a $add": "done"})


@pytest.mark.parametrize("consents", [[0, 1], [1, 0]])
def test_consent_counts_wherever_its_copy_stands(consents: list[int]) -> None:
    """The plain copy of a replayed event may be in the same batch, before it or after it."""
    copies = [planned(counter("a"), record=str(place)) for place in range(2)]
    for copy, consent in zip(copies, consents, strict=True):
        copy.record = replace(copy.record, not_applied_before=consent)
    world = FakeDeliveryDependencies()
    world.ledger.entries["a $add"] = Entry("unknown")
    assert (went(world, *copies), len(world.requests)) == ([DELIVERED] * 2, 1)


def test_replay_that_ends_in_doubt_is_not_repeated() -> None:
    """Who said that it was not applied knew nothing of this attempt."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")))
    world.ledger.entries["a $add"] = Entry("unknown")
    one, two = planned(counter("a")), planned(counter("a"))
    one.record = two.record = replace(one.record, not_applied_before=FIRST.now)
    first = went(world, one)
    world.answer = accept_all
    again = went(world, two, by=NEXT)
    assert (codes(first), codes(again), len(world.requests)) == (
        [Code.OUTCOME_UNKNOWN],
        [Code.OUTCOME_UNKNOWN],
        1,
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": 1, "error": "odd"}),
        (400, {"error": "later"}),
        (200, {"error": "odd", "status": "error"}),
    ],
)
def test_complaint_about_a_counter_that_does_not_say_status_0_is_a_doubt(
    status: int, body: Any
) -> None:
    """Nothing else says for certain that it was not applied."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(status, json=body)))
    assert (codes(went(world, *many(1))), states(world)) == (
        [Code.OUTCOME_UNKNOWN],
        {"0 $add": "unknown"},
    )


def test_copy_on_another_way_shares_the_outcome() -> None:
    """Even when the ledger could not be told of the first: the invocation itself remembers."""
    world, told = FakeDeliveryDependencies(), dict[str, Outcome]()
    for _ in range(2):
        ways = senders_for(world.mixpanel(), lambda: 60_000, world.suppression_check())
        events = many(1)
        send_counters(events, ways, world.ledger, FIRST, told)
        world.ledger.reachable = False
    assert (events[0].outcomes, len(world.requests)) == ([DELIVERED], 1)


def test_table_that_does_not_answer_keeps_the_counters() -> None:
    """Nothing is sent that could count twice; all else is delivered."""
    world = FakeDeliveryDependencies()
    world.ledger.reachable = False
    outcomes = went(world, *many(1), planned(update(), record="profile"))
    assert (codes(outcomes), [list(one[0]) for one in world.sent_to("/engage")]) == (
        [Code.LEDGER_UNAVAILABLE, None],
        [["$token", "$distinct_id", "$set"]],
    )


def test_counters_are_not_sent_into_an_outage_of_their_endpoint() -> None:
    """Profiles just failed: a counter sent now would be in doubt for nothing."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    outcomes = went(world, planned(update(), record="profile"), *many(1))
    assert (outcomes[1], len(world.requests), states(world)) == (
        Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503", not_applied=True),
        1,
        {},
    )


@pytest.mark.parametrize(
    ("milliseconds", "requests"), [(TIME_FOR_A_REQUEST, 1), (TIME_FOR_A_REQUEST - 1, 0)]
)
def test_counter_is_only_claimed_when_its_request_can_end(milliseconds: int, requests: int) -> None:
    """An invocation that is killed would leave it in doubt."""
    world = FakeDeliveryDependencies()
    went(world, *many(1), time_left=milliseconds)
    assert (len(world.requests), len(world.ledger.entries)) == (requests, requests)


def test_counter_of_an_event_that_comes_again_waits_for_it() -> None:
    """In an outage no counter is put in doubt for nothing: not sent, not even claimed."""
    world = FakeDeliveryDependencies(respond_by_path(**{"import": httpx.Response(503)}))
    one = planned(counter("a"), event("bought"))
    outcomes = went(world, one)
    kept = Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503")
    assert (outcomes, len(world.requests), states(world)) == (
        [replace(kept, not_applied=True), kept],
        1,
        {},
    )


def test_events_wait_for_no_ledger() -> None:
    """A batch without counters never asks it."""
    world = FakeDeliveryDependencies()
    world.ledger.reachable = False
    assert went(world, planned(update())) == [DELIVERED]


def test_claim_that_was_written_twice_by_the_sdk_is_ours() -> None:
    """The SDK repeats a write whose answer it missed, and the table holds our own claim."""
    world = FakeDeliveryDependencies()
    assert [world.ledger.claim_one(Claim("a $add"), FIRST) for _ in range(2)] == [
        ClaimState.OURS
    ] * 2
