"""A batch of records: every event has one fate, whatever the day is like."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.deliver import deliver, open_record, plan_event
from rudder_mixpanel.delivery.disposition import reject_events
from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.envelopes import EVENTS_OF_A_RECORD
from rudder_mixpanel.errors import Code, ConfigurationError
from rudder_mixpanel.mapping import transform
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
    respond_by_path,
)
from tests.fakes.sqs.client import MemorySqsClient, attribute_text, client_error, no_connection

BILL: dict[str, Any] = {"revenue": 9.5}
POISON: dict[str, Any] = {"userId": "user-1", "event": "Order Completed"}
RECORD_KEPT = ("kept", Code.RECORD_KEPT)


def named(message_id: str, **changes: Any) -> dict[str, Any]:
    """A track call with this id."""
    return track(messageId=message_id, **changes)


def refusing(*insert_ids: str) -> RequestHandler:
    """A Mixpanel that refuses the events of these ids, in its own words."""

    def judged(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/import":
            return accept_all(request)
        ids = [record["properties"]["$insert_id"] for record in records_in(request)]
        failed = [failed_record(ids.index(one), one, "'no' is no") for one in insert_ids]
        return partly_imported(len(ids), *failed) if failed else accept_all(request)

    return judged


def counters(world: FakeDeliveryDependencies) -> list[str]:
    """Whose counters were sent, in order."""
    updates = [one for request in world.sent_to("/engage") for one in request]
    return [one["$distinct_id"] for one in updates if {"$add", "$append"} & one.keys()]


def test_good_day() -> None:
    """Everything is delivered, and nothing stays on the queue."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), track(), identify())
    assert (outcomes_of(delivery), kept_records(delivery)) == ([("delivered", "")] * 2, [])


def test_empty_batch() -> None:
    """Nothing comes in, nothing is asked, nothing stays."""
    world = FakeDeliveryDependencies()
    world.configuration_error = ConfigurationError("token", "expected text")
    assert deliver([], world, invocation()).response == {"batchItemFailures": []}


def test_array_with_unreadable_items_delivers_the_others() -> None:
    """Each item that is no event is rejected by itself."""
    world = FakeDeliveryDependencies()
    delivery = deliver_bodies(world, [track(), 7, {"status": "ok"}, None])
    assert (outcomes_of(delivery), world.rejected_sqs.reasons, kept_records(delivery)) == (
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
        (json.dumps(POISON), Code.MISSING_TYPE),
        (json.dumps({**POISON, "type": "purchase"}), Code.UNSUPPORTED_TYPE),
    ],
)
def test_poison_is_rejected_and_its_mates_are_delivered(body: str, code: Code) -> None:
    """One record that can never be delivered costs the batch nothing."""
    world = FakeDeliveryDependencies()
    delivery = deliver_bodies(world, body, track())
    assert (outcomes_of(delivery), kept_records(delivery), len(world.rejected_sqs.messages)) == (
        [("rejected", code), ("delivered", "")],
        [],
        1,
    )


@pytest.mark.parametrize("levels", [200, 300, 900])
def test_traits_nested_too_deep_are_rejected_with_the_event(levels: int) -> None:
    """JSON is read deeper than it can be written; the rejected queue gets it all the same."""
    body = json.dumps(identify(traits={"deep": 0}))
    body = body.replace('"deep": 0', '"deep": ' + "[" * levels + "]" * levels)
    world = FakeDeliveryDependencies()
    delivery = deliver_bodies(world, body, track())
    rejected = {"rejected": 1} if levels > 250 else {}
    assert (
        [fate for fate, _ in outcomes_of(delivery)].count("rejected"),
        [json.loads(one) == json.loads(body) for one in world.rejected_sqs.bodies],
    ) == (len(rejected), [True] * len(rejected))


NOT_FOR_US: dict[str, Any] = {"integrations": {"All": False}}


