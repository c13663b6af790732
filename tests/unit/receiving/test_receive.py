"""Every event that is answered with ok is on the queue, once and in order."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.aws.sqs import BODY_BYTES, OutgoingMessage
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.envelopes import EVENTS_OF_A_RECORD, NOT_FOR_SQS, read_events
from rudder_mixpanel.receiving.pack import RECORD_BYTES, pack_records
from rudder_mixpanel.receiving.receive import ATTEMPTS, receive
from rudder_mixpanel.receiving.requests import EVENT_BYTES, read_request
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse
from tests.unit.receiving.requests import arrival, batch, event, of_size


class RejectingQueue:
    """A queue that rejects, of each call in turn, the records at the given indexes."""

    def __init__(self, *rejections: Sequence[int]) -> None:
        self.rejections = list(rejections)
        self.bodies: list[str] = []

    def send(self, messages: list[OutgoingMessage], _: TimeLeft) -> list[bool]:
        """Accept the other records."""
        rejected = self.rejections.pop(0) if self.rejections else ()
        accepted = [index not in rejected for index in range(len(messages))]
        self.bodies += [
            message.body for message, is_sent in zip(messages, accepted, strict=True) if is_sent
        ]
        return accepted

    @property
    def events(self) -> list[Any]:
        """The events in the records."""
        return [event for body in self.bodies for event in read_events(body)]


def respond(body: bytes, queue: RejectingQueue) -> GatewayResponse:
    """The response to a batch."""
    try:
        receive(read_request("batch", body), arrival(), queue, lambda: 30_000)
    except GatewayError as error:
        return error.response
    return GatewayResponse.OK


def numbered(count: int, size: int) -> list[dict[str, Any]]:
    """Events of this size, each with its number as id."""
    return [{**of_size(size), "messageId": f"m-{number}"} for number in range(count)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.fixed_dictionaries(
    {"properties": st.dictionaries(st.text(), JSON, max_size=3)},
    optional={"userId": st.text(max_size=3), "anonymousId": st.text(max_size=3), "type": JSON},
)


@given(st.lists(EVENTS | JSON, max_size=6))
def test_accepted_events_are_on_the_queue_and_no_others(elements: list[Any]) -> None:
    """After ok each event is there once and in order; of a rejected request there is none."""
    queue = RejectingQueue()
    numbered_items = [
        {**item, "messageId": f"m-{n}"} if isinstance(item, dict) else item
        for n, item in enumerate(elements)
    ]
    accepted = respond(batch(*numbered_items), queue) is GatewayResponse.OK
    expected = [item["messageId"] for item in numbered_items] if accepted else []
    assert [event["messageId"] for event in queue.events] == expected


@given(
    st.lists(st.integers(200, EVENT_BYTES), min_size=1, max_size=12),
    st.lists(st.sets(st.integers(0, 5)), max_size=4),
)
def test_rejected_records_are_sent_again(sizes: list[int], rejections: list[set[int]]) -> None:
    """Accepted records are not; the response is ok only when the queue has all."""
    queue = RejectingQueue(*map(tuple, rejections))
    events = [{**of_size(size), "messageId": f"m-{n}"} for n, size in enumerate(sizes)]
    response = respond(batch(*events), queue)
    ids = [event["messageId"] for event in queue.events]
    is_complete = set(ids) == {event["messageId"] for event in events}
    assert (len(ids) == len(set(ids)), response is GatewayResponse.OK) == (True, is_complete)


def test_sdk_has_to_retry_when_the_queue_keeps_rejecting() -> None:
    """After some attempts the response is 503, after which every SDK retries."""
    queue = RejectingQueue(*[[0]] * ATTEMPTS)
    response = respond(batch(event()), queue)
    assert (response, queue.bodies) == (GatewayResponse.UNAVAILABLE, [])


def test_events_arrive_as_they_were_sent() -> None:
    """The fields of an event stay unchanged, to the last odd character."""
    odd = event(properties={"odd": "\ufffe\x00\U0001f9a9 \ud7ff", "n": 1.5, "none": None})
    queue = RejectingQueue()
    respond(batch(odd), queue)
    [received] = queue.events
    kept = {name: received[name] for name in odd}
    assert (kept, NOT_FOR_SQS.search(queue.bodies[0])) == (odd, None)


def test_events_share_records() -> None:
    """A thousand events of a kilobyte take 16 records, each billed as one request."""
    bodies = list(pack_records(numbered(1000, 1024)))
    longest = max(len(body) for body in bodies)
    assert (len(bodies), 63_000 < longest <= RECORD_BYTES) == (16, True)


def test_single_event_has_no_envelope() -> None:
    """As in the records of other senders."""
    assert list(map(json.loads, pack_records([event()]))) == [event()]


def test_longest_event_fits_the_queue() -> None:
    """Even when every character has to be escaped for SQS."""
    worst = {"userId": "u", "pad": "\ufffe" * (EVENT_BYTES // 3)}
    [body] = pack_records([worst])
    assert (len(body) <= BODY_BYTES, json.loads(body)) == (True, worst)


def test_record_has_no_more_events_than_delivery_reads() -> None:
    """Even the shortest events fill a record before that."""
    queue = RejectingQueue()
    respond(batch(*[{"userId": "u"}] * 20_000), queue)
    counts = [len(read_events(body)) for body in queue.bodies]
    assert (sum(counts), max(counts) <= EVENTS_OF_A_RECORD) == (20_000, True)
