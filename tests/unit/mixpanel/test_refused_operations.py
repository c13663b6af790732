"""A list of records rejects them at once; a complaint without one is kept for a while."""

from typing import Any

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept, Rejected
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, Split, interpret_response
from tests.fakes.ingestion import failed_record
from tests.unit.mixpanel.exchanges import (
    COUNTER,
    COUNTERS,
    FAILED_VALIDATION,
    MERGES,
    NO_IDENTITY,
    SINGLE_EVENT,
    THREE,
    UPDATE,
    UPDATES,
    import_response,
    response_of,
)

OVER_QUOTA = "Project is over its quota"


def rejected_with(message: str, field: str = "") -> Rejected:
    """The outcome of a rejection with this message."""
    return Rejected(Code.REFUSED_BY_MIXPANEL, "", field, quote=message)


def refused_with(message: str, *, certain: bool = False) -> Kept:
    """The outcome of a complaint that lists no record."""
    return Kept(
        Code.REFUSED_FOR_NOW,
        "refused without a list of records",
        not_applied=certain,
        quote=message,
    )


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (response_of(400, {"code": 400, "error": OVER_QUOTA, "status": "Bad Request"}), OVER_QUOTA),
        (response_of(400, {"error": OVER_QUOTA, "status": 0}), OVER_QUOTA),
        (import_response(400, 0, error=OVER_QUOTA), OVER_QUOTA),
        (import_response(400, 0, [], error=OVER_QUOTA), OVER_QUOTA),
        (import_response(400, 0, [{"index": 7, "message": "no"}], error="some"), "no"),
        (import_response(400, 1, [failed_record(0, "a", "no")]), "no"),
        (import_response(200, 1, error="odd"), "odd"),
        (import_response(200, 0, error=FAILED_VALIDATION), FAILED_VALIDATION),
        (import_response(400, 0, error={"odd": 1}), "{'odd': 1}"),
    ],
)
def test_single_event_without_a_record_in_the_list_is_refused_for_now(
    response: MixpanelResponse, message: str
) -> None:
    """Even if it is alone in its request, the message can be about the project."""
    assert interpret_response(SINGLE_EVENT, response) == [refused_with(message)]


@pytest.mark.parametrize("request_", [SINGLE_EVENT, THREE], ids=["one", "three"])
@pytest.mark.parametrize("counted", [{"num_records_imported": 0}, {}], ids=["counted", "not"])
def test_list_of_every_event_rejects_them_at_once(request_: Any, counted: Any) -> None:
    """Whatever their number: a list of records is about the records."""
    names = [operation.payload["event"] for operation in request_.operations]
    failed = [failed_record(index, name, "too early") for index, name in enumerate(names)]
    body = {"code": 400, "error": FAILED_VALIDATION, "failed_records": failed, **counted}
    verdict = interpret_response(request_, response_of(400, body))
    assert verdict == [rejected_with("too early", "properties")] * len(names)


@pytest.mark.parametrize("request_", [SINGLE_EVENT, THREE], ids=["one", "three"])
def test_events_without_strict_mode_are_rejected_when_none_is_valid(request_: Any) -> None:
    """Then /import lists nothing, but says that it has read the events."""
    body = {"code": 200, "error": FAILED_VALIDATION, "num_records_imported": 0, "status": 0}
    count = len(request_.operations)
    verdict = interpret_response(request_, response_of(200, body))
    assert verdict == [rejected_with(FAILED_VALIDATION)] * count


def test_sentence_in_the_list_rejects_a_single_event() -> None:
    """The only event in the request is the one that the list is about."""
    verdict = interpret_response(SINGLE_EVENT, import_response(400, 0, [NO_IDENTITY]))
    assert verdict == [rejected_with(NO_IDENTITY)]


def test_missing_message_and_field_are_empty() -> None:
    """A failed record without message and field still rejects."""
    record = {"index": 0, "message": None, "field": None}
    assert interpret_response(SINGLE_EVENT, import_response(400, 0, [record])) == [
        rejected_with("")
    ]


def test_sentence_about_identity_events_rejects_all_of_them() -> None:
    """A project with simplified merge rejects all of them, so halving is useless."""
    verdict = interpret_response(MERGES, import_response(400, 0, [NO_IDENTITY]))
    assert verdict == [rejected_with(NO_IDENTITY)] * 2


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            response_of(200, {"error": "$token, missing or empty", "status": 0}),
            "$token, missing or empty",
        ),
        (response_of(200, {"error": None, "status": 0}), "status 0"),
        (response_of(200, 0), "status 0"),
    ],
)
@pytest.mark.parametrize("request_", [UPDATE, COUNTER], ids=["update", "counter"])
def test_single_update_of_status_0_is_refused_for_now(
    request_: Any, response: MixpanelResponse, message: str
) -> None:
    """It was certainly not applied, perhaps because of the project."""
    assert interpret_response(request_, response) == [refused_with(message, certain=True)]


@pytest.mark.parametrize("request_", [UPDATE, UPDATES, COUNTER], ids=["one", "two", "counter"])
def test_list_of_every_update_rejects_them_at_once(request_: Any) -> None:
    """Status 0 with a list of records is about the records."""
    count = len(request_.operations)
    failed = [{"index": index, "field": "$set", "message": "no"} for index in range(count)]
    body = {"error": "no", "status": 0, "failed_records": failed}
    verdict = interpret_response(request_, response_of(200, body))
    assert verdict == [rejected_with("no", "$set")] * count


@pytest.mark.parametrize(
    ("request_", "status", "status_value"), [(COUNTERS, 200, 0), (COUNTER, 400, "error")]
)
def test_listed_counter_that_may_have_been_applied_is_unexplained(
    request_: Any, status: int, status_value: Any
) -> None:
    """Only status 0 for a single counter is certain."""
    failed = [{"index": index, "message": "no"} for index in range(len(request_.operations))]
    body = {"error": "no", "status": status_value, "failed_records": failed}
    verdict = interpret_response(request_, response_of(status, body))
    assert verdict == [
        Kept(Code.UNEXPECTED_ANSWER, "the response does not account for it", quote="no")
    ] * len(failed)


def test_complaint_about_several_events_is_part_of_the_split() -> None:
    """The sender needs it when it does not repeat the request."""
    body = {"code": 400, "error": OVER_QUOTA, "status": "Bad Request"}
    assert interpret_response(THREE, response_of(400, body)) == Split(refused_with(OVER_QUOTA))
