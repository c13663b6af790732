"""A complaint that lists no record may be about the project, and rejects nothing for a day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import log2
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.backoff import MAX_REFUSED, mark_final_refusals
from rudder_mixpanel.delivery.counters import CounterClaims, send_counters
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.lanes import send_repeatable
from rudder_mixpanel.delivery.ledger import Claimant
from rudder_mixpanel.delivery.sender import MAX_REFUSALS, senders_for
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Rejected
from tests.build import SENT_AT
from tests.fakes.delivery import FakeDeliveryDependencies, one_after_the_other
from tests.fakes.ingestion import (
    RequestHandler,
    accept_all,
    records_in,
    reject_all,
    respond_by_path,
)
from tests.operations import event, planned, update

SENT = datetime.fromtimestamp(SENT_AT / 1000, UTC)
NOW, A_DAY_LATER = SENT, SENT + MAX_REFUSED + timedelta(seconds=1)
OVER_QUOTA = {"code": 400, "error": "Project is over its quota", "status": "Bad Request"}
STATUS_0 = {"error": "Project is over its quota", "status": 0}
BY = Claimant("first", now=1000, deadline=1090)
FOR_NOW, FOR_GOOD = Code.REFUSED_FOR_NOW, Code.REFUSED_BY_MIXPANEL


def build_events(count: int) -> list[Event]:
    """Events of separate records, each with one operation named by its index."""
    return [planned(event(str(index)), record=str(index)) for index in range(count)]


def refusing(*bad: str) -> RequestHandler:
    """A Mixpanel that accepts only requests without these events."""

    def respond(request: httpx.Request) -> httpx.Response:
        names = {record.get("event") for record in records_in(request)}
        if names.isdisjoint(bad):
            return accept_all(request)
        return httpx.Response(400, json=OVER_QUOTA)

    return respond


def refuse_all(_request: httpx.Request) -> httpx.Response:
    """Refuse every request in the shape of /import."""
    return httpx.Response(400, json=OVER_QUOTA)


def send_all(
    fakes: FakeDeliveryDependencies, events: Iterable[Event], now: datetime = NOW
) -> list[Code | None]:
    """The code of each operation after an invocation, None for what is delivered."""
    events = list(events)
    mark_final_refusals(events, now)
    checks = fakes.suppression_check(), fakes.credential_check()
    senders = senders_for(fakes.mixpanel(), lambda: 60_000, *checks)
    send_repeatable(events, senders)
    send_counters(
        events, senders, CounterClaims(fakes.ledger, BY), side_by_side=one_after_the_other
    )
    outcomes = [outcome for event in events for outcome in event.outcomes]
    return [getattr(outcome, "code", None) for outcome in outcomes]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize(("now", "code"), [(NOW, FOR_NOW), (A_DAY_LATER, FOR_GOOD)])
def test_refused_events_are_kept_for_a_day(count: int, now: datetime, code: Code) -> None:
    """Whatever their number, each is then rejected with Mixpanel's message."""
    assert (
        send_all(FakeDeliveryDependencies(refuse_all), build_events(count), now) == [code] * count
    )


def test_rejection_after_a_day_has_mixpanels_message() -> None:
    """The operator reads it in the rejected queue."""
    (refused,) = build_events(1)
    send_all(FakeDeliveryDependencies(refuse_all), [refused], A_DAY_LATER)
    assert refused.outcomes == [Rejected(FOR_GOOD, "", quote="Project is over its quota")]


def test_refusal_of_exactly_a_day_is_not_final() -> None:
    """It is kept until more than a day has passed."""
    fakes = FakeDeliveryDependencies(refuse_all)
    assert send_all(fakes, build_events(1), SENT + MAX_REFUSED) == [FOR_NOW]


def test_refused_event_is_found_by_halving() -> None:
    """It takes about two requests for each halving, and the others are delivered."""
    fakes = FakeDeliveryDependencies(refusing("700"))
    codes = send_all(fakes, build_events(2000))
    assert (
        {place: code for place, code in enumerate(codes) if code},
        len(fakes.requests) <= 2 * log2(2000) + 2,
    ) == ({700: FOR_NOW}, True)


@pytest.mark.parametrize("now", [NOW, A_DAY_LATER])
@pytest.mark.parametrize("count", [200, 2000, 5000])
def test_complaint_about_the_project_costs_few_requests(count: int, now: datetime) -> None:
    """After some refusals of single events, each other request is sent once, and not halved."""
    fakes = FakeDeliveryDependencies(refuse_all)
    codes = send_all(fakes, build_events(count), now)
    most = 2 * log2(2000) + 2 * MAX_REFUSALS + count / 2000
    assert (set(codes) <= {FOR_NOW, FOR_GOOD}, len(fakes.requests) <= most) == (True, True)


def test_refusal_of_several_events_is_never_final() -> None:
    """One of them may be the reason, or the project: only a single event is rejected."""
    codes = send_all(FakeDeliveryDependencies(refuse_all), build_events(2000), A_DAY_LATER)
    assert codes.count(FOR_GOOD) <= MAX_REFUSALS + 1


