"""The event source follows the rules of Lambda for a batch."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.clock import Clock
from tests.fakes.event_source import MAX_PAYLOAD, BatchFailed, EventSource, Function
from tests.fakes.sqs.queue import Queue, Settings

type Json = dict[str, Any]


def queue(**settings: Any) -> Queue:
    """An empty queue with a visibility timeout of 30 seconds."""
    return Queue("events", Clock(datetime(2027, 1, 1, tzinfo=UTC)), Settings(**settings))


def source_for(
    function: Function, *bodies: str, batch_size: int = 10, **settings: Any
) -> EventSource:
    """An event source that reads these messages."""
    events = queue(**settings)
    for body in bodies:
        events.send(body)
    return EventSource(events, function, batch_size=batch_size)


def bodies_left(source: EventSource) -> list[str]:
    """The bodies of the messages that are still in the queue."""
    return [message.body for message in source.queue.messages()]


def failing(*bodies: str) -> Function:
    """A function that reports the records with these bodies."""
    return lambda event: {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if record["body"] in bodies
        ]
    }


def collect(into: list[Any]) -> Function:
    """A function that appends its event to a list, and reports no failure."""
    return into.append


def test_records_that_are_not_reported_are_deleted() -> None:
    """The reported records stay on the queue."""
    source = source_for(failing("b", "c"), *"abcd")
    source.poll()
    assert bodies_left(source) == ["b", "c"]


def test_reported_record_is_visible_after_its_visibility_timeout() -> None:
    """Lambda does not make it visible any earlier."""
    source = source_for(failing("b"), *"ab")
    source.poll()
    early = source.poll()
    source.queue.clock.advance(30)
    again = source.poll()
    assert (early, again and len(again.records)) == (None, 1)


def test_visibility_timeout_set_by_the_function_holds() -> None:
    """A function that reports a record may also change when it is visible again."""

    def hide_and_report(event: Json) -> Any:
        for record in event["Records"]:
            events.change_visibility(record["receiptHandle"], 600)
        return failing("a")(event)

    source = source_for(hide_and_report, "a")
    events = source.queue
    source.poll()
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
    """An empty or null response or list means success."""
    source = source_for(lambda _: response, *"ab")
    source.poll()
    assert bodies_left(source) == []


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
        "not a list",
        "text for a list",
    ],
)
def test_identifier_that_names_no_record_fails_the_batch(failures: Any) -> None:
    """Every record stays, also the ones that were not reported."""

    def respond(event: Json) -> Any:
        text = json.dumps({"batchItemFailures": failures})
        return json.loads(text.replace(RECORD, event["Records"][0]["messageId"]))

    source = source_for(respond, *"ab")
    batch = source.poll()
    assert (bodies_left(source), type(batch and batch.failure)) == (["a", "b"], BatchFailed)


@pytest.mark.parametrize(
    "response",
    ["done", 1, ["a"], True, {1, 2}, object()],
    ids=["text", "number", "list", "true", "set", "object"],
)
def test_malformed_response_fails_the_batch(response: Any) -> None:
    """So does a response that is not JSON."""
    source = source_for(lambda _: response, *"ab")
    batch = source.poll()
    assert (bodies_left(source), type(batch and batch.failure)) == (["a", "b"], BatchFailed)


def test_response_over_6_mb_fails_the_batch() -> None:
    """Even if its list is empty."""
    source = source_for(lambda _: {"batchItemFailures": [], "log": "x" * MAX_PAYLOAD}, *"ab")
    batch = source.poll()
    assert (bodies_left(source), type(batch and batch.failure)) == (["a", "b"], BatchFailed)


def test_exception_fails_the_batch() -> None:
    """Whatever the function did with some of the records."""
    source = source_for(lambda event: event["no such key"], *"ab")
    batch = source.poll()
    assert (bodies_left(source), type(batch and batch.failure)) == (["a", "b"], KeyError)


def test_failed_batch_becomes_dead_letters() -> None:
    """After the queue's maximum number of receives."""
    dead = queue()
    source = source_for(lambda event: event["no such key"], "a", dead_letters=dead, max_receives=2)
    for _ in range(3):
        source.poll()
        source.queue.clock.advance(30)
    assert (len(source.batches), [message.body for message in dead.messages()]) == (2, ["a"])


# --- batches -------------------------------------------------------------------------------------


def test_batch_is_not_larger_than_the_batch_size() -> None:
    """The rest comes with the next batch."""
    source = source_for(lambda _: None, *"abcde", batch_size=2)
    batches = [source.poll() for _ in range(4)]
    assert [batch and len(batch.records) for batch in batches] == [2, 2, 1, None]


def test_event_is_not_larger_than_6_mb() -> None:
    """A record that does not fit comes with the next event, and is received once only."""
    events: list[Any] = []
    source = source_for(collect(events), *["x" * 1_000_000] * 7)
    while source.poll():
        pass
    sizes = [len(json.dumps(event, separators=(",", ":"))) for event in events]
    counts = [record["attributes"]["ApproximateReceiveCount"] for record in records_of(events)]
    assert (max(sizes) <= MAX_PAYLOAD, counts) == (True, ["1"] * 7)
    assert [len(event["Records"]) for event in events] == [6, 1]


def records_of(events: list[Any]) -> list[Any]:
    """The records of all invocations."""
    return [record for event in events for record in event["Records"]]


def test_record_has_the_form_that_lambda_gives_it() -> None:
    """Names begin with a lower-case letter, and message attributes have their lists."""
    events: list[Any] = []
    source = source_for(collect(events))
    attributes = {"code": {"DataType": "String", "StringValue": "x"}}
    message = source.queue.send("hello", attributes)
    source.queue.clock.advance(1)
    source.poll()
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


def test_deleted_record_can_be_delivered_again() -> None:
    """With the same id and a higher receive count."""
    events: list[Any] = []
    source = source_for(collect(events), "a")
    (name,) = (source.poll() or pytest.fail("nothing to poll")).deleted
    source.queue.redeliver(name)
    source.poll()
    receives = [
        (r["messageId"], r["attributes"]["ApproximateReceiveCount"]) for r in records_of(events)
    ]
    assert (receives, bodies_left(source)) == ([(name, "1"), (name, "2")], [])


def test_records_can_be_out_of_order() -> None:
    """As from a standard queue."""
    events: list[Any] = []
    source = source_for(collect(events), *"abcdefghij", shuffled=True, seed=3)
    source.poll()
    bodies = [record["body"] for record in records_of(events)]
    assert (bodies != sorted(bodies), sorted(bodies)) == (True, list("abcdefghij"))


def test_nothing_is_polled_with_too_many_messages_in_flight() -> None:
    """The function is invoked again when some are deleted."""
    source = source_for(failing("a"), *"ab", batch_size=1, max_in_flight=1)
    source.poll()
    assert source.poll() is None