def test_filtered_event_is_not_sent_and_its_record_is_done() -> None:
    """It is nobody's mistake: nothing goes to the rejected queue, and nothing stays."""
    world = FakeDeliveryDependencies()
    delivery = deliver_bodies(
        world, track(**NOT_FOR_US), [identify(**NOT_FOR_US), POISON | NOT_FOR_US]
    )
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        world.requests,
        world.rejected_sqs.calls,
    ) == (
        [("filtered", "")] * 3,
        [],
        [],
        [],
    )


def test_filtered_event_leaves_its_mates_alone() -> None:
    """One of a record is filtered, the others are delivered or rejected."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), [track(), track(**NOT_FOR_US), POISON])
    assert (outcomes_of(delivery), Account.of(delivery.events)) == (
        [("delivered", ""), ("filtered", ""), ("rejected", Code.MISSING_TYPE)],
        Account(received=3, delivered=1, filtered=1, suppressed=0, rejected=1, kept=0),
    )


def test_filtered_event_does_not_wait_for_its_mates() -> None:
    """A kept one goes back to the queue by itself."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    delivery = deliver_bodies(world, [identify(), track(**NOT_FOR_US)])
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        [json.loads(one) for one in world.events_sqs.bodies],
    ) == (
        [("kept", Code.MIXPANEL_UNAVAILABLE), ("filtered", "")],
        [],
        [identify()],
    )


def test_filter_comes_before_the_mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not to be sent is not looked at any further."""
    monkeypatch.setattr("rudder_mixpanel.delivery.deliver.map_message", None)
    assert outcomes_of(deliver_bodies(FakeDeliveryDependencies(), track(**NOT_FOR_US))) == [
        ("filtered", "")
    ]


OWN_TOKEN: dict[str, Any] = {"token": "{{ event.context.token || " + TOKEN + " }}"}
OWN_ADDRESS: dict[str, Any] = {"dataResidency": "{{ event.context.residency || us }}"}


def test_event_goes_to_the_project_that_it_names() -> None:
    """In a request of its own, with that project's token as its user name."""
    world = FakeDeliveryDependencies(**OWN_TOKEN)
    delivery = deliver_bodies(world, track(), track(context={"token": "own"}), track())
    users = [httpx.BasicAuth(token, "")._auth_header for token in (TOKEN, "own")]
    assert (
        outcomes_of(delivery),
        [request.headers["Authorization"] for request in world.requests],
        [[one["properties"]["token"] for one in told] for told in world.sent_to("/import")],
    ) == ([("delivered", "")] * 3, users, [[TOKEN, TOKEN], ["own"]])


def test_outage_of_one_address_is_not_another_ones() -> None:
    """Each connection learns of its own outages."""
    world = FakeDeliveryDependencies(
        lambda one: httpx.Response(503) if "-eu" in one.url.host else accept_all(one)
    )
    world.config = OWN_ADDRESS
    delivery = deliver_bodies(world, track(context={"residency": "eu"}), track())
    assert outcomes_of(delivery) == [("kept", Code.MIXPANEL_UNAVAILABLE), ("delivered", "")]


def test_setting_that_an_event_gives_wrong_rejects_it() -> None:
    """And it alone; what goes to the rejected queue is the event as it came."""
    world, odd = FakeDeliveryDependencies(**OWN_ADDRESS), track(context={"residency": "moon"})
    delivery = deliver_bodies(world, odd, track())
    assert (outcomes_of(delivery), [json.loads(one) for one in world.rejected_sqs.bodies]) == (
        [("rejected", Code.INVALID_SETTING), ("delivered", "")],
        [odd],
    )


@pytest.mark.parametrize("away", ["api.mixpanel.com", "api-eu.mixpanel.com"])
def test_counters_of_a_record_that_goes_two_ways_do_not_come_twice(away: str) -> None:
    """One way is out of order; the other has counted, and what is kept goes back alone."""

    def answer(request: httpx.Request) -> httpx.Response:
        counting = request.url.path == "/engage"
        return httpx.Response(429) if counting and request.url.host == away else accept_all(request)

    world = FakeDeliveryDependencies(answer, people=True, **OWN_ADDRESS)
    there = {"residency": "eu"}
    delivery = deliver_bodies(
        world,
        [named("a", properties=BILL), named("b", properties=BILL, context=there)],
        named("c"),
    )
    told = sorted(outcomes_of(delivery))
    assert (told, kept_records(delivery), len(world.events_sqs.bodies)) == (
        [("delivered", ""), ("delivered", ""), ("kept", Code.THROTTLED)],
        [],
        1,
    )


