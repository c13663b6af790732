"""Operations are sent in lanes, in halves if a response is unclear, and not during an outage."""

import threading
from math import log2

import httpx
import pytest

from rudder_mixpanel.delivery.event import Event, EventOutcome
from rudder_mixpanel.delivery.lanes import send_repeatable
from rudder_mixpanel.delivery.sender import (
    MAX_UNEXPLAINED,
    TIME_FOR_A_REQUEST,
    senders_for,
)
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED
from rudder_mixpanel.mixpanel.responses import MIN_BODY_LIMIT
from tests.fakes.delivery import FakeDeliveryDependencies
from tests.fakes.ingestion import RequestHandler, accept_all, imported, records_in, respond_by_path
from tests.operations import event, planned, update

HTML = httpx.Response(200, text="<html>")
REJECTION = {"error": "no", "status": 0}
MERGE = Operation("import", {"event": "$merge", "properties": {"$insert_id": "merge"}})


def build_events(count: int) -> list[Event]:
    """Events of separate records, each with one operation named by its index."""
    return [planned(event(str(index)), record=str(index)) for index in range(count)]


def send_all(
    fakes: FakeDeliveryDependencies, *events: Event, time_left: int = 60_000
) -> list[list[EventOutcome | None]]:
    """The outcomes of all operations that may be repeated."""
    send_repeatable(
        events,
        senders_for(
            fakes.mixpanel(),
            lambda: time_left,
            fakes.suppression_check(),
            fakes.credential_check(time_left),
        ),
    )
    return [event.outcomes for event in events]


def codes(outcomes: list[list[EventOutcome | None]]) -> list[Code | None]:
    """The code of each operation, None for what is delivered or not sent."""
    return [getattr(item, "code", None) for of_event in outcomes for item in of_event]


def rejecting(*bad: str, answer: httpx.Response) -> RequestHandler:
    """A Mixpanel that accepts every request without one of these events."""

    def respond(request: httpx.Request) -> httpx.Response:
        named = {record.get("event") for record in records_in(request)}
        if named.isdisjoint(bad):
            return accept_all(request)
        return httpx.Response(answer.status_code, content=answer.content)

    return respond


def test_each_operation_gets_its_own_outcome() -> None:
    """Lanes, requests and halves do not mix them up."""
    fakes = FakeDeliveryDependencies(rejecting("b", answer=httpx.Response(400, json=REJECTION)))
    events = [planned(update(), event("a")), planned(event("b"), MERGE), planned(event("c"))]
    assert codes(send_all(fakes, *events)) == [None, None, Code.REFUSED_FOR_NOW, None, None]


def test_identity_events_have_requests_of_their_own() -> None:
    """One of them would fail its whole request in a project with simplified merge."""
    fakes = FakeDeliveryDependencies()
    send_all(fakes, planned(event("a"), MERGE), planned(event("b")))
    sent_values = sorted(
        [record["event"] for record in request] for request in fakes.sent_to("/import")
    )
    assert sent_values == [["$merge"], ["a", "b"]]


def test_updates_of_a_profile_keep_their_order() -> None:
    """Also when they need several requests, which are sent side by side."""
    fakes = FakeDeliveryDependencies()
    updates = [update(user=f"user-{n % 7}", value={"n": n}) for n in range(2100)]
    send_all(fakes, *(planned(each, record=str(n)) for n, each in enumerate(updates)))
    sent = [record for request in fakes.sent_to("/engage") for record in request]
    assert [
        [record["$set"]["n"] for record in sent if record["$distinct_id"] == f"user-{user}"]
        for user in range(7)
    ] == [list(range(user, 2100, 7)) for user in range(7)]


def test_update_does_not_overtake_a_kept_one_of_its_profile() -> None:
    """Otherwise the older update would be applied last."""

    def unexplained(request: httpx.Request) -> httpx.Response:
        is_unexplained = len(records_in(request)) > 1 or "old" in request.content.decode()
        return HTML if is_unexplained else accept_all(request)

    fakes = FakeDeliveryDependencies(respond_by_path(engage=unexplained))
    updates = [
        update(user="a", value={"plan": "old"}),
        update(user="a", value={"plan": "new"}),
        update(user="b"),
    ]
    outcomes = send_all(
        fakes, *(planned(operation, record=str(place)) for place, operation in enumerate(updates))
    )
    sent_values = [
        [record["$distinct_id"] for record in request] for request in fakes.sent_to("/engage")
    ]
    assert (codes(outcomes), sent_values[-1]) == ([Code.UNEXPECTED_ANSWER] * 2 + [None], ["b"])


def test_halving_ends_soon_when_no_response_is_explained() -> None:
    """It ends at a single event, and a few more in case the first was the invalid one."""
    fakes = FakeDeliveryDependencies(lambda _request: httpx.Response(200, text="<html>"))
    outcomes = send_all(fakes, *build_events(2000))
    assert (set(codes(outcomes)), len(fakes.requests) <= log2(2000) + 2 * MAX_UNEXPLAINED) == (
        {Code.UNEXPECTED_ANSWER},
        True,
    )


