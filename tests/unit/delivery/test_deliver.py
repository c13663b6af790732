"""A batch of records: every event has one outcome, whatever fails."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.disposition import reject_events
from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.delivery.plan import open_record, plan_event
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.delivery.remainder import read_parts
from rudder_mixpanel.envelopes import EVENTS_OF_A_RECORD
from rudder_mixpanel.errors import Code, ConfigurationError
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.mixpanel.outcomes import NO_TIME_LEFT, Rejected
from tests.build import SENT_AT, TOKEN, destination, identify, sqs_record, track
from tests.fakes.delivery import (
    FakeDeliveryDependencies,
    deliver_bodies,
    invocation,
    kept_records,
    outcomes_of,
    plenty_of_time,
)
from tests.fakes.ingestion import (
    RequestHandler,
    accept_all,
    failed_record,
    partly_imported,
    records_in,
    reject_all,
    respond_by_path,
)
from tests.fakes.sqs.client import MemorySqsClient, attribute_text, client_error, no_connection
from tests.operations import event, planned

BILL: dict[str, Any] = {"revenue": 9.5}
BAD_EVENT: dict[str, Any] = {"userId": "user-1", "event": "Order Completed"}
RECORD_KEPT = ("kept", Code.RECORD_KEPT)


def track_with_id(message_id: str, **changes: Any) -> dict[str, Any]:
    """A track call with this messageId."""
    return track(messageId=message_id, **changes)


def rejecting(*insert_ids: str) -> RequestHandler:
    """A Mixpanel that rejects the events with these ids."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/import":
            return accept_all(request)
        ids = [record["properties"]["$insert_id"] for record in records_in(request)]
        failed = [
            failed_record(ids.index(insert_id), insert_id, "'no' is no") for insert_id in insert_ids
        ]
        return partly_imported(len(ids), *failed) if failed else accept_all(request)

    return respond


def remaining_events(fakes: FakeDeliveryDependencies) -> list[list[Any]]:
    """The events of each message that replaces a record."""
    return [
        [part.item for part in read_parts(body, is_remainder=True)]
        for body in fakes.events_sqs.bodies
    ]


def counter_users(fakes: FakeDeliveryDependencies) -> list[str]:
    """The users whose counters were sent, in order."""
    updates = [record for request in fakes.sent_to("/engage") for record in request]
    return [update["$distinct_id"] for update in updates if {"$add", "$append"} & update.keys()]