def test_refused_event_is_rejected_in_mixpanels_words() -> None:
    """The event itself, and why, where, and since when it waits."""
    world = FakeDeliveryDependencies(refusing("b"))
    delivery = deliver_bodies(world, named("a"), named("b"))
    (message,) = world.rejected_sqs.messages
    assert (outcomes_of(delivery), json.loads(message["MessageBody"])) == (
        [("delivered", ""), ("rejected", Code.REFUSED_BY_MIXPANEL)],
        named("b"),
    )
    assert {name: attribute_text(message, name) for name in message["MessageAttributes"]} == {
        "code": "REFUSED_BY_MIXPANEL",
        "message": "'no' is no",
        "field": "properties",
        "endpoint": "import",
        "firstSentAt": "2027-01-01T00:00:00+00:00",
    }


@pytest.mark.parametrize(
    "bad_day",
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
def test_bad_day_keeps_what_it_touches_and_settles_the_others(
    bad_day: httpx.Response | Exception,
) -> None:
    """Profiles cannot be updated: events are delivered, and poison is rejected."""
    world = FakeDeliveryDependencies(respond_by_path(engage=bad_day))
    delivery = deliver_bodies(world, track(), identify(), POISON)
    assert (
        [fate for fate, _ in outcomes_of(delivery)],
        kept_records(delivery),
        len(world.rejected_sqs.messages),
    ) == (
        ["delivered", "kept", "rejected"],
        ["record-2"],
        1,
    )


def test_misconfigured_destination_keeps_every_record() -> None:
    """Even the unreadable ones: nothing is decided before somebody has mended it."""
    world = FakeDeliveryDependencies()
    world.configuration_error = ConfigurationError("token", "expected text, got nothing")
    delivery = deliver_bodies(world, track(), "not JSON", [])
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        world.requests,
        world.rejected_sqs.calls,
    ) == (
        [("kept", Code.WRONG_SETTINGS)] * 3,
        ["record-1", "record-2", "record-3"],
        [],
        [],
    )


def test_kept_event_of_a_shared_record_goes_back_alone() -> None:
    """With when it was first sent and what is left to do; all else of its record is settled."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(429)), people=True)
    delivery = deliver_bodies(world, [track(properties=BILL), POISON, track()], track())
    (message,) = world.events_sqs.messages
    assert (outcomes_of(delivery), kept_records(delivery), world.rejected_sqs.calls) == (
        [
            ("kept", Code.THROTTLED),
            ("rejected", Code.MISSING_TYPE),
            ("delivered", ""),
            ("delivered", ""),
        ],
        [],
        [1],
    )
    told = {name: attribute_text(message, name) for name in message["MessageAttributes"]}
    assert (set(told), told["firstSentAt"], told["operations"][:14]) == (
        {"firstSentAt", "operations"},
        "2027-01-01T00:00:00+00:00",
        "engage $append",
    )


def test_kept_events_of_many_records_go_back_together() -> None:
    """Ten to a call: a batch of thousands has to end in time, or all of it would come again."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    deliver_bodies(
        world, *[[track(messageId=f"t-{n}"), identify(messageId=f"i-{n}")] for n in range(40)]
    )
    assert world.events_sqs.calls == [10, 10, 10, 10]


