"""What becomes of a record whose events are not all finished."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from rudder_mixpanel.aws.sqs import BODY_BYTES
from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.record import SqsRecord
from rudder_mixpanel.delivery.remainder import Part, read_parts, write_parts
from rudder_mixpanel.envelopes import encode_json
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping import transform
from tests.build import destination, identify, sqs_id, sqs_record, track
from tests.fakes.delivery import (
    FakeDeliveryDependencies,
    deliver_bodies,
    invocation,
    kept_records,
    outcomes_of,
)
from tests.fakes.ingestion import accept_all, records_in, respond_by_path
from tests.fakes.sqs.client import MemorySqsClient, attribute_text, client_error, no_connection

OUTAGE = httpx.Response(503)
FILTERED = track(integrations={"All": False})
BAD_EVENT = {"messageId": "m-bad", "userId": "u"}
REPLACEMENT = write_parts([Part(identify()), Part(BAD_EVENT)])


def received_again(fakes: FakeDeliveryDependencies, receives: int = 1) -> list[SqsRecord]:
    """The messages that the function sent to the events queue, as records."""
    records: list[SqsRecord] = [
        {
            **sqs_record(message["MessageBody"], f"again-{number}"),
            "attributes": {
                **sqs_record("")["attributes"],
                "ApproximateReceiveCount": str(receives),
            },
            "messageAttributes": {
                name: {"stringValue": attribute["StringValue"]}
                for name, attribute in message["MessageAttributes"].items()
            },
        }
        for number, message in enumerate(fakes.events_sqs.messages)
    ]
    fakes.events_sqs.messages.clear()
    return records


def answer_outage(_request: httpx.Request) -> httpx.Response:
    """Mixpanel, which is unavailable."""
    return httpx.Response(503)


def merge_in_outage(request: httpx.Request) -> httpx.Response:
    """Mixpanel, which takes everything but the events that merge users."""
    records = records_in(request)
    return answer_outage(request) if records[0].get("event") == "$merge" else accept_all(request)


# Seconds after which the leases of an invocation that got no answer have ended.
AFTER_LEASES = 200


def test_only_what_was_not_delivered_is_sent_again() -> None:
    """An update that was delivered must not overwrite a later one, also of an event alone."""
    fakes = FakeDeliveryDependencies(merge_in_outage, identityMergeApi="original")
    deliver_bodies(fakes, identify(traits={"name": "old"}))
    fakes.requests.clear()
    fakes.answer = accept_all
    delivery = deliver(received_again(fakes), fakes, invocation())
    assert (outcomes_of(delivery), [request.url.path for request in fakes.requests]) == (
        [("delivered", "")],
        ["/import"],
    )


def test_back_off_continues_in_the_message_that_replaces_a_record() -> None:
    """It doubles with each attempt, whichever message holds the event."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=OUTAGE))
    record = sqs_record([FILTERED, identify()], ApproximateReceiveCount="3")
    deliver([record], fakes, invocation(later=1000))
    (message,) = fakes.events_sqs.messages
    deliver(received_again(fakes, receives=2), fakes, invocation(later=1000 + AFTER_LEASES))
    (visibility_timeout,) = fakes.events_sqs.visibility_timeouts.values()
    assert 120 <= message["DelaySeconds"] <= 144
    assert 480 <= visibility_timeout <= 576


@pytest.mark.parametrize("attempts", ["x", "-1", "", "9" * 20])
def test_an_invalid_number_of_attempts_does_not_stop_the_batch(attempts: str) -> None:
    """Any sender can set the attribute."""
    fakes = FakeDeliveryDependencies(answer_outage)
    record = {
        **sqs_record(track()),
        "messageAttributes": {"attempts": {"stringValue": attempts}},
    }
    assert kept_records(deliver([record], fakes, invocation())) == ["record-1"]


@pytest.mark.parametrize("failure", [no_connection(), client_error("AccessDenied"), {REPLACEMENT}])
def test_a_record_that_cannot_be_replaced_stays_as_it_is(failure: Any) -> None:
    """It is not deleted, and its rejected event is not stored until it is finished."""
    fakes = FakeDeliveryDependencies(
        respond_by_path(engage=OUTAGE),
        events_sqs=MemorySqsClient(failure),
        identityMergeApi="simplified",
    )
    delivery = deliver_bodies(fakes, [identify(), BAD_EVENT, track()])
    assert (
        kept_records(delivery),
        fakes.events_sqs.deleted,
        fakes.rejected_sqs.calls,
    ) == (["record-1"], [], [])