def test_batch_is_delivered() -> None:
    """Everything is delivered, and nothing stays on the queue."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), track(), identify())
    assert (outcomes_of(delivery), kept_records(delivery)) == ([("delivered", "")] * 2, [])


def test_empty_batch() -> None:
    """Not even the settings are read."""
    fakes = FakeDeliveryDependencies()
    fakes.configuration_error = ConfigurationError("token", "expected text")
    assert deliver([], fakes, invocation()).response == {"batchItemFailures": []}


def test_array_with_unreadable_items_delivers_the_others() -> None:
    """Each item that is not an event is rejected on its own."""
    fakes = FakeDeliveryDependencies()
    delivery = deliver_bodies(fakes, [track(), 7, {"status": "ok"}, None])
    assert (outcomes_of(delivery), fakes.rejected_sqs.reasons, kept_records(delivery)) == (
        [("delivered", "")] + [("rejected", Code.UNREADABLE)] * 3,
        [("7", "UNREADABLE"), ('{"status":"ok"}', "UNREADABLE"), ("null", "UNREADABLE")],
        [],
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("not JSON", Code.UNREADABLE),
        ('"text"', Code.UNREADABLE),
        ("[" * 1100 + "]" * 1100, Code.UNREADABLE),
        ("[" * 1000 + "]" * 1000, Code.UNREADABLE),
        (json.dumps(BAD_EVENT), Code.MISSING_TYPE),
        (json.dumps({**BAD_EVENT, "type": "purchase"}), Code.UNSUPPORTED_TYPE),
    ],
)
def test_bad_event_is_rejected_and_the_others_are_delivered(body: str, code: Code) -> None:
    """A record that can never be delivered does not affect the others."""
    fakes = FakeDeliveryDependencies()
    delivery = deliver_bodies(fakes, body, track())
    assert (outcomes_of(delivery), kept_records(delivery), len(fakes.rejected_sqs.messages)) == (
        [("rejected", code), ("delivered", "")],
        [],
        1,
    )


@pytest.mark.parametrize("levels", [200, 300, 900])
def test_traits_nested_too_deep_are_rejected_with_the_event(levels: int) -> None:
    """JSON that can be read but not encoded for Mixpanel is stored in the rejected queue."""
    body = json.dumps(identify(traits={"deep": 0}))
    body = body.replace('"deep": 0', '"deep": ' + "[" * levels + "]" * levels)
    fakes = FakeDeliveryDependencies()
    delivery = deliver_bodies(fakes, body, track())
    rejected = {"rejected": 1} if levels > 250 else {}
    assert (
        [outcome_name for outcome_name, _ in outcomes_of(delivery)].count("rejected"),
        [json.loads(item) == json.loads(body) for item in fakes.rejected_sqs.bodies],
    ) == (len(rejected), [True] * len(rejected))


NOT_FOR_US: dict[str, Any] = {"integrations": {"All": False}}


def test_filtered_event_is_not_sent_and_its_record_is_done() -> None:
    """It is neither stored in the rejected queue nor kept."""
    fakes = FakeDeliveryDependencies()
    delivery = deliver_bodies(
        fakes, track(**NOT_FOR_US), [identify(**NOT_FOR_US), BAD_EVENT | NOT_FOR_US]
    )
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        fakes.requests,
        fakes.rejected_sqs.calls,
    ) == (
        [("filtered", "")] * 3,
        [],
        [],
        [],
    )


def test_filtered_event_does_not_affect_its_siblings() -> None:
    """One event is filtered, the others are delivered or rejected."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), [track(), track(**NOT_FOR_US), BAD_EVENT])
    assert (outcomes_of(delivery), delivery.account) == (
        [("delivered", ""), ("filtered", ""), ("rejected", Code.MISSING_TYPE)],
        Account(received=3, delivered=1, filtered=1, suppressed=0, rejected=1, kept=0),
    )


def test_filtered_event_is_not_kept_with_its_siblings() -> None:
    """The kept event is requeued alone."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    delivery = deliver_bodies(fakes, [identify(), track(**NOT_FOR_US)])
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        remaining_events(fakes),
    ) == (
        [("kept", Code.MIXPANEL_UNAVAILABLE), ("filtered", "")],
        [],
        [[identify()]],
    )


def test_filter_comes_before_the_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filtered event is not mapped."""
    monkeypatch.setattr("rudder_mixpanel.delivery.plan.map_message", None)
    assert outcomes_of(deliver_bodies(FakeDeliveryDependencies(), track(**NOT_FOR_US))) == [
        ("filtered", "")
    ]


OWN_TOKEN: dict[str, Any] = {"token": "{{ event.context.token || " + TOKEN + " }}"}
OWN_ADDRESS: dict[str, Any] = {"dataResidency": "{{ event.context.residency || us }}"}


def test_event_is_sent_to_the_project_that_it_names() -> None:
    """It is sent in a request of its own, with the token as user name."""
    fakes = FakeDeliveryDependencies(**OWN_TOKEN)
    delivery = deliver_bodies(fakes, track(), track(context={"token": "own"}), track())
    users = [httpx.BasicAuth(token, "")._auth_header for token in (TOKEN, "own")]
    assert (
        outcomes_of(delivery),
        [request.headers["Authorization"] for request in fakes.requests],
        [[item["properties"]["token"] for item in records] for records in fakes.sent_to("/import")],
    ) == ([("delivered", "")] * 3, users, [[TOKEN, TOKEN], ["own"]])