def test_second_rejection_remembers_what_was_left_to_do() -> None:
    """Although it was not even mapped that time: only what was refused is done again."""
    world = FakeDeliveryDependencies()
    world.configuration_error = ConfigurationError("token", "expected one")
    told = {"operations": {"stringValue": "engage $append 12345678"}}
    record = {**sqs_record(track(properties=BILL)), "messageAttributes": told}
    delivery = deliver([record], world, invocation(later=9 * 86_400 + 60))
    (message,) = world.rejected_sqs.messages
    assert (outcomes_of(delivery), attribute_text(message, "operations")) == (
        [("rejected", Code.EXPIRED)],
        "engage $append 12345678",
    )


def test_record_of_which_everything_is_kept_stays_as_it_is() -> None:
    """A thousand events in one record cost one receive, also in an outage."""
    world = FakeDeliveryDependencies(lambda _request: httpx.Response(503))
    delivery = deliver_bodies(world, [named("a"), named("b")])
    assert (kept_records(delivery), world.events_sqs.calls) == (["record-1"], [])


def test_record_whose_kept_event_cannot_go_back_stays_as_a_whole() -> None:
    """Its mates that are not delivered wait with it, and are told of once only."""
    world = FakeDeliveryDependencies(
        respond_by_path(engage=httpx.Response(503)),
        events_sqs=MemorySqsClient(no_connection(), no_connection()),
    )
    delivery = deliver_bodies(world, [identify(), POISON, track()])
    assert (outcomes_of(delivery), kept_records(delivery), world.rejected_sqs.calls) == (
        [("kept", Code.MIXPANEL_UNAVAILABLE), RECORD_KEPT, ("delivered", "")],
        ["record-1"],
        [],
    )


def test_only_what_is_left_of_an_event_is_done() -> None:
    """A record that names its operations wants no other."""
    world = FakeDeliveryDependencies(people=True)
    bill = track(properties=BILL)
    charge, _ = transform(bill, destination(people=True), now=datetime(2027, 1, 1, tzinfo=UTC))
    told = {"operations": {"stringValue": charge.name}}
    record = {**sqs_record(bill), "messageAttributes": told}
    delivery = deliver([record], world, invocation())
    assert (outcomes_of(delivery), [one.url.path for one in world.requests]) == (
        [("delivered", "")],
        ["/engage"],
    )


GROUPS = {
    "type": "group",
    "messageId": "m",
    "userId": "u",
    "traits": {"a": "1", "b": "2", "c": "3"},
}


def keyed(*names: str) -> dict[str, Any]:
    """Settings with these group keys."""
    return {"groupKeySettings": [{"groupKey": name} for name in names]}


def test_operation_is_not_mistaken_for_another_after_the_settings_were_mended() -> None:
    """Its name says what it says, not where it stood; in doubt everything is done again."""
    refusal = httpx.Response(200, json={"error": "no", "status": 0})

    def answer(request: httpx.Request) -> httpx.Response:
        keys = {one.get("$group_key") for one in records_in(request)}
        return refusal if "c" in keys and request.url.path == "/groups" else accept_all(request)

    world, later = (
        FakeDeliveryDependencies(answer, **keyed("b", "c")),
        FakeDeliveryDependencies(**keyed("a", "b", "c")),
    )
    deliver_bodies(world, GROUPS)
    (message,) = world.rejected_sqs.messages
    told = {"operations": {"stringValue": attribute_text(message, "operations")}}
    deliver([{**sqs_record(GROUPS), "messageAttributes": told}], later, invocation())
    assert "c" in {one["$group_key"] for request in later.sent_to("/groups") for one in request}


def test_charges_of_two_users_under_one_message_id_both_count() -> None:
    """Not every sender's messageIds are unique."""
    world = FakeDeliveryDependencies(people=True)
    deliver_bodies(world, *(track(userId=one, anonymousId=None, properties=BILL) for one in "ab"))
    assert counters(world) == ["a", "b"]


@pytest.mark.parametrize("location", ["http://xn--/", "javascript:1", "mailto:x@y"])
def test_redirect_to_nowhere_is_no_crash(location: str) -> None:
    """Whatever a proxy says, the batch is settled."""
    world = FakeDeliveryDependencies(
        lambda _request: httpx.Response(302, headers={"Location": location})
    )
    assert [fate for fate, _ in outcomes_of(deliver_bodies(world, track()))] == ["kept"]