def test_a_rejected_event_is_stored_once_its_siblings_are_finished() -> None:
    """Until then it is kept with them, in the same message."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=OUTAGE))
    first = deliver_bodies(fakes, [identify(), BAD_EVENT, track()])
    fakes.answer = accept_all
    second = deliver(received_again(fakes), fakes, invocation(later=AFTER_LEASES))
    assert (outcomes_of(first)[1], outcomes_of(second), fakes.rejected_sqs.bodies) == (
        ("kept", Code.RECORD_KEPT),
        [("delivered", ""), ("rejected", Code.MISSING_TYPE)],
        [encode_json(BAD_EVENT)],
    )


def test_an_event_that_would_be_too_deep_within_the_message_keeps_its_record() -> None:
    """What could not be read again is not sent."""
    deep: Any = 0
    for _ in range(1022):
        deep = [deep]
    event = track(properties=None, junk=deep)
    fakes = FakeDeliveryDependencies(answer_outage)
    delivery = deliver_bodies(fakes, encode_json([event, FILTERED]))
    assert (kept_records(delivery), fakes.events_sqs.calls) == (["record-1"], [])


def test_kept_records_go_back_with_a_delay_when_many_are_in_flight() -> None:
    """At SQS's limit nobody would receive anything, so they must not stay in flight."""
    fakes = FakeDeliveryDependencies(answer_outage, events_sqs=MemorySqsClient(in_flight=80_001))
    (operation,) = transform(track(), destination(), now=datetime(2026, 12, 31, 18, tzinfo=UTC))
    record = {
        **sqs_record(track(), ApproximateReceiveCount="2"),
        "messageAttributes": {
            "operations": {"stringValue": operation.name},
            "asNotApplied": {"stringValue": "1700000000"},
            "firstSentAt": {"stringValue": "2026-12-31T18:00:00+00:00"},
            "firstRecordId": {"stringValue": sqs_id(7)},
        },
    }
    delivery = deliver([record], fakes, invocation())
    (message,) = fakes.events_sqs.messages
    attributes = {name: attribute_text(message, name) for name in message["MessageAttributes"]}
    assert (kept_records(delivery), fakes.events_sqs.deleted, message["MessageBody"]) == (
        [],
        ["handle-of-record-1"],
        json.dumps(track()),
    )
    assert (attributes, 60 <= message["DelaySeconds"] <= 72) == (
        {
            "firstSentAt": "2026-12-31T18:00:00+00:00",
            "firstRecordId": sqs_id(7),
            "operations": operation.name,
            "asNotApplied": "1700000000",
            "attempts": "2",
        },
        True,
    )


def test_kept_records_stay_while_few_are_in_flight() -> None:
    """A visibility timeout costs less than a message."""
    fakes = FakeDeliveryDependencies(answer_outage, events_sqs=MemorySqsClient(in_flight=80_000))
    delivery = deliver_bodies(fakes, track())
    assert (kept_records(delivery), fakes.events_sqs.calls) == (["record-1"], [])


def test_a_record_that_was_not_opened_goes_back_as_it_is() -> None:
    """Also when it is itself what was left of a record."""
    fakes = FakeDeliveryDependencies(events_sqs=MemorySqsClient(in_flight=100_000))
    body = write_parts([Part(track(), frozenset({"event 1"}))])
    deliver_bodies(fakes, body, time_left=lambda: 20_000)
    assert fakes.events_sqs.bodies == [body]


def test_remaining_operations_survive_a_second_failure() -> None:
    """An event whose settings cannot be read keeps what its record says."""
    fakes = FakeDeliveryDependencies(events_sqs=MemorySqsClient(in_flight=100_000))
    parts = [Part(track(), frozenset({"event 1"})), Part(identify())]
    record = {
        **sqs_record(write_parts(parts)),
        "messageAttributes": {"remainder": {"stringValue": "yes"}},
    }
    deliver([record], fakes, invocation(lambda: 20_000))
    (again,) = received_again(fakes)
    assert (read_parts(again["body"], is_remainder=True), list(again["messageAttributes"])) == (
        parts,
        ["firstSentAt", "firstRecordId", "attempts", "remainder"],
    )


def test_an_event_for_another_destination_does_not_keep_its_record_whole() -> None:
    """What was delivered of the record would come again, with each attempt of an outage."""
    other = {"message": track(), "destination": {"ID": "other"}}
    fakes = FakeDeliveryDependencies(respond_by_path(**{"import": OUTAGE}))
    deliver_bodies(fakes, [other, identify(anonymousId=None), track()])
    assert len(fakes.events_sqs.messages) == 1


def test_record_that_would_exceed_the_limit_of_the_queue_stays() -> None:
    """Its attributes count as well."""
    fakes = FakeDeliveryDependencies(answer_outage, events_sqs=MemorySqsClient(in_flight=90_000))
    padding = BODY_BYTES - len(json.dumps(track(properties={"p": ""})))
    delivery = deliver_bodies(fakes, track(properties={"p": "x" * padding}))
    assert (kept_records(delivery), fakes.events_sqs.calls) == (["record-1"], [])