def test_outage_of_one_address_does_not_affect_another() -> None:
    """An outage only affects its own connection."""
    fakes = FakeDeliveryDependencies(
        lambda request: httpx.Response(503) if "-eu" in request.url.host else accept_all(request)
    )
    fakes.config = OWN_ADDRESS
    delivery = deliver_bodies(fakes, track(context={"residency": "eu"}), track())
    assert outcomes_of(delivery) == [("kept", Code.MIXPANEL_UNAVAILABLE), ("delivered", "")]


def test_event_with_an_invalid_dynamic_setting_is_rejected() -> None:
    """Only this event is rejected, and it is stored unchanged."""
    fakes, odd = FakeDeliveryDependencies(**OWN_ADDRESS), track(context={"residency": "moon"})
    delivery = deliver_bodies(fakes, odd, track())
    assert (outcomes_of(delivery), [json.loads(body) for body in fakes.rejected_sqs.bodies]) == (
        [("rejected", Code.INVALID_SETTING), ("delivered", "")],
        [odd],
    )


@pytest.mark.parametrize("away", ["api.mixpanel.com", "api-eu.mixpanel.com"])
def test_counters_of_a_record_with_two_routes_are_sent_once(away: str) -> None:
    """One region fails, the other has counted; only the kept event is requeued."""

    def answer(request: httpx.Request) -> httpx.Response:
        counting = request.url.path == "/engage"
        return httpx.Response(429) if counting and request.url.host == away else accept_all(request)

    fakes = FakeDeliveryDependencies(answer, people=True, **OWN_ADDRESS)
    european = {"residency": "eu"}
    delivery = deliver_bodies(
        fakes,
        [
            track_with_id("a", properties=BILL),
            track_with_id("b", properties=BILL, context=european),
        ],
        track_with_id("c"),
    )
    outcomes = sorted(outcomes_of(delivery))
    assert (outcomes, kept_records(delivery), len(fakes.events_sqs.bodies)) == (
        [("delivered", ""), ("delivered", ""), ("kept", Code.THROTTLED)],
        [],
        1,
    )


def test_event_rejected_by_mixpanel_is_stored_with_its_message() -> None:
    """The message holds the event, the reason, the endpoint and when it was first sent."""
    fakes = FakeDeliveryDependencies(rejecting("b"))
    delivery = deliver_bodies(fakes, track_with_id("a"), track_with_id("b"))
    (message,) = fakes.rejected_sqs.messages
    assert (outcomes_of(delivery), json.loads(message["MessageBody"])) == (
        [("delivered", ""), ("rejected", Code.REFUSED_BY_MIXPANEL)],
        track_with_id("b"),
    )
    assert {name: attribute_text(message, name) for name in message["MessageAttributes"]} == {
        "code": "REFUSED_BY_MIXPANEL",
        "message": "'no' is no",
        "field": "properties",
        "endpoint": "import",
        "firstSentAt": "2027-01-01T00:00:00+00:00",
        "firstRecordId": "record-2",
    }


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503, text="upstream connect error"),
        httpx.Response(200, text="<html>"),
        httpx.Response(404),
        httpx.ConnectError(""),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
    ],
)
def test_failure_of_one_endpoint_keeps_only_its_events(
    failure: httpx.Response | Exception,
) -> None:
    """When /engage fails, events are still delivered and bad events rejected."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=failure))
    delivery = deliver_bodies(fakes, track(), identify(), BAD_EVENT)
    assert (
        [outcome_name for outcome_name, _ in outcomes_of(delivery)],
        remaining_events(fakes),
        len(fakes.rejected_sqs.messages),
    ) == (
        ["delivered", "kept", "rejected"],
        [[identify()]],
        1,
    )


def test_misconfigured_destination_keeps_every_record() -> None:
    """Even unreadable ones: nothing is decided before the settings are fixed."""
    fakes = FakeDeliveryDependencies()
    fakes.configuration_error = ConfigurationError("token", "expected text, got nothing")
    delivery = deliver_bodies(fakes, track(), "not JSON", [])
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        fakes.requests,
        fakes.rejected_sqs.calls,
    ) == (
        [("kept", Code.WRONG_SETTINGS)] * 3,
        ["record-1", "record-2", "record-3"],
        [],
        [],
    )


def test_what_is_left_of_a_record_replaces_it() -> None:
    """As one message, which says what is left to do; a rejected sibling waits in it."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(429)), people=True)
    delivery = deliver_bodies(fakes, [track(properties=BILL), BAD_EVENT, track()], track())
    charge, _ = transform(
        track(properties=BILL), destination(people=True), now=datetime(2027, 1, 1, tzinfo=UTC)
    )
    (message,) = fakes.events_sqs.messages
    attributes = {name: attribute_text(message, name) for name in message["MessageAttributes"]}
    assert (outcomes_of(delivery), kept_records(delivery), fakes.events_sqs.deleted) == (
        [("kept", Code.THROTTLED), RECORD_KEPT, ("delivered", ""), ("delivered", "")],
        [],
        ["handle-of-record-1"],
    )
    assert (attributes, json.loads(message["MessageBody"])["remainder"]) == (
        {
            "firstSentAt": "2027-01-01T00:00:00+00:00",
            "firstRecordId": "record-1",
            "attempts": "1",
            "remainder": "yes",
        },
        [
            {"event": track(properties=BILL), "operations": [charge.name]},
            {"event": BAD_EVENT, "operations": []},
        ],
    )


