"""Events get what RudderStack's gateway adds."""

from typing import Any

import pytest

from events.recorder.enrich import rudder_id as recorded_rudder_id
from rudder_mixpanel.receiving.enrich import enrich_event, rudder_id
from tests.unit.receiving.requests import arrival, event

NOW = "2027-01-01T00:00:00.000Z"
TIMES = ("receivedAt", "originalTimestamp", "sentAt", "timestamp")


def added(**fields: Any) -> dict[str, Any]:
    """The fields that enriching adds to an event or changes."""
    before = event(**fields)
    after = enriched(before)
    return {name: value for name, value in after.items() if before.get(name) != value}


def enriched(before: dict[str, Any], ip: str = "203.0.113.7") -> dict[str, Any]:
    """The event with all fields."""
    return enrich_event(before, arrival(ip)).event


def test_event_gets_missing_fields() -> None:
    """Address, ids and all four times."""
    assert added(messageId=None) == {
        "messageId": "made-up",
        "rudderId": rudder_id(event()),
        "request_ip": "203.0.113.7",
        "receivedAt": NOW,
        "originalTimestamp": NOW,
        "sentAt": NOW,
        "timestamp": NOW,
    }


def test_event_keeps_its_fields() -> None:
    """Only the format of times changes, and the id is stripped."""
    fields = {
        "messageId": " m-2 ",
        "request_ip": "198.51.100.1",
        "receivedAt": "2026-12-31T23:00:00Z",
        "originalTimestamp": "2026-12-31T22:00:00+01:00",
        "sentAt": "2026-12-31T22:30:00.5Z",
        "timestamp": "2026-12-31T21:00:00.0009Z",
    }
    assert added(**fields) == {
        "messageId": "m-2",
        "rudderId": rudder_id(event()),
        "receivedAt": "2026-12-31T23:00:00.000Z",
        "originalTimestamp": "2026-12-31T21:00:00.000Z",
        "sentAt": "2026-12-31T22:30:00.500Z",
        "timestamp": "2026-12-31T21:00:00.000Z",
    }


@pytest.mark.parametrize("name", ["", "  ", 7, None, ["m"]])
def test_message_without_an_id_gets_one(name: Any) -> None:
    """A blank id counts as missing, and so does any value other than text."""
    assert enriched({**event(), "messageId": name})["messageId"] == "made-up"


@pytest.mark.parametrize(
    ("times", "timestamp"),
    [
        # The sender's clock is an hour behind: created 10 s before it was sent.
        (
            {"originalTimestamp": "2026-12-31T22:59:50Z", "sentAt": "2026-12-31T23:00:00Z"},
            "2026-12-31T23:59:50.000Z",
        ),
        # The Node SDK sets sentAt on the batch only: the event is not corrected.
        ({"originalTimestamp": "2026-12-31T22:59:50Z"}, "2026-12-31T22:59:50.000Z"),
        # A timestamp that the event has is not corrected.
        (
            {"timestamp": "2026-12-31T20:00:00Z", "sentAt": "2026-12-31T23:00:00Z"},
            "2026-12-31T20:00:00.000Z",
        ),
        ({"timestamp": "yesterday", "originalTimestamp": "x", "sentAt": {}}, NOW),
        # A correction beyond the calendar is ignored.
        (
            {"originalTimestamp": "9999-12-31T23:59:59Z", "sentAt": "0002-01-01T00:00:00Z"},
            "9999-12-31T23:59:59.000Z",
        ),
    ],
    ids=["corrected", "as Node sends it", "kept", "unreadable", "beyond the calendar"],
)
def test_time_is_corrected_by_when_it_was_sent(times: dict[str, Any], timestamp: str) -> None:
    """The time between creating and sending counts; the sender's clock does not."""
    assert enriched(event(**times))["timestamp"] == timestamp


@pytest.mark.parametrize(
    ("times", "replaced"),
    [
        ({}, 0),
        (dict.fromkeys(TIMES, None), 0),
        (dict.fromkeys(TIMES, "2026-12-31T22:59:50Z"), 0),
        (dict.fromkeys(TIMES, 1_798_757_990_000), 4),
        ({"timestamp": "yesterday", "originalTimestamp": "", "sentAt": {}, "receivedAt": True}, 4),
        ({"timestamp": "2026-12-31T22:59:50Z", "sentAt": 1_798_757_990}, 1),
    ],
    ids=["missing", "null", "readable", "numbers", "not times", "one of two"],
)
def test_time_that_cannot_be_read_is_counted(times: dict[str, Any], replaced: int) -> None:
    """It is replaced as if it were missing; what is missing or null is not counted."""
    assert enrich_event({**event(), **times}, arrival()).times_replaced == replaced


def test_unreadable_times_are_those_of_the_arrival() -> None:
    """RudderStack's server reads text alone: a number is not a time."""
    assert added(**dict.fromkeys(TIMES, 1_798_757_990_000)) == {
        "rudderId": rudder_id(event()),
        "request_ip": "203.0.113.7",
        **dict.fromkeys(TIMES, NOW),
    }


def test_webhook_has_no_address_of_its_own() -> None:
    """RudderStack sends it, and not the user."""
    assert "request_ip" not in enrich_event(event(), arrival(ip=None)).event


@pytest.mark.parametrize(
    "ids", [{}, {"anonymousId": "a-1"}, {"userId": 42}, {"userId": " u "}, {"userId": "Zoë"}]
)
def test_rudder_id_is_that_of_the_recorded_samples(ids: dict[str, Any]) -> None:
    """The recorder computes the same id."""
    assert rudder_id(event(**ids)) == str(recorded_rudder_id(event(**ids)))


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ({"userId": None}, "853ae90f-0351-424b-973e-a615e6487517"),
        ({}, "f90bbca6-795a-4b83-ad75-f7a7d203baa7"),
        ({"anonymousId": "a-1"}, "35c14f7e-2773-4912-a802-0e6219fd8e56"),
        ({"userId": None, "anonymousId": "a-1"}, "979a94f9-45f1-47d2-84ab-359ee349ca20"),
        ({"userId": 42}, "ef70b397-e869-46fd-8871-4e2f9edd3f8c"),
        ({"userId": " u "}, "61763869-6114-4ab2-bdac-9ba13af24508"),
        ({"userId": "Zoë"}, "51c80cb8-7901-4d75-85bd-6e94140d5d1c"),
    ],
)
def test_rudder_id_stays_the_same(ids: dict[str, Any], expected: str) -> None:
    """Events on their way keep their id: these values are those of every version."""
    assert rudder_id(event(**ids)) == expected


def test_enriching_twice_changes_nothing() -> None:
    """An event may pass two gateways."""
    once = enriched(event(messageId=None, originalTimestamp="2026-12-31T22:00:00Z"))
    assert enriched(once, "198.51.100.9") == once
