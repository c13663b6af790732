"""Counters are claimed before they are sent, and not sent again if they may have been applied."""

from collections import Counter
from copy import replace
from itertools import chain
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.counters import CounterClaims, send_counters
from rudder_mixpanel.delivery.event import Event, EventOutcome
from rudder_mixpanel.delivery.lanes import send_repeatable
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST, senders_for
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept, Rejected
from tests.fakes.delivery import FakeDeliveryDependencies, one_after_the_other
from tests.fakes.delivery_tables import Entry
from tests.fakes.ingestion import accept_all, records_in, reject_all, respond_by_path
from tests.operations import event, planned, update

REJECTION = {"error": "no", "status": 0}
AT_LEAST_ONCE = {"counterDelivery": "at-least-once"}
FIRST = Claimant("first", now=1000, deadline=1090)
# An invocation that starts after the deadline of the first one's claims.
NEXT = Claimant("next", now=1091, deadline=1181)


def counter(user: str, verb: str = "$add") -> Operation:
    """A counter on the profile of a user."""
    return update(verb, user, {"seats": 1})


def build_counters(count: int) -> list[Event]:
    """Events of separate records, each with one counter."""
    return [planned(counter(str(index)), record=str(index)) for index in range(count)]


def send_all(
    fakes: FakeDeliveryDependencies,
    *events: Event,
    by: Claimant = FIRST,
    time_left: int = 60_000,
    accepts: bool = True,
) -> list[EventOutcome | None]:
    """The outcomes of all operations; /engage has accepted others before, unless told otherwise."""
    senders = senders_for(
        fakes.mixpanel(),
        lambda: time_left,
        fakes.suppression_check(),
        fakes.credential_check(time_left),
    )
    senders["engage"].accepts = accepts
    send_repeatable(events, senders)
    send_counters(
        events, senders, CounterClaims(fakes.ledger, by), side_by_side=one_after_the_other
    )
    return list(chain.from_iterable(event.outcomes for event in events))


def codes(outcomes: list[EventOutcome | None]) -> list[Code | None]:
    """The code of each outcome, None for what is delivered."""
    return [getattr(outcome, "code", None) for outcome in outcomes]


def states(fakes: FakeDeliveryDependencies) -> dict[str, str]:
    """The states in the ledger, by key."""
    return {key: entry.state for key, entry in fakes.ledger.entries.items()}


def test_counter_is_claimed_before_it_is_sent_and_done_after() -> None:
    """Meanwhile, another invocation finds the claim."""
    fakes = FakeDeliveryDependencies()
    states_when_sent: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        states_when_sent.append(states(fakes))
        return accept_all(request)

    fakes.answer = answer
    outcomes = send_all(fakes, *build_counters(1))
    assert (outcomes, states_when_sent, states(fakes)) == (
        [DELIVERED],
        [{"0 $add": "claimed"}],
        {"0 $add": "done"},
    )


def test_counters_have_small_requests_of_their_own() -> None:
    """One lost response leaves at most fifty with an unknown outcome."""
    fakes = FakeDeliveryDependencies()
    send_all(fakes, *build_counters(120), planned(update(), record="profile"))
    assert [len(item) for item in fakes.sent_to("/engage")] == [1, 40, 40, 40]


def test_counter_that_is_twice_in_a_batch_is_sent_once() -> None:
    """SQS may deliver a record twice; both events get the same outcome."""
    fakes = FakeDeliveryDependencies()
    outcomes = send_all(fakes, *build_counters(3), *build_counters(3))
    assert (outcomes, [len(item) for item in fakes.sent_to("/engage")]) == ([DELIVERED] * 6, [3])


def test_counter_that_was_applied_is_not_sent_again() -> None:
    """It has been applied, so it is delivered without being sent."""
    fakes = FakeDeliveryDependencies()
    send_all(fakes, *build_counters(2))
    outcomes = send_all(fakes, *build_counters(2), by=NEXT)
    assert (outcomes, len(fakes.requests)) == ([DELIVERED] * 2, 1)