def test_kept_events_of_many_records_are_requeued_together() -> None:
    """Ten for each call, since a batch of thousands must end in time."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    deliver_bodies(
        fakes, *[[track(messageId=f"t-{n}"), identify(messageId=f"i-{n}")] for n in range(40)]
    )
    assert fakes.events_sqs.calls == [10, 10, 10, 10]


def test_second_rejection_names_what_is_left_to_do() -> None:
    """Although it was not mapped this time, only the rejected operation remains."""
    fakes = FakeDeliveryDependencies()
    fakes.configuration_error = ConfigurationError("token", "expected one")
    message_attributes = {"operations": {"stringValue": "engage $append 12345678"}}
    record = {**sqs_record(track(properties=BILL)), "messageAttributes": message_attributes}
    delivery = deliver([record], fakes, invocation(later=9 * 86_400 + 60))
    (message,) = fakes.rejected_sqs.messages
    assert (outcomes_of(delivery), attribute_text(message, "operations")) == (
        [("rejected", Code.EXPIRED)],
        "engage $append 12345678",
    )


def test_record_that_is_kept_completely_is_not_requeued() -> None:
    """Events that share a record are retried with it in an outage."""
    fakes = FakeDeliveryDependencies(lambda _request: httpx.Response(503))
    delivery = deliver_bodies(fakes, [track_with_id("a"), track_with_id("b")])
    assert (kept_records(delivery), fakes.events_sqs.calls) == (["record-1"], [])


def test_record_whose_kept_event_cannot_be_requeued_is_kept_as_a_whole() -> None:
    """Its siblings that are not delivered are kept with it, and not stored twice."""
    fakes = FakeDeliveryDependencies(
        respond_by_path(engage=httpx.Response(503)),
        events_sqs=MemorySqsClient(no_connection(), no_connection()),
    )
    delivery = deliver_bodies(fakes, [identify(), BAD_EVENT, track()])
    assert (outcomes_of(delivery), kept_records(delivery), fakes.rejected_sqs.calls) == (
        [("kept", Code.MIXPANEL_UNAVAILABLE), RECORD_KEPT, ("delivered", "")],
        ["record-1"],
        [],
    )


def test_only_the_operations_that_a_record_names_are_sent() -> None:
    """Only the operations that the record names are sent."""
    fakes = FakeDeliveryDependencies(people=True)
    bill = track(properties=BILL)
    charge, _ = transform(bill, destination(people=True), now=datetime(2027, 1, 1, tzinfo=UTC))
    message_attributes = {"operations": {"stringValue": charge.name}}
    record = {**sqs_record(bill), "messageAttributes": message_attributes}
    delivery = deliver([record], fakes, invocation())
    assert (outcomes_of(delivery), [request.url.path for request in fakes.requests]) == (
        [("delivered", "")],
        ["/engage"],
    )


GROUPS = {
    "type": "group",
    "messageId": "m",
    "userId": "u",
    "traits": {"a": "1", "b": "2", "c": "3"},
}


def group_key_settings(*names: str) -> dict[str, Any]:
    """Settings with these group keys."""
    return {"groupKeySettings": [{"groupKey": name} for name in names]}


def test_operation_is_not_mistaken_for_another_after_a_change_of_settings() -> None:
    """The name depends on the payload; if it no longer matches, all operations are sent."""

    def answer(request: httpx.Request) -> httpx.Response:
        keys = {item.get("$group_key") for item in records_in(request)}
        if keys == {"b", "c"}:
            return httpx.Response(200, json={"error": "no", "status": 0})
        return reject_all(request) if keys == {"c"} else accept_all(request)

    fakes, later = (
        FakeDeliveryDependencies(answer, **group_key_settings("b", "c")),
        FakeDeliveryDependencies(**group_key_settings("a", "b", "c")),
    )
    deliver_bodies(fakes, GROUPS)
    (message,) = fakes.rejected_sqs.messages
    message_attributes = {"operations": {"stringValue": attribute_text(message, "operations")}}
    deliver([{**sqs_record(GROUPS), "messageAttributes": message_attributes}], later, invocation())
    assert "c" in {
        record["$group_key"] for request in later.sent_to("/groups") for record in request
    }


def test_charges_of_two_users_with_one_message_id_both_count() -> None:
    """The messageIds of some senders are not unique."""
    fakes = FakeDeliveryDependencies(people=True)
    deliver_bodies(fakes, *(track(userId=item, anonymousId=None, properties=BILL) for item in "ab"))
    assert counter_users(fakes) == ["a", "b"]


@pytest.mark.parametrize("location", ["http://xn--/", "javascript:1", "mailto:x@y"])
def test_invalid_redirect_keeps_the_event(location: str) -> None:
    """A redirect of a proxy keeps the event."""
    fakes = FakeDeliveryDependencies(
        lambda _request: httpx.Response(302, headers={"Location": location})
    )
    assert [outcome_name for outcome_name, _ in outcomes_of(deliver_bodies(fakes, track()))] == [
        "kept"
    ]


@pytest.mark.parametrize("body", [[], {"batch": []}, {"Records": []}])
def test_envelope_without_an_event_is_rejected(body: Any) -> None:
    """It is rejected, and not dropped silently."""
    fakes = FakeDeliveryDependencies()
    assert outcomes_of(deliver_bodies(fakes, body)) == [("rejected", Code.UNREADABLE)]


def test_event_that_grew_too_long_to_be_requeued_keeps_its_record() -> None:
    """Requeued as its whole record, it would duplicate its siblings."""
    long = identify(context={"junk": [1e15] * 60_000})
    body = json.dumps([long, BAD_EVENT]).replace("1000000000000000.0", "1e15")
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    delivery = deliver_bodies(fakes, body)
    assert (kept_records(delivery), fakes.events_sqs.messages, fakes.rejected_sqs.messages) == (
        ["record-1"],
        [],
        [],
    )


def test_unknown_operation_name_means_all_operations() -> None:
    """The settings have changed since, so all operations are sent."""
    fakes = FakeDeliveryDependencies()
    message_attributes = {"operations": {"stringValue": "engage $append"}}
    deliver([{**sqs_record(track()), "messageAttributes": message_attributes}], fakes, invocation())
    assert [request.url.path for request in fakes.requests] == ["/import"]


@pytest.mark.parametrize(
    ("receives", "requested", "shortest"),
    [
        (1, None, 30),
        (2, None, 60),
        (5, None, 480),
        (6, None, 900),
        (999, None, 900),
        (1, "120", 120),
        (1, "7200", 900),
        (5, "1", 480),
    ],
)
def test_kept_record_backs_off_longer_each_time(
    receives: int, requested: str | None, shortest: int
) -> None:
    """From half a minute to a quarter of an hour, at least what Mixpanel asks, with jitter."""
    headers = {} if requested is None else {"Retry-After": requested}
    fakes = FakeDeliveryDependencies(lambda _request: httpx.Response(429, headers=headers))
    record = sqs_record(track(), ApproximateReceiveCount=str(receives))
    deliver([record], fakes, invocation(later=1000))
    (seconds,) = fakes.events_sqs.visibility_timeouts.values()
    assert shortest <= seconds <= shortest * 1.2


NINE_DAYS = 9 * 86_400


@pytest.mark.parametrize(
    ("later", "outcome_name"),
    [
        (NINE_DAYS, ("kept", Code.MIXPANEL_UNAVAILABLE)),
        (NINE_DAYS + 1, ("rejected", Code.EXPIRED)),
    ],
)
def test_event_that_was_kept_too_long_is_rejected(
    later: int, outcome_name: tuple[str, str]
) -> None:
    """With the reason why it was kept."""
    fakes = FakeDeliveryDependencies(respond_by_path(**{"import": httpx.Response(503)}))
    delivery = deliver([sqs_record(track())], fakes, invocation(later=later))
    reasons = [attribute_text(message, "message") for message in fakes.rejected_sqs.messages]
    expired = ["MIXPANEL_UNAVAILABLE: HTTP 503"] if outcome_name[0] == "rejected" else []
    assert (outcomes_of(delivery), reasons) == ([outcome_name], expired)


def test_rejection_that_cannot_be_stored_keeps_the_event() -> None:
    """It is requeued alone; the counter of its sibling is not sent again."""
    fakes = FakeDeliveryDependencies(
        rejected_sqs=MemorySqsClient(client_error("AccessDenied")), people=True
    )
    delivery = deliver_bodies(fakes, [BAD_EVENT, track(properties=BILL)], track_with_id("b"))
    assert (outcomes_of(delivery), kept_records(delivery), len(fakes.events_sqs.messages)) == (
        [("kept", Code.REJECTION_NOT_STORED), ("delivered", ""), ("delivered", "")],
        [],
        1,
    )


def test_unresponsive_rejected_queue_does_not_stop_the_delivery() -> None:
    """Events that are not rejected are delivered."""
    delivery = deliver_bodies(
        FakeDeliveryDependencies(rejected_sqs=MemorySqsClient(no_connection())), BAD_EVENT, track()
    )
    assert (outcomes_of(delivery), kept_records(delivery)) == (
        [("kept", Code.REJECTION_NOT_STORED), ("delivered", "")],
        ["record-1"],
    )


def test_rejected_event_does_not_stop_its_counter() -> None:
    """Each operation has its own outcome, and the message names the rejected ones."""
    fakes = FakeDeliveryDependencies(rejecting("b"), people=True)
    deliver_bodies(fakes, track_with_id("b", userId="user-b", properties=BILL))
    (message,) = fakes.rejected_sqs.messages
    operations = attribute_text(message, "operations")
    assert (counter_users(fakes), attribute_text(message, "endpoint"), operations[:6]) == (
        ["user-b"],
        "import",
        "event ",
    )


def test_counter_with_an_unknown_outcome_is_rejected_and_not_repeated() -> None:
    """After a lost response, the event is rejected and its record finished."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")), people=True)
    delivery = deliver_bodies(fakes, track(properties=BILL), track())
    message = attribute_text(fakes.rejected_sqs.messages[0], "message")
    assert (outcomes_of(delivery), kept_records(delivery), message) == (
        [("rejected", Code.OUTCOME_UNKNOWN), ("delivered", "")],
        [],
        "not repeated after: ReadTimeout",
    )