@pytest.mark.parametrize("body", [[], {"batch": []}, {"Records": []}])
def test_envelope_without_an_event_is_accounted_for(body: Any) -> None:
    """Nothing leaves the queue without a word."""
    world = FakeDeliveryDependencies()
    assert outcomes_of(deliver_bodies(world, body)) == [("rejected", Code.UNREADABLE)]


def test_event_that_grew_too_long_to_go_back_keeps_its_record() -> None:
    """Sent back as its whole record it would bring all its mates again, and again."""
    long = identify(context={"traits": {"junk": [1e15] * 60_000}})
    body = json.dumps([long, POISON]).replace("1000000000000000.0", "1e15")
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503)))
    delivery = deliver_bodies(world, body)
    assert (kept_records(delivery), world.events_sqs.messages, world.rejected_sqs.messages) == (
        ["record-1"],
        [],
        [],
    )


def test_operation_that_nobody_knows_any_more_means_all_of_them() -> None:
    """The settings have changed since: the event is not lost for that."""
    world = FakeDeliveryDependencies()
    told = {"operations": {"stringValue": "engage $append"}}
    deliver([{**sqs_record(track()), "messageAttributes": told}], world, invocation())
    assert [one.url.path for one in world.requests] == ["/import"]


@pytest.mark.parametrize(
    ("receives", "asked", "shortest"),
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
def test_kept_record_rests_longer_each_time(
    receives: int, asked: str | None, shortest: int
) -> None:
    """From half a minute to a quarter of an hour, as Mixpanel asks, and a little more."""
    headers = {} if asked is None else {"Retry-After": asked}
    world = FakeDeliveryDependencies(lambda _request: httpx.Response(429, headers=headers))
    record = sqs_record(track(), ApproximateReceiveCount=str(receives))
    deliver([record], world, invocation())
    (seconds,) = world.events_sqs.visibility_timeouts.values()
    assert shortest <= seconds <= shortest * 1.2


NINE_DAYS = 9 * 86_400


@pytest.mark.parametrize(
    ("later", "fate"),
    [
        (NINE_DAYS, ("kept", Code.MIXPANEL_UNAVAILABLE)),
        (NINE_DAYS + 1, ("rejected", Code.EXPIRED)),
    ],
)
def test_event_that_waited_in_vain_is_rejected_before_the_queue_forgets_it(
    later: int, fate: tuple[str, str]
) -> None:
    """With what it was waiting for; one that can be delivered is delivered at any age."""
    world = FakeDeliveryDependencies(respond_by_path(**{"import": httpx.Response(503)}))
    delivery = deliver([sqs_record(track())], world, invocation(later=later))
    reasons = [attribute_text(one, "message") for one in world.rejected_sqs.messages]
    expired = ["MIXPANEL_UNAVAILABLE: HTTP 503"] if fate[0] == "rejected" else []
    assert (outcomes_of(delivery), reasons) == ([fate], expired)


def test_rejection_that_cannot_be_stored_keeps_the_event() -> None:
    """It goes back alone; the counter of its mate has counted, and does not come again."""
    world = FakeDeliveryDependencies(
        rejected_sqs=MemorySqsClient(client_error("AccessDenied")), people=True
    )
    delivery = deliver_bodies(world, [POISON, track(properties=BILL)], named("b"))
    assert (outcomes_of(delivery), kept_records(delivery), len(world.events_sqs.messages)) == (
        [("kept", Code.REJECTION_NOT_STORED), ("delivered", ""), ("delivered", "")],
        [],
        1,
    )


def test_silent_rejected_queue_does_not_stop_the_delivery() -> None:
    """What is not rejected is delivered as ever."""
    delivery = deliver_bodies(
        FakeDeliveryDependencies(rejected_sqs=MemorySqsClient(no_connection())), POISON, track()
    )
    assert (outcomes_of(delivery), kept_records(delivery)) == (
        [("kept", Code.REJECTION_NOT_STORED), ("delivered", "")],
        ["record-1"],
    )


def test_refused_event_does_not_hold_back_its_counter() -> None:
    """Each operation has a fate of its own, and the rejected queue is told which were refused."""
    world = FakeDeliveryDependencies(refusing("b"), people=True)
    deliver_bodies(world, named("b", userId="user-b", properties=BILL))
    (message,) = world.rejected_sqs.messages
    operations = attribute_text(message, "operations")
    assert (counters(world), attribute_text(message, "endpoint"), operations[:6]) == (
        ["user-b"],
        "import",
        "import",
    )


def test_counter_in_doubt_is_reported_and_not_repeated() -> None:
    """The answer was lost: the event is rejected, its record is done."""
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.ReadTimeout("")), people=True)
    delivery = deliver_bodies(world, track(properties=BILL), track())
    message = attribute_text(world.rejected_sqs.messages[0], "message")
    assert (outcomes_of(delivery), kept_records(delivery), message) == (
        [("rejected", Code.OUTCOME_UNKNOWN), ("delivered", "")],
        [],
        "not to be repeated after: ReadTimeout",
    )