@pytest.mark.parametrize(
    "lost",
    [
        httpx.Response(500),
        httpx.Response(403),
        httpx.Response(408),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=REJECTION),
        httpx.Response(400, text="1"),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
    ],
)
def test_counters_that_may_have_been_applied_are_rejected(
    lost: httpx.Response | Exception,
) -> None:
    """At most once: they are never sent again, and are rejected each time."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=lost))
    first = send_all(fakes, *build_counters(2))
    fakes.answer = accept_all
    again = send_all(fakes, *build_counters(2), by=NEXT)
    assert (codes(first), codes(again), len(fakes.requests)) == (
        [Code.OUTCOME_UNKNOWN] * 2,
        [Code.OUTCOME_UNKNOWN] * 2,
        1,
    )


@pytest.mark.parametrize(
    "stopped", [httpx.Response(401), httpx.Response(429), httpx.ConnectError("")]
)
def test_counters_that_certainly_were_not_applied_are_free_again(
    stopped: httpx.Response | Exception,
) -> None:
    """Nothing was applied, so they can be sent again."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=stopped))
    first = send_all(fakes, *build_counters(2))
    free = states(fakes)
    fakes.answer = accept_all
    assert (
        [isinstance(item, Kept) and item.not_applied for item in first],
        free,
        send_all(fakes, *build_counters(2), by=NEXT),
    ) == ([True, True], {}, [DELIVERED] * 2)


def test_counters_that_are_too_large_together_are_sent_in_halves() -> None:
    """Mixpanel returns 413 before it applies any of them."""
    fakes = FakeDeliveryDependencies(
        lambda request: (
            httpx.Response(413) if len(records_in(request)) > 10 else accept_all(request)
        )
    )
    outcomes = send_all(fakes, *build_counters(40))
    sizes = [len(item) for item in fakes.sent_to("/engage")]
    assert (outcomes, sizes) == ([DELIVERED] * 40, [40, 20, 10, 10, 20, 10, 10])


def test_counter_listed_alone_is_rejected_with_mixpanels_message() -> None:
    """Status 0 for one update says that it was not applied, so it can be fixed and replayed."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=reject_all))
    outcomes = send_all(fakes, *build_counters(1))
    assert (outcomes, states(fakes)) == ([Rejected(Code.REFUSED_BY_MIXPANEL, "", quote="no")], {})


def test_unknown_counter_is_sent_again_if_configured() -> None:
    """At least once: it is kept and sent again until the outcome is certain."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")))
    purchase = planned(counter("a"), **AT_LEAST_ONCE)
    first = send_all(fakes, purchase)
    fakes.answer = accept_all
    again = send_all(fakes, planned(counter("a"), **AT_LEAST_ONCE), by=NEXT)
    assert (codes(first), again, len(fakes.requests)) == (
        [Code.MIXPANEL_UNAVAILABLE],
        [DELIVERED],
        2,
    )


def test_counter_that_another_invocation_is_sending_is_kept() -> None:
    """Until its outcome is known, no other invocation sends it."""
    fakes = FakeDeliveryDependencies()
    fakes.ledger.claim_one(Claim("a $add"), Claimant("other", now=1000, deadline=1090))
    assert (codes(send_all(fakes, planned(counter("a")))), fakes.requests) == ([Code.CLAIMED], [])


def test_counter_with_an_overdue_claim_is_unknown() -> None:
    """Its claim is overdue and was never settled."""
    fakes = FakeDeliveryDependencies()
    fakes.ledger.claim_one(Claim("a $add"), FIRST)
    outcomes = send_all(fakes, planned(counter("a")), by=NEXT)
    assert (codes(outcomes), fakes.requests, states(fakes)) == (
        [Code.OUTCOME_UNKNOWN],
        [],
        {"a $add": "unknown"},
    )