def test_unknown_outcome_is_stored_with_mixpanels_message() -> None:
    """With Mixpanel's message."""
    odd = httpx.Response(200, json={"error": "odd words", "status": 1})
    fakes = FakeDeliveryDependencies(respond_by_path(engage=odd), people=True)
    deliver_bodies(fakes, track(properties=BILL))
    assert attribute_text(fakes.rejected_sqs.messages[0], "message") == (
        "not repeated after: the response does not account for it: odd words"
    )


def test_unknown_outcome_that_cannot_be_stored_is_stored_later() -> None:
    """The ledger prevents that it is sent again meanwhile."""
    fakes = FakeDeliveryDependencies(
        respond_by_path(engage=httpx.ReadTimeout("")), MemorySqsClient(no_connection()), people=True
    )
    first = deliver_bodies(fakes, track(properties=BILL))
    fakes.answer = accept_all
    second = deliver_bodies(fakes, track(properties=BILL))
    assert (
        outcomes_of(first),
        remaining_events(fakes),
        outcomes_of(second),
        len(counter_users(fakes)),
    ) == (
        [("kept", Code.REJECTION_NOT_STORED)],
        [[track(properties=BILL)]],
        [("rejected", Code.OUTCOME_UNKNOWN)],
        1,
    )


def test_event_that_is_rejected_and_kept_is_kept() -> None:
    """Its profile update is retried before the rejection is stored."""
    no = httpx.Response(400, json={"error": "no", "num_records_imported": 0})
    fakes = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503), **{"import": no}))
    delivery = deliver_bodies(fakes, identify())
    assert (outcomes_of(delivery), kept_records(delivery), fakes.rejected_sqs.messages) == (
        [("kept", Code.MIXPANEL_UNAVAILABLE)],
        ["record-1"],
        [],
    )