def test_doubt_is_reported_with_what_mixpanel_said() -> None:
    """For those who look, the words that were no clear verdict."""
    zero = httpx.Response(200, json={"error": "odd words", "status": 0})
    world = FakeDeliveryDependencies(respond_by_path(engage=zero), people=True)
    deliver_bodies(world, [named("a", properties=BILL), named("b", properties=BILL)])
    assert attribute_text(world.rejected_sqs.messages[0], "message") == (
        "not to be repeated after: an answer that does not account for it: odd words"
    )


def test_doubt_that_cannot_be_reported_is_kept_and_reported_later() -> None:
    """Silence would be worse; the ledger sees to it that it is not sent again."""
    world = FakeDeliveryDependencies(
        respond_by_path(engage=httpx.ReadTimeout("")), MemorySqsClient(no_connection()), people=True
    )
    first = deliver_bodies(world, track(properties=BILL))
    world.answer = accept_all
    second = deliver_bodies(world, track(properties=BILL))
    assert (outcomes_of(first), kept_records(first), outcomes_of(second), len(counters(world))) == (
        [("kept", Code.REJECTION_NOT_STORED)],
        ["record-1"],
        [("rejected", Code.OUTCOME_UNKNOWN)],
        1,
    )


def test_event_that_is_refused_and_kept_is_kept() -> None:
    """Its profile may still be updated; only then is it known what of it was refused."""
    no = httpx.Response(400, json={"error": "no", "num_records_imported": 0})
    world = FakeDeliveryDependencies(respond_by_path(engage=httpx.Response(503), **{"import": no}))
    delivery = deliver_bodies(world, identify())
    assert (outcomes_of(delivery), kept_records(delivery), world.rejected_sqs.messages) == (
        [("kept", Code.MIXPANEL_UNAVAILABLE)],
        ["record-1"],
        [],
    )


def test_charges_that_are_no_number_are_left_out() -> None:
    """The event is delivered all the same."""
    delivery = deliver_bodies(
        FakeDeliveryDependencies(people=True), track(properties={"revenue": "a lot"})
    )
    assert [(one.outcome_name, one.left_out) for one in delivery.events] == [
        ("delivered", ["charge"])
    ]


LONG = "x" * 60_000


def test_limit_that_an_answer_taught_outlives_the_invocation() -> None:
    """A container that was told 413 once does not ask for it again."""
    world = FakeDeliveryDependencies(
        lambda one: httpx.Response(413) if len(records_in(one)) > 2 else accept_all(one)
    )
    for _ in range(2):
        deliver_bodies(world, *(named(f"m-{n}", properties={"text": LONG}) for n in range(4)))
    assert [len(told) for told in world.sent_to("/import")] == [4, 2, 2, 2, 2]