def test_unknown_counter_is_sent_when_a_replay_says_that_it_was_not_applied() -> None:
    """The operator of a replay has checked the profile."""
    fakes = FakeDeliveryDependencies()
    fakes.ledger.entries["a $add"] = Entry("unknown")
    replay = planned(counter("a"))
    replay.record = replace(replay.record, not_applied_before=1)
    assert (send_all(fakes, replay), states(fakes)) == ([DELIVERED], {"a $add": "done"})


@pytest.mark.parametrize("permissions", [[0, 1], [1, 0]])
def test_replay_counts_wherever_its_duplicate_is(permissions: list[int]) -> None:
    """The original of a replayed event may be in the same batch, before it or after it."""
    duplicates = [planned(counter("a"), record=str(place)) for place in range(2)]
    for duplicate, permission in zip(duplicates, permissions, strict=True):
        duplicate.record = replace(duplicate.record, not_applied_before=permission)
    fakes = FakeDeliveryDependencies()
    fakes.ledger.entries["a $add"] = Entry("unknown")
    assert (send_all(fakes, *duplicates), len(fakes.requests)) == ([DELIVERED] * 2, 1)


def test_replay_with_an_unknown_outcome_is_not_repeated() -> None:
    """The replay's permission does not cover its own attempt."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")))
    fakes.ledger.entries["a $add"] = Entry("unknown")
    replay, redelivery = planned(counter("a")), planned(counter("a"))
    replay.record = redelivery.record = replace(replay.record, not_applied_before=FIRST.now)
    first = send_all(fakes, replay)
    fakes.answer = accept_all
    again = send_all(fakes, redelivery, by=NEXT)
    assert (codes(first), codes(again), len(fakes.requests)) == (
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
def test_complaint_about_a_counter_without_status_0_leaves_it_unknown(
    status: int, body: Any
) -> None:
    """No other response says for certain that it was not applied."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(status, json=body)))
    assert (codes(send_all(fakes, *build_counters(1))), states(fakes)) == (
        [Code.OUTCOME_UNKNOWN],
        {"0 $add": "unknown"},
    )


def test_duplicate_on_another_route_shares_the_outcome() -> None:
    """Even when the ledger is not reachable for the second: the invocation remembers it."""
    fakes = FakeDeliveryDependencies()
    claims = CounterClaims(fakes.ledger, FIRST)
    for _ in range(2):
        senders = senders_for(
            fakes.mixpanel(), lambda: 60_000, fakes.suppression_check(), fakes.credential_check()
        )
        events = build_counters(1)
        send_counters(events, senders, claims)
        fakes.ledger.reachable = False
    assert (events[0].outcomes, len(fakes.requests)) == ([DELIVERED], 1)


def test_slow_mixpanel_is_not_blamed_on_the_ledger() -> None:
    """The first request uses the time in which another one's counters would be claimed."""
    milliseconds = [60_000]

    def answer_slowly(request: httpx.Request) -> httpx.Response:
        milliseconds[0] -= 26_000
        return accept_all(request)

    fakes = FakeDeliveryDependencies(answer_slowly)
    by = replace(FIRST, time_left=lambda: milliseconds[0])
    checks = fakes.suppression_check(), fakes.credential_check()
    senders = senders_for(fakes.mixpanel(), by.time_left, *checks)
    senders["engage"].accepts = True
    events = build_counters(150)
    send_counters(
        events, senders, CounterClaims(fakes.ledger, by), side_by_side=one_after_the_other
    )
    outcomes = [outcome for counted in events for outcome in counted.outcomes]
    assert Counter(codes(outcomes)) == {None: 50, Code.NO_TIME_LEFT: 100}


def sizes(fakes: FakeDeliveryDependencies) -> list[int]:
    """How many counters each request carried."""
    return [len(records) for records in fakes.sent_to("/engage")]