def test_charges_that_are_not_numbers_are_left_out() -> None:
    """The event is delivered without the charge."""
    delivery = deliver_bodies(
        FakeDeliveryDependencies(people=True), track(properties={"revenue": "a lot"})
    )
    assert [(event.outcome_name, event.left_out) for event in delivery.events] == [
        ("delivered", ["charge"])
    ]


LONG = "x" * 60_000


def test_limit_learned_from_a_response_outlives_the_invocation() -> None:
    """After one 413, later requests of the container are smaller."""
    fakes = FakeDeliveryDependencies(
        lambda request: httpx.Response(413) if len(records_in(request)) > 2 else accept_all(request)
    )
    for _ in range(2):
        deliver_bodies(
            fakes, *(track_with_id(f"m-{n}", properties={"text": LONG}) for n in range(4))
        )
    assert [len(records) for records in fakes.sent_to("/import")] == [4, 2, 2, 2, 2]


def test_bug_rejects_only_one_event() -> None:
    """It is rejected with the exception's type and location, but not its text."""
    fakes = FakeDeliveryDependencies()
    (event_of_record,) = open_record(sqs_record(track(userId="ann@example.com")), "default")
    plan_event(event_of_record, None)  # type: ignore[arg-type]  # as if a bug had put it there
    reject_events([event_of_record], fakes.rejected_queue, plenty_of_time)
    (message,) = fakes.rejected_sqs.messages
    location_match = re.fullmatch(
        r"AttributeError at \w+\.py:\d+", attribute_text(message, "message")
    )
    assert (attribute_text(message, "code"), bool(location_match)) == ("INTERNAL_ERROR", True)