def test_our_own_failure_costs_one_event() -> None:
    """Rejected with the exception's type and place, and not a word of its text."""
    world = FakeDeliveryDependencies()
    (one,) = open_record(sqs_record(track(userId="ann@example.com")), "default")
    plan_event(one, None)  # type: ignore[arg-type]  # as if a bug of ours had put it there
    reject_events([one], world.rejected_queue, plenty_of_time)
    (message,) = world.rejected_sqs.messages
    told = re.fullmatch(r"AttributeError at \w+\.py:\d+", attribute_text(message, "message"))
    assert (attribute_text(message, "code"), bool(told)) == ("INTERNAL_ERROR", True)


def test_settings_found_wrong_by_the_mapping_keep_the_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The mapping may say that the destination is at fault: then the event is not."""

    def wrong(*_: Any, **__: Any) -> None:
        raise ConfigurationError("groupKeySettings", "expected a group key")

    monkeypatch.setattr("rudder_mixpanel.delivery.deliver.map_message", wrong)
    world = FakeDeliveryDependencies()
    delivery = deliver_bodies(world, track())
    assert (outcomes_of(delivery), kept_records(delivery), world.rejected_sqs.calls) == (
        [("kept", Code.WRONG_SETTINGS)],
        ["record-1"],
        [],
    )


def test_record_of_countless_events_is_one_unreadable_event() -> None:
    """A mebibyte of `0,0,0,…` would be half a million rejections, and never end."""
    world = FakeDeliveryDependencies()
    body = json.dumps([0] * (EVENTS_OF_A_RECORD + 1))
    delivery = deliver_bodies(world, body, track())
    assert (outcomes_of(delivery), world.rejected_sqs.bodies == [body]) == (
        [("rejected", Code.UNREADABLE), ("delivered", "")],
        True,
    )


def test_record_of_many_events_is_read() -> None:
    """As many as are allowed, each with a fate of its own."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), [POISON] * EVENTS_OF_A_RECORD)
    assert Account.of(delivery.events).rejected == EVENTS_OF_A_RECORD


def test_invocation_without_time_keeps_everything() -> None:
    """It answers in time, rather than being killed with all it did undone."""
    world = FakeDeliveryDependencies()
    delivery = deliver_bodies(world, track(), POISON, time_left=lambda: 9000)
    assert (
        outcomes_of(delivery),
        kept_records(delivery),
        world.requests,
        world.rejected_sqs.calls,
    ) == (
        [("kept", Code.NO_TIME_LEFT), ("kept", Code.NO_TIME_LEFT)],
        ["record-1", "record-2"],
        [],
        [],
    )


def sent_first(told: str | None) -> datetime:
    """When a record was first sent that tells so in an attribute."""
    attributes = {} if told is None else {"firstSentAt": {"stringValue": told}}
    return Record.of({**sqs_record({}), "messageAttributes": attributes}).first_sent


@pytest.mark.parametrize(
    ("told", "taken"),
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
def test_replayed_event_keeps_the_time_when_it_was_first_sent(told: str | None, taken: str) -> None:
    """Nonsense is ignored, and nothing is first sent after it was sent."""
    assert sent_first(told).isoformat() == taken


@given(st.text() | st.datetimes().map(datetime.isoformat))
def test_whatever_is_told_about_the_first_time_is_a_time(told: str) -> None:
    """One record's attribute cannot stop the batch."""
    now = datetime.fromtimestamp(SENT_AT / 1000, UTC)
    assert datetime(1970, 1, 1, tzinfo=UTC) <= sent_first(told) <= now


def test_first_sent_time_travels_through_the_rejected_queue() -> None:
    """What is rejected, replayed and rejected again still tells when it was first sent."""
    told = {"firstSentAt": {"stringValue": "2026-12-24T18:00:00.123+00:00"}}
    world = FakeDeliveryDependencies()
    deliver([{**sqs_record(POISON), "messageAttributes": told}], world, invocation())
    assert (
        attribute_text(world.rejected_sqs.messages[0], "firstSentAt")
        == "2026-12-24T18:00:00.123000+00:00"
    )