def test_refused_events_do_not_stop_the_others() -> None:
    """Even when there are many of them, each delivery shows that the project is in order."""
    bad = [str(number) for number in range(0, 64, 2)]
    codes = send_all(FakeDeliveryDependencies(refusing(*bad)), build_events(64))
    assert codes == [FOR_NOW, None] * 32


def test_good_events_after_the_last_refusal_are_delivered() -> None:
    """A request that is not halved any more is still sent once."""
    bad = [str(number) for number in range(4)]
    codes = send_all(FakeDeliveryDependencies(refusing(*bad)), build_events(16))
    assert codes == [FOR_NOW] * 4 + [None] * 12


def test_project_that_recovers_gets_the_rest() -> None:
    """The complaint ends while the events are sent."""
    refusals = iter([httpx.Response(400, json=OVER_QUOTA) for _ in range(5)])
    fakes = FakeDeliveryDependencies(lambda request: next(refusals, None) or accept_all(request))
    codes = send_all(fakes, build_events(8))
    assert codes == [FOR_NOW] * 2 + [None] * 6


@pytest.mark.parametrize("count", [1, 2, 2000])
def test_listed_events_are_rejected_at_once(count: int) -> None:
    """A client whose every event has a bad time is told so at once, in one request."""
    fakes = FakeDeliveryDependencies(reject_all)
    codes = send_all(fakes, build_events(count))
    assert (codes, len(fakes.requests)) == ([FOR_GOOD] * count, 1)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("count", [1, 2])
def test_refused_updates_are_kept(status: int, count: int) -> None:
    """Status 0 lists nothing either."""
    refusal = httpx.Response(status, json=STATUS_0)
    fakes = FakeDeliveryDependencies(respond_by_path(engage=refusal))
    updates = [planned(update(user=str(index)), record=str(index)) for index in range(count)]
    assert send_all(fakes, updates) == [FOR_NOW] * count


def test_event_with_one_refused_operation_keeps_what_is_delivered() -> None:
    """Only the refused operation is left to do."""
    refusal = httpx.Response(200, json=STATUS_0)
    mixed = planned(event(), update(), update("$set_once", "user-2"))
    send_all(FakeDeliveryDependencies(respond_by_path(engage=refusal)), [mixed])
    assert (mixed.outcome_name, len(mixed.remaining)) == ("kept", 2)


def refusing_updates(*bad: str) -> RequestHandler:
    """A Mixpanel that refuses every request with an update of these verbs."""

    def respond(request: httpx.Request) -> httpx.Response:
        is_bad = any(verb in record for record in records_in(request) for verb in bad)
        return httpx.Response(200, json=STATUS_0) if is_bad else accept_all(request)

    return respond


@pytest.mark.parametrize(
    ("now", "codes"), [(NOW, [FOR_NOW, FOR_NOW]), (A_DAY_LATER, [FOR_GOOD, None])]
)
def test_update_waits_for_a_refused_one_of_its_profile(
    now: datetime, codes: list[Code | None]
) -> None:
    """Until the refusal is final: the later update must not be overtaken, nor wait for ever."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=refusing_updates("$unset")))
    assert send_all(fakes, [planned(update("$unset"), update("$set"))], now) == codes


@pytest.mark.parametrize(("now", "code"), [(NOW, FOR_NOW), (A_DAY_LATER, FOR_GOOD)])
def test_refused_counter_is_released(now: datetime, code: Code) -> None:
    """Status 0 for a single counter: it was not applied, and can be sent again."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(200, json=STATUS_0)))
    codes = send_all(fakes, [planned(update("$add"))], now)
    assert (codes, fakes.ledger.entries) == ([code], {})


def test_counters_are_not_sent_when_their_endpoint_refuses_updates() -> None:
    """Nobody would know whether one of several was applied."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(200, json=STATUS_0)))
    counters = [planned(update("$add", str(n)), record=str(n)) for n in range(3)]
    codes = send_all(fakes, [planned(update(), record="profile"), *counters])
    assert (codes, len(fakes.requests), fakes.ledger.entries) == ([FOR_NOW] * 4, 1, {})


def test_counters_of_an_event_with_a_final_refusal_are_sent() -> None:
    """They do not wait for what is rejected."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=refusing_updates("$set")))
    codes = send_all(fakes, [planned(update(), update("$add"))], A_DAY_LATER)
    assert codes == [FOR_GOOD, None]


@pytest.mark.parametrize("status", [414, 431])
def test_counter_is_released_when_the_head_of_its_request_is_too_long(status: int) -> None:
    """The server did not read the body."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(status)))
    counters: Any = [planned(update("$add", str(n)), record=str(n)) for n in range(2)]
    codes = send_all(fakes, counters)
    assert (codes, fakes.ledger.entries) == ([Code.URL_OR_HEADERS_TOO_LONG] * 2, {})


def test_delivered_operation_is_not_refused_later() -> None:
    """Half of the updates are accepted, and stay delivered."""
    refused = planned(update("$unset", "user-1"))
    accepted = planned(update("$set", "user-2"), record="record-2")
    fakes = FakeDeliveryDependencies(respond_by_path(engage=refusing_updates("$unset")))
    send_all(fakes, [refused, accepted])
    assert accepted.outcomes == [DELIVERED]