def test_wrong_settings_found_by_the_mapping_keep_the_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A ConfigurationError of the mapping keeps the event."""

    def wrong(*_: Any, **__: Any) -> None:
        raise ConfigurationError("groupKeySettings", "expected a group key")

    monkeypatch.setattr("rudder_mixpanel.delivery.plan.map_message", wrong)
    fakes = FakeDeliveryDependencies()
    delivery = deliver_bodies(fakes, track())
    assert (outcomes_of(delivery), kept_records(delivery), fakes.rejected_sqs.calls) == (
        [("kept", Code.WRONG_SETTINGS)],
        ["record-1"],
        [],
    )


def test_record_of_too_many_events_is_one_unreadable_event() -> None:
    """A mebibyte of `0,0,0,…` would be half a million rejections."""
    fakes = FakeDeliveryDependencies()
    body = json.dumps([0] * (EVENTS_OF_A_RECORD + 1))
    delivery = deliver_bodies(fakes, body, track())
    assert (outcomes_of(delivery), fakes.rejected_sqs.bodies == [body]) == (
        [("rejected", Code.UNREADABLE), ("delivered", "")],
        True,
    )


def test_record_of_many_events_is_read() -> None:
    """As many as are allowed, each with its own outcome."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), [BAD_EVENT] * EVENTS_OF_A_RECORD)
    assert delivery.account.rejected == EVENTS_OF_A_RECORD


