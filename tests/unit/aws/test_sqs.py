"""The queues accept every event that was received, with its attributes."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.aws.sqs import (
    BODY_BYTES,
    OutgoingMessage,
    VisibilityTimeout,
    batch_entry,
    storable_body,
)
from rudder_mixpanel.aws.sqs import Queue as SqsQueue
from rudder_mixpanel.errors import Code
from tests.fakes.delivery import plenty_of_time
from tests.fakes.sqs.actions import batch_bytes
from tests.fakes.sqs.client import QUEUE_URL, MemorySqsClient, client_error, no_connection
from tests.fakes.sqs.messages import MEBIBYTE

LONGEST_TEXT = "\U0001f600" * 1_000_000
LONGEST_CODE = max(Code, key=len)
ENDPOINTS = "import,track,engage,groups"
LONGEST_TIME = "2027-01-01T00:00:00.123000+00:00"


def rejection(body: str = "{}", **reason: str) -> OutgoingMessage:
    """The message of a rejected event."""
    texts = {"code": Code.TOO_OLD, "message": "expected a younger one", **reason}
    return OutgoingMessage(body, {**texts, "firstSentAt": "2027-01-01T00:00:00+00:00"})


def store(
    queue: MemorySqsClient, *messages: OutgoingMessage, time_left: Any = plenty_of_time
) -> list[bool]:
    """Store messages through the real client of the queue."""
    return SqsQueue(cast("Any", queue), QUEUE_URL).send(messages, time_left)


def attributes(**reason: str) -> dict[str, str]:
    """The texts of a rejection's attributes."""
    texts = rejection(**reason).attributes
    return {name: attribute["StringValue"] for name, attribute in texts.items()}


def test_empty_attributes_are_left_out() -> None:
    """SQS rejects an attribute without a value, and one without legal characters."""
    assert attributes(message="", field="\x00\ufffe\ud800").keys() == {"code", "firstSentAt"}


def test_characters_that_sqs_rejects_are_removed_from_attributes() -> None:
    """Control characters and unpaired surrogates go; tabs, line breaks and emoji stay."""
    text = "a\x00b\x1fc\td\ne\r\x7f\ud83d\ufffe\uffff\U0001f600"
    assert attributes(message=text)["message"] == "abc\td\ne\r\x7f\U0001f600"


def test_attributes_are_truncated() -> None:
    """Mixpanel's message may be as long as a response."""
    assert len(attributes(message="x" * 10_000)["message"]) == 500


def test_longest_event_fits_with_the_longest_reason() -> None:
    """Even with characters of four bytes, it fits into the room that the events queue leaves."""
    texts = dict.fromkeys(("message", "field", "operations"), LONGEST_TEXT)
    fixed = {
        "code": LONGEST_CODE,
        "endpoint": ENDPOINTS,
        "firstSentAt": LONGEST_TIME,
        "firstRecordId": "x" * 100,
    }
    longest = OutgoingMessage("x" * BODY_BYTES, {**texts, **fixed})
    queue = MemorySqsClient()
    assert (store(queue, longest, longest), batch_bytes(queue.messages[:1]) <= MEBIBYTE) == (
        [True, True],
        True,
    )


def test_size_counts_what_sqs_counts() -> None:
    """Names, types and values of attributes, in bytes."""
    message = rejection("\u00e9", message="\U0001f600")
    assert message.size == batch_bytes([batch_entry(0, message)])


def test_event_that_grew_when_encoded_again_is_stored_as_its_record() -> None:
    """`1e15` has four characters; written by Python it has eighteen."""
    original = "[" + ",".join(["1e15"] * 200_000) + "]"
    assert storable_body(json.dumps(json.loads(original)), original) == original


def test_longest_event_is_stored_without_its_record() -> None:
    """The limit is that of the events queue."""
    assert storable_body("x" * BODY_BYTES, "the record") == "x" * BODY_BYTES


def test_characters_that_sqs_rejects_are_escaped_in_the_body() -> None:
    """JSON can escape what SQS rejects, so the event is unchanged."""
    event = {"name": "\uffff\ufffe\x00 \ud83d"}
    body = storable_body(json.dumps(event, ensure_ascii=False), "the record")
    assert (store(MemorySqsClient(), rejection(body)), json.loads(body)) == ([True], event)


@given(st.lists(st.integers(0, BODY_BYTES), max_size=30))
def test_calls_are_within_the_limits_of_sqs(lengths: list[int]) -> None:
    """Each call has at most ten messages and a mebibyte, and every message is stored."""
    queue = MemorySqsClient()
    stored = store(queue, *(rejection("x" * (length + 1)) for length in lengths))
    assert stored == [True] * len(lengths)