def test_first_counter_of_an_invocation_is_sent_alone() -> None:
    """The others follow together when it was accepted."""
    fakes = FakeDeliveryDependencies()
    outcomes = send_all(fakes, *build_counters(5), accepts=False)
    assert (codes(outcomes), sizes(fakes)) == ([None] * 5, [1, 4])


@pytest.mark.parametrize("status", [200, 400])
def test_complaint_about_the_project_leaves_no_counter_in_doubt(status: int) -> None:
    """It is certain that the one was not applied, and the others are not sent."""
    complaint = httpx.Response(status, json={"error": "over quota", "status": 0})
    fakes = FakeDeliveryDependencies(respond_by_path(engage=complaint))
    outcomes = send_all(fakes, *build_counters(5), accepts=False)
    assert (codes(outcomes), sizes(fakes), states(fakes)) == (
        [Code.REFUSED_FOR_NOW] * 5,
        [1],
        {},
    )


def test_lost_answer_to_the_first_counter_leaves_only_it_in_doubt() -> None:
    """The others are kept, and their claims released."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")))
    outcomes = send_all(fakes, *build_counters(3), accepts=False)
    assert (codes(outcomes), states(fakes)) == (
        [Code.OUTCOME_UNKNOWN] + [Code.MIXPANEL_UNAVAILABLE] * 2,
        {"0 $add": "unknown"},
    )


def test_unreachable_ledger_keeps_the_counters() -> None:
    """No counter is sent; everything else is delivered."""
    fakes = FakeDeliveryDependencies()
    fakes.ledger.reachable = False
    outcomes = send_all(fakes, *build_counters(1), planned(update(), record="profile"))
    assert (codes(outcomes), [list(item[0]) for item in fakes.sent_to("/engage")]) == (
        [Code.LEDGER_UNAVAILABLE, None],
        [["$token", "$distinct_id", "$set"]],
    )


def test_counters_are_not_sent_into_an_outage_of_their_endpoint() -> None:
    """After a failed profile update, a counter would only get an unknown outcome."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    outcomes = send_all(fakes, planned(update(), record="profile"), *build_counters(1))
    assert (outcomes[1], len(fakes.requests), states(fakes)) == (
        Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503", not_applied=True),
        1,
        {},
    )


@pytest.mark.parametrize(
    ("milliseconds", "requests"), [(TIME_FOR_A_REQUEST, 1), (TIME_FOR_A_REQUEST - 1, 0)]
)
def test_counter_is_only_claimed_when_its_request_can_end(milliseconds: int, requests: int) -> None:
    """An invocation that is killed would leave its outcome unknown."""
    fakes = FakeDeliveryDependencies()
    send_all(fakes, *build_counters(1), time_left=milliseconds)
    assert (len(fakes.requests), len(fakes.ledger.entries)) == (requests, requests)


def test_counter_of_a_kept_event_is_not_sent() -> None:
    """It is neither sent nor claimed, since its event is retried in any case."""
    fakes = FakeDeliveryDependencies(respond_by_path(**{"import": httpx.Response(503)}))
    purchase = planned(counter("a"), event("bought"))
    outcomes = send_all(fakes, purchase)
    kept = Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503")
    assert (outcomes, len(fakes.requests), states(fakes)) == (
        [replace(kept, not_applied=True), kept],
        1,
        {},
    )


def test_events_without_counters_do_not_need_the_ledger() -> None:
    """A batch without counters does not use the ledger."""
    fakes = FakeDeliveryDependencies()
    fakes.ledger.reachable = False
    assert send_all(fakes, planned(update())) == [DELIVERED]


def test_claim_that_was_written_twice_by_the_sdk_is_ours() -> None:
    """The SDK repeats a write whose response it missed, and finds its own claim."""
    fakes = FakeDeliveryDependencies()
    assert [fakes.ledger.claim_one(Claim("a $add"), FIRST) for _ in range(2)] == [
        ClaimState.OURS
    ] * 2
