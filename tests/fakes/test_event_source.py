"""The event source settles a batch as Lambda does, rule by rule."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.clock import Clock
from tests.fakes.event_source import MAX_PAYLOAD, BatchFailed, EventSource, Function
from tests.fakes.sqs.queue import Queue, Settings

type Json = dict[str, Any]


def queue(**settings: Any) -> Queue:
    """An empty queue that hides messages for 30 seconds."""
    return Queue("events", Clock(datetime(2027, 1, 1, tzinfo=UTC)), Settings(**settings))


def source(function: Function, *bodies: str, batch_size: int = 10, **settings: Any) -> EventSource:
    """A queue with messages in it, and the function that is fed from it."""
    events = queue(**settings)
    for body in bodies:
        events.send(body)
    return EventSource(events, function, batch_size=batch_size)


def left(one: EventSource) -> list[str]:
    """The bodies that are still in the queue."""
    return [message.body for message in one.queue.messages()]


def failing(*bodies: str) -> Function:
    """A function that reports the records with these bodies."""
    return lambda event: {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if record["body"] in bodies
        ]
    }


def seen(into: list[Any]) -> Function:
    """A function that remembers what it was given, and reports no failure."""
    return into.append


def test_exactly_what_is_not_reported_is_deleted() -> None:
    """The reported records stay; the others go."""
    feeding = source(failing("b", "c"), *"abcd")
    feeding.poll()
    assert left(feeding) == ["b", "c"]


def test_reported_record_comes_again_after_its_visibility_timeout() -> None:
    """Lambda does not give it back any earlier."""
    feeding = source(failing("b"), *"ab")
    feeding.poll()
    early = feeding.poll()
    feeding.queue.clock.advance(30)
    again = feeding.poll()
    assert (early, again and len(again.records)) == (None, 1)


def test_visibility_that_the_function_chose_is_left_alone() -> None:
    """Whoever reports a record may also say when it comes again."""

    def hide_and_report(event: Json) -> Any:
        for record in event["Records"]:
            events.change_visibility(record["receiptHandle"], 600)
        return failing("a")(event)

    feeding = source(hide_and_report, "a")
    events = feeding.queue
    feeding.poll()
    assert events.next_visible_at() == events.clock.milliseconds + 600_000


@pytest.mark.parametrize(
    "response",
    [
        None,
        {},
        {"batchItemFailures": []},
        {"batchItemFailures": None},
        {"anything": "else"},
    ],
    ids=["null", "empty", "empty list", "null list", "no list"],
)
def test_response_without_failures_deletes_the_batch(response: Any) -> None:
    """An empty or null response, or list, means that all went well."""
    feeding = source(lambda _: response, *"ab")
    feeding.poll()
    assert left(feeding) == []


RECORD = "the first record"


@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": "unknown"}],
        [{"itemIdentifier": RECORD}, {"itemIdentifier": "unknown"}],
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"itemIdentifier": 7}],
        [{"itemidentifier": RECORD}],
        [{}],
        [RECORD],
        {"itemIdentifier": RECORD},
        RECORD,
    ],
    ids=[
        "unknown",
        "one known, one unknown",
        "empty",
        "null",
        "number",
        "bad key",
        "no key",
        "text",
        "no list",
        "text for a list",
    ],
)
def test_identifier_that_names_no_record_fails_the_batch(failures: Any) -> None:
    """Every record stays, also those that were not reported."""

    def respond(event: Json) -> Any:
        text = json.dumps({"batchItemFailures": failures})
        return json.loads(text.replace(RECORD, event["Records"][0]["messageId"]))

    feeding = source(respond, *"ab")
    told = feeding.poll()
    assert (left(feeding), type(told and told.failure)) == (["a", "b"], BatchFailed)


@pytest.mark.parametrize(
    "response",
    ["done", 1, ["a"], True, {1, 2}, object()],
    ids=["text", "number", "list", "true", "set", "object"],
)
def test_malformed_response_fails_the_batch(response: Any) -> None:
    """So does what is no JSON."""
    feeding = source(lambda _: response, *"ab")
    told = feeding.poll()
    assert (left(feeding), type(told and told.failure)) == (["a", "b"], BatchFailed)


def test_response_over_6_mb_fails_the_batch() -> None:
    """Even if it is empty for the rest."""
    feeding = source(lambda _: {"batchItemFailures": [], "log": "x" * MAX_PAYLOAD}, *"ab")
    told = feeding.poll()
    assert (left(feeding), type(told and told.failure)) == (["a", "b"], BatchFailed)


def test_exception_fails_the_batch() -> None:
    """Whatever was done for some of the records."""
    feeding = source(lambda event: event["no such key"], *"ab")
    told = feeding.poll()
    assert (left(feeding), type(told and told.failure)) == (["a", "b"], KeyError)


def test_failed_batch_ends_in_the_dead_letters() -> None:
    """After as many receives as the queue allows."""
    dead = queue()
    feeding = source(lambda event: event["no such key"], "a", dead_letters=dead, max_receives=2)
    for _ in range(3):
        feeding.poll()
        feeding.queue.clock.advance(30)
    assert (len(feeding.batches), [one.body for one in dead.messages()]) == (2, ["a"])


# --- batches -------------------------------------------------------------------------------------


def test_batch_is_no_larger_than_its_size() -> None:
    """The rest comes with the next one."""
    feeding = source(lambda _: None, *"abcde", batch_size=2)
    rounds = [feeding.poll() for _ in range(4)]
    assert [one and len(one.records) for one in rounds] == [2, 2, 1, None]


def test_event_is_no_larger_than_6_mb() -> None:
    """What does not fit comes with the next one, and was received once only."""
    events: list[Any] = []
    feeding = source(seen(events), *["x" * 1_000_000] * 7)
    while feeding.poll():
        pass
    sizes = [len(json.dumps(event, separators=(",", ":"))) for event in events]
    counts = [record["attributes"]["ApproximateReceiveCount"] for record in records_of(events)]
    assert (max(sizes) <= MAX_PAYLOAD, counts) == (True, ["1"] * 7)
    assert [len(event["Records"]) for event in events] == [6, 1]


def records_of(events: list[Any]) -> list[Any]:
    """The records of all invocations."""
    return [record for event in events for record in event["Records"]]


def test_record_looks_as_lambda_shows_it() -> None:
    """Names begin small, and message attributes have their lists."""
    events: list[Any] = []
    feeding = source(seen(events))
    attributes = {"code": {"DataType": "String", "StringValue": "x"}}
    message = feeding.queue.send("hello", attributes)
    feeding.queue.clock.advance(1)
    feeding.poll()
    assert records_of(events) == [
        {
            "messageId": message.id,
            "receiptHandle": f"events/{message.id}/1",
            "body": "hello",
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1798761600000",
                "SenderId": "AIDATESTING",
                "ApproximateFirstReceiveTimestamp": "1798761601000",
            },
            "messageAttributes": {
                "code": {
                    "dataType": "String",
                    "stringValue": "x",
                    "stringListValues": [],
                    "binaryListValues": [],
                }
            },
            "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:events",
            "awsRegion": "us-east-1",
        }
    ]


def test_settled_record_can_be_delivered_again() -> None:
    """Under its name, with one receive more."""
    events: list[Any] = []
    feeding = source(seen(events), "a")
    (name,) = (feeding.poll() or pytest.fail("nothing to poll")).deleted
    feeding.queue.redeliver(name)
    feeding.poll()
    told = [
        (r["messageId"], r["attributes"]["ApproximateReceiveCount"]) for r in records_of(events)
    ]
    assert (told, left(feeding)) == ([(name, "1"), (name, "2")], [])


def test_records_can_come_in_another_order() -> None:
    """As from any standard queue."""
    events: list[Any] = []
    feeding = source(seen(events), *"abcdefghij", shuffled=True, seed=3)
    feeding.poll()
    bodies = [record["body"] for record in records_of(events)]
    assert (bodies != sorted(bodies), sorted(bodies)) == (True, list("abcdefghij"))


def test_too_many_in_flight_is_nothing_to_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function is not invoked until some are settled."""
    monkeypatch.setattr("tests.fakes.sqs.queue.MAX_IN_FLIGHT", 1)
    feeding = source(failing("a"), *"ab", batch_size=1)
    feeding.poll()
    assert feeding.poll() is None