@given(st.text(st.characters(), min_size=1), st.text(st.characters()), st.text(st.characters()))
def test_no_text_is_rejected_by_sqs(body: str, message: str, field: str) -> None:
    """SQS accepts any text of an event or of Mixpanel."""
    spelled = storable_body(json.dumps(body, ensure_ascii=False), "the record")
    assert store(MemorySqsClient(), rejection(spelled, message=message, field=field)) == [True]


def test_each_message_has_its_own_result() -> None:
    """The result says for each message whether it was accepted."""
    queue = MemorySqsClient({"2", "11"})
    assert store(queue, *(rejection(str(index)) for index in range(12))) == [
        index != 2 for index in range(12)
    ]


def test_failed_call_does_not_affect_the_next() -> None:
    """An error response affects only its own ten messages."""
    queue = MemorySqsClient(client_error("InternalError"))
    stored = store(queue, *(rejection(str(index)) for index in range(11)))
    assert (stored, queue.calls) == ([False] * 10 + [True], [10, 1])


def test_unresponsive_queue_is_called_twice() -> None:
    """Waiting for more calls without a response would take longer than the invocation."""
    queue = MemorySqsClient(no_connection(), no_connection())
    stored = store(queue, *(rejection(str(index)) for index in range(31)))
    assert (stored, queue.calls) == ([False] * 31, [10, 10])


@pytest.mark.parametrize(("milliseconds", "calls"), [(10_000, [1]), (9_999, [])])
def test_call_that_may_outlast_the_invocation_is_not_made(
    milliseconds: int, calls: list[int]
) -> None:
    """An invocation that is killed would lose all its outcomes."""
    queue = MemorySqsClient()
    store(queue, rejection(), time_left=lambda: milliseconds)
    assert queue.calls == calls


def test_delayed_message_has_a_delay() -> None:
    """In seconds, of which SQS allows at most 900."""
    texts = [
        batch_entry(0, OutgoingMessage("{}", {}, delay)).get("DelaySeconds")
        for delay in (0, 30, 1000)
    ]
    assert texts == [None, 30, 900]


def test_visibility_of_records_is_extended() -> None:
    """In calls of ten."""
    queue = MemorySqsClient()
    timeouts = [VisibilityTimeout(f"handle-{index}", 30 + index) for index in range(25)]
    SqsQueue(cast("Any", queue), QUEUE_URL).extend_visibility(timeouts, plenty_of_time)
    assert queue.visibility_timeouts == {f"handle-{index}": 30 + index for index in range(25)}


def test_visibility_is_not_extended_without_time_for_a_call() -> None:
    """The record is received again after the queue's own timeout."""
    queue = MemorySqsClient()
    SqsQueue(cast("Any", queue), QUEUE_URL).extend_visibility(
        [VisibilityTimeout("handle", 30)], lambda: 9_999
    )
    assert queue.visibility_timeouts == {}


def test_deleted_messages_are_deleted_in_batches() -> None:
    """Ten for each call."""
    queue, handles = MemorySqsClient(), [f"handle-{number}" for number in range(23)]
    SqsQueue(cast("Any", queue), QUEUE_URL).delete(handles, plenty_of_time)
    assert sorted(queue.deleted) == sorted(handles)


def test_nothing_is_deleted_without_time_for_a_call() -> None:
    """Lambda deletes it then."""
    queue = MemorySqsClient()
    SqsQueue(cast("Any", queue), QUEUE_URL).delete(["handle"], lambda: 9_999)
    assert queue.deleted == []


class UnavailableSqsClient(MemorySqsClient):
    """SQS, which does not answer."""

    def get_queue_attributes(self, **_: Any) -> Any:
        """Raise what boto3 raises without a connection."""
        raise no_connection()

    def delete_message_batch(self, **_: Any) -> Any:
        """Raise what boto3 raises for an error response."""
        self.calls.append(1)
        raise client_error("ServiceUnavailable")


def test_an_error_while_deleting_is_ignored() -> None:
    """Lambda deletes the messages, too."""
    queue = UnavailableSqsClient()
    SqsQueue(cast("Any", queue), QUEUE_URL).delete(["handle"], plenty_of_time)
    assert queue.calls == [1]


@pytest.mark.parametrize(
    ("queue", "time_left", "crowded"),
    [
        (MemorySqsClient(in_flight=80_000), 60_000, False),
        (MemorySqsClient(in_flight=80_001), 60_000, True),
        (MemorySqsClient(in_flight=80_001), 9_999, False),
        (UnavailableSqsClient(in_flight=80_001), 60_000, False),
    ],
    ids=["few", "many", "no time", "no answer"],
)
def test_queue_is_crowded_before_it_reaches_the_limit(
    queue: MemorySqsClient,
    time_left: int,
    crowded: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """If it cannot be asked, it is not."""
    assert SqsQueue(cast("Any", queue), QUEUE_URL).is_crowded(lambda: time_left) is crowded