def test_event_without_explanation_does_not_stop_the_others() -> None:
    """An event that always gets an unexplained response is the only one kept."""
    fakes = FakeDeliveryDependencies(rejecting("1", answer=HTML))
    assert codes(send_all(fakes, *build_events(4))) == [None, Code.UNEXPECTED_ANSWER, None, None]


def test_repeated_update_keeps_its_order_when_halved() -> None:
    """Halves are sent in order, so the last update of a profile stays the last."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=too_large_above_two))
    send_all(fakes, *(planned(update(user=str(index)), record=str(index)) for index in range(4)))
    sent_values = [
        [record["$distinct_id"] for record in request] for request in fakes.sent_to("/engage")
    ]
    assert sent_values == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"]]


def too_large_above_two(request: httpx.Request) -> httpx.Response:
    """Respond 413 to more than two operations."""
    return httpx.Response(413) if len(records_in(request)) > 2 else accept_all(request)


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_outage_stops_the_endpoint(status: int) -> None:
    """The rest is kept without being sent."""
    fakes = FakeDeliveryDependencies(lambda _request: httpx.Response(status))
    outcomes = send_all(fakes, *build_events(2001))
    assert ([of for of in outcomes if of == [DELIVERED]], len(fakes.requests)) == ([], 1)


def test_outage_of_one_endpoint_leaves_the_others_alone() -> None:
    """Events are delivered while profiles are not."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    outcomes = send_all(fakes, planned(event(), update()))
    assert codes(outcomes) == [None, Code.MIXPANEL_UNAVAILABLE]


@pytest.mark.parametrize(
    ("milliseconds", "requests"), [(TIME_FOR_A_REQUEST, 1), (TIME_FOR_A_REQUEST - 1, 0)]
)
def test_request_is_only_started_when_it_can_end(milliseconds: int, requests: int) -> None:
    """An invocation that is killed would lose all its outcomes."""
    fakes = FakeDeliveryDependencies()
    outcomes = send_all(fakes, planned(update()), time_left=milliseconds)
    assert (len(fakes.requests), codes(outcomes)) == (
        requests,
        [None if requests else Code.NO_TIME_LEFT],
    )


def test_body_that_was_too_large_is_not_tried_again_in_this_container() -> None:
    """The size of half of it is the limit from then on, also in the next invocation."""
    most = 250_000
    fakes = FakeDeliveryDependencies(
        lambda operation: (
            httpx.Response(413) if len(operation.content) > most else accept_all(operation)
        )
    )
    updates = [update(user=f"u-{n}", value={"text": "x" * 10_000}) for n in range(40)]
    for _ in range(2):
        send_all(fakes, *(planned(operation, record=str(n)) for n, operation in enumerate(updates)))
    rejected_indexes = [request for request in fakes.requests if len(request.content) > most]
    assert (len(rejected_indexes), fakes.most_bytes["engage"] <= most) == (1, True)


def test_limit_never_falls_below_a_minimum() -> None:
    """A temporary failure of a proxy must not slow down the container for good."""
    fakes = FakeDeliveryDependencies(lambda _request: httpx.Response(413))
    outcomes = send_all(fakes, *build_events(200))
    assert (set(codes(outcomes)), fakes.most_bytes) == (
        {Code.UNEXPECTED_ANSWER},
        {"import": MIN_BODY_LIMIT},
    )


def test_lanes_run_concurrently() -> None:
    """The request for an event and that for a profile wait for each other here."""
    meeting = threading.Barrier(2, timeout=30)

    def answer(request: httpx.Request) -> httpx.Response:
        meeting.wait()
        return accept_all(request)

    assert send_all(FakeDeliveryDependencies(answer), planned(event(), update())) == [
        [DELIVERED] * 2
    ]


def test_threads_have_ended_when_all_is_sent() -> None:
    """A thread still running would continue in the next invocation."""
    before = set(threading.enumerate())
    send_all(FakeDeliveryDependencies(), planned(event(), update(), MERGE))
    assert set(threading.enumerate()) == before


def test_bug_keeps_the_operations_of_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its location is in the log, and all threads have ended."""

    def failing(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("rudder_mixpanel.delivery.sender.interpret_response", failing)
    before, fakes = set(threading.enumerate()), FakeDeliveryDependencies()
    outcomes = send_all(fakes, planned(event(), update()))
    assert (codes(outcomes), set(threading.enumerate())) == ([Code.UNSETTLED] * 2, before)


def test_nothing_to_send_sends_nothing() -> None:
    """No event, no request."""
    fakes = FakeDeliveryDependencies()
    assert (send_all(fakes), fakes.requests) == ([], [])


def test_import_of_two_thousand_events_is_one_request() -> None:
    """Two thousand events are sent in one request."""
    fakes = FakeDeliveryDependencies(lambda request: imported(len(records_in(request))))
    assert (send_all(fakes, *build_events(2000)) == [[DELIVERED]] * 2000, len(fakes.requests)) == (
        True,
        1,
    )
