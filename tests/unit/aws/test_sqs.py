"""The queues take every event that came in, each with what there is to say about it."""

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
    """A rejected event on its way."""
    told = {"code": Code.TOO_OLD, "message": "expected a younger one", **reason}
    return OutgoingMessage(body, {**told, "firstSentAt": "2027-01-01T00:00:00+00:00"})


def store(
    queue: MemorySqsClient, *messages: OutgoingMessage, time_left: Any = plenty_of_time
) -> list[bool]:
    """Store messages through the real client of the queue."""
    return SqsQueue(cast("Any", queue), QUEUE_URL).send(messages, time_left)


def attributes(**reason: str) -> dict[str, str]:
    """The texts of a rejection's attributes."""
    told = rejection(**reason).attributes
    return {name: one["StringValue"] for name, one in told.items()}


def test_empty_attributes_are_left_out() -> None:
    """SQS refuses an attribute without a value, also one of which nothing legal is left."""
    assert attributes(message="", field="\x00\ufffe\ud800").keys() == {"code", "firstSentAt"}


def test_what_sqs_refuses_is_taken_out_of_attributes() -> None:
    """Control characters and half characters go; tabs, line breaks and emoji stay."""
    text = "a\x00b\x1fc\td\ne\r\x7f\ud83d\ufffe\uffff\U0001f600"
    assert attributes(message=text)["message"] == "abc\td\ne\r\x7f\U0001f600"


def test_attributes_are_cut() -> None:
    """Mixpanel's words may be as long as an answer."""
    assert len(attributes(message="x" * 10_000)["message"]) == 500


def test_longest_event_fits_with_the_longest_reason() -> None:
    """Every character of four bytes: still within what the events queue leaves free."""
    told = dict.fromkeys(("message", "field", "operations"), LONGEST_TEXT)
    fixed = {"code": LONGEST_CODE, "endpoint": ENDPOINTS, "firstSentAt": LONGEST_TIME}
    longest = OutgoingMessage("x" * BODY_BYTES, {**told, **fixed})
    queue = MemorySqsClient()
    assert (store(queue, longest, longest), batch_bytes(queue.messages[:1]) <= MEBIBYTE) == (
        [True, True],
        True,
    )


def test_size_counts_what_sqs_counts() -> None:
    """Names, types and values of attributes, in bytes."""
    one = rejection("\u00e9", message="\U0001f600")
    assert one.size == batch_bytes([batch_entry(0, one)])


def test_event_that_grew_when_it_was_spelled_anew_is_stored_as_it_came() -> None:
    """`1e15` is a number of four characters; written by Python it has eighteen."""
    came = "[" + ",".join(["1e15"] * 200_000) + "]"
    assert storable_body(json.dumps(json.loads(came)), came) == came


def test_longest_event_is_stored_without_its_record() -> None:
    """The limit is that of the events queue."""
    assert storable_body("x" * BODY_BYTES, "the record") == "x" * BODY_BYTES


def test_characters_that_sqs_refuses_are_escaped_in_the_body() -> None:
    """JSON can spell what SQS cannot carry, so the event survives as it is."""
    event = {"name": "\uffff\ufffe\x00 \ud83d"}
    body = storable_body(json.dumps(event, ensure_ascii=False), "the record")
    assert (store(MemorySqsClient(), rejection(body)), json.loads(body)) == ([True], event)


@given(st.lists(st.integers(0, BODY_BYTES), max_size=30))
def test_calls_are_within_what_sqs_takes(lengths: list[int]) -> None:
    """At most ten messages and a mebibyte a call, and every message is stored."""
    queue = MemorySqsClient()
    stored = store(queue, *(rejection("x" * (length + 1)) for length in lengths))
    assert stored == [True] * len(lengths)


@given(st.text(st.characters(), min_size=1), st.text(st.characters()), st.text(st.characters()))
def test_no_text_is_refused_by_sqs(body: str, message: str, field: str) -> None:
    """Whatever an event or Mixpanel says, the queue takes it."""
    spelled = storable_body(json.dumps(body, ensure_ascii=False), "the record")
    assert store(MemorySqsClient(), rejection(spelled, message=message, field=field)) == [True]


def test_each_message_is_accounted_for_alone() -> None:
    """What the queue did not take is told by its place."""
    queue = MemorySqsClient({"2", "11"})
    assert store(queue, *(rejection(str(index)) for index in range(12))) == [
        index != 2 for index in range(12)
    ]


def test_failed_call_leaves_the_next_one_alone() -> None:
    """An answer that is an error concerns one call of ten."""
    queue = MemorySqsClient(client_error("InternalError"))
    stored = store(queue, *(rejection(str(index)) for index in range(11)))
    assert (stored, queue.calls) == ([False] * 10 + [True], [10, 1])


def test_silent_queue_is_asked_twice() -> None:
    """Once may be chance; waiting for it again and again would outlast the invocation."""
    queue = MemorySqsClient(no_connection(), no_connection())
    stored = store(queue, *(rejection(str(index)) for index in range(31)))
    assert (stored, queue.calls) == ([False] * 31, [10, 10])


@pytest.mark.parametrize(("milliseconds", "calls"), [(10_000, [1]), (9_999, [])])
def test_call_that_may_outlast_the_invocation_is_not_made(
    milliseconds: int, calls: list[int]
) -> None:
    """An invocation that is killed settles nothing at all."""
    queue = MemorySqsClient()
    store(queue, rejection(), time_left=lambda: milliseconds)
    assert queue.calls == calls


def test_delayed_message_says_so() -> None:
    """In seconds, of which SQS takes 900 at most."""
    told = [
        batch_entry(0, OutgoingMessage("{}", {}, delay)).get("DelaySeconds")
        for delay in (0, 30, 1000)
    ]
    assert told == [None, 30, 900]


def test_records_are_told_when_to_come_again() -> None:
    """Ten a call, and as many calls as it takes."""
    queue = MemorySqsClient()
    rests = [VisibilityTimeout(f"handle-{index}", 30 + index) for index in range(25)]
    SqsQueue(cast("Any", queue), QUEUE_URL).extend_visibility(rests, plenty_of_time)
    assert queue.visibility_timeouts == {f"handle-{index}": 30 + index for index in range(25)}


def test_no_time_is_spent_on_rest_that_there_is_not() -> None:
    """Untold, a record comes again after the queue's own time."""
    queue = MemorySqsClient()
    SqsQueue(cast("Any", queue), QUEUE_URL).extend_visibility(
        [VisibilityTimeout("handle", 30)], lambda: 9_999
    )
    assert queue.visibility_timeouts == {}