def test_invocation_without_time_keeps_everything() -> None:
    """It returns in time instead of being killed."""
    fakes = FakeDeliveryDependencies()
    delivery = deliver_bodies(fakes, track(), BAD_EVENT, time_left=lambda: 9000)
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        fakes.requests,
        fakes.rejected_sqs.calls,
    ) == (
        [("kept", Code.NO_TIME_LEFT), ("kept", Code.NO_TIME_LEFT)],
        ["record-1", "record-2"],
        [],
        [],
    )


def test_rejection_without_time_to_store_it_is_not_blamed_on_the_queue() -> None:
    """The queue was not called."""
    rejected, fakes = planned(event()), FakeDeliveryDependencies()
    rejected.outcomes = [Rejected(Code.REFUSED_BY_MIXPANEL, "no")]
    reject_events([rejected], fakes.rejected_queue, lambda: 9000)
    assert (rejected.outcome, fakes.rejected_sqs.calls) == (NO_TIME_LEFT, [])


def first_sent_time(text: str | None) -> datetime:
    """When a record with this attribute was first sent."""
    attributes = {} if text is None else {"firstSentAt": {"stringValue": text}}
    return Record.of({**sqs_record({}), "messageAttributes": attributes}).first_sent


@pytest.mark.parametrize(
    ("text", "expected_time"),
    [
        (None, "2027-01-01T00:00:00+00:00"),
        ("2026-12-24T18:00:00+00:00", "2026-12-24T18:00:00+00:00"),
        ("2026-12-24T18:00:00.123Z", "2026-12-24T18:00:00.123000+00:00"),
        ("soon", "2027-01-01T00:00:00+00:00"),
        ("", "2027-01-01T00:00:00+00:00"),
        ("2030-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59-23:59", "2027-01-01T00:00:00+00:00"),
        ("1969-12-31T00:00:00Z", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_replayed_event_keeps_the_time_when_it_was_first_sent(
    text: str | None, expected_time: str
) -> None:
    """Invalid times are ignored, and later ones limited to when the record was sent."""
    assert first_sent_time(text).isoformat() == expected_time


@given(st.text() | st.datetimes().map(datetime.isoformat))
def test_any_first_sent_attribute_gives_a_valid_time(text: str) -> None:
    """An attribute cannot stop the batch."""
    now = datetime.fromtimestamp(SENT_AT / 1000, UTC)
    assert datetime(1970, 1, 1, tzinfo=UTC) <= first_sent_time(text) <= now


def test_first_sent_time_is_kept_in_the_rejected_queue() -> None:
    """An event that is rejected again still names when it was first sent."""
    message_attributes = {"firstSentAt": {"stringValue": "2026-12-24T18:00:00.123+00:00"}}
    fakes = FakeDeliveryDependencies()
    deliver(
        [{**sqs_record(BAD_EVENT), "messageAttributes": message_attributes}], fakes, invocation()
    )
    assert (
        attribute_text(fakes.rejected_sqs.messages[0], "firstSentAt")
        == "2026-12-24T18:00:00.123000+00:00"
    )


def first_id(text: str) -> str:
    """The first id of record-1 with this attribute."""
    attributes = {"firstRecordId": {"stringValue": text}}
    return Record.of({**sqs_record({}), "messageAttributes": attributes}).first_id


def test_replaced_record_keeps_the_id_of_the_first_one() -> None:
    """By which an operator looks for it."""
    assert first_id("59a1c4b2-6d2f-4e0b-9a51-0e5c6b1d7f20") == (
        "59a1c4b2-6d2f-4e0b-9a51-0e5c6b1d7f20"
    )


@pytest.mark.parametrize("text", ["", "ann@example.com", "john.doe.15551234567", "\ud800"])
def test_first_id_that_may_be_personal_data_is_ignored(text: str) -> None:
    """Any sender can set the attribute, and the id is logged."""
    assert first_id(text) == "record-1"
