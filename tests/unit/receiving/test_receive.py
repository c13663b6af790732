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


class Memory:
    """A queue that refuses what it is told to refuse: of each call, the records at these places."""

    def __init__(self, *refusals: Sequence[int]) -> None:
        self.refusals = list(refusals)
        self.bodies: list[str] = []

    def send(self, messages: list[OutgoingMessage], _: TimeLeft) -> list[bool]:
        """Take what is not to be refused."""
        refused = self.refusals.pop(0) if self.refusals else ()
        taken = [place not in refused for place in range(len(messages))]
        self.bodies += [one.body for one, is_taken in zip(messages, taken, strict=True) if is_taken]
        return taken

    @property
    def events(self) -> list[Any]:
        """The events in the records, by the name of each."""
        return [found for body in self.bodies for found in read_events(body)]


def answer(body: bytes, queue: Memory) -> GatewayResponse:
    """What the SDK is told of a batch."""
    try:
        receive(read_request("batch", body), arrival(), queue, lambda: 30_000)
    except GatewayError as refused:
        return refused.answer
    return GatewayResponse.OK


def numbered(count: int, size: int) -> list[dict[str, Any]]:
    """As many events of this size, each with its number."""
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
def test_accepted_is_on_the_queue_and_nothing_else_is(elements: list[Any]) -> None:
    """Ok is said of all events, once each and in order; of a refused request none is taken."""
    queue = Memory()
    marked = [
        {**one, "messageId": f"m-{n}"} if isinstance(one, dict) else one
        for n, one in enumerate(elements)
    ]
    told = answer(batch(*marked), queue)
    names = [one["messageId"] for one in queue.events]
    assert names == ([one["messageId"] for one in marked] if told is GatewayResponse.OK else [])


@given(
    st.lists(st.integers(200, EVENT_BYTES), min_size=1, max_size=12),
    st.lists(st.sets(st.integers(0, 5)), max_size=4),
)
def test_queue_that_refuses_is_asked_again(sizes: list[int], refusals: list[set[int]]) -> None:
    """What it took is not sent again; ok is said when it has all, and not before."""
    queue = Memory(*map(tuple, refusals))
    events = [{**of_size(size), "messageId": f"m-{n}"} for n, size in enumerate(sizes)]
    told = answer(batch(*events), queue)
    names = [one["messageId"] for one in queue.events]
    wanted = {one["messageId"] for one in events}
    assert (len(names) == len(set(names)), told is GatewayResponse.OK) == (
        True,
        set(names) == wanted,
    )


def test_queue_that_keeps_refusing_is_for_the_sdk_to_wait_for() -> None:
    """After some attempts it is answered 503, which every SDK sends again."""
    queue = Memory(*[[0]] * ATTEMPTS)
    told = answer(batch(event()), queue)
    assert (told, queue.bodies) == (GatewayResponse.UNAVAILABLE, [])


def test_events_arrive_as_they_were_sent() -> None:
    """What a sender said of an event stays, to the last odd character."""
    odd = event(properties={"odd": "\ufffe\x00\U0001f9a9 \ud7ff", "n": 1.5, "none": None})
    queue = Memory()
    answer(batch(odd), queue)
    [found] = queue.events
    assert ({name: found[name] for name in odd}, NOT_FOR_SQS.search(queue.bodies[0])) == (odd, None)


def test_events_share_records() -> None:
    """A thousand events of a kilobyte take 16 records, each within what SQS bills as one."""
    bodies = list(pack_records(numbered(1000, 1024)))
    longest = max(len(body) for body in bodies)
    assert (len(bodies), 63_000 < longest <= RECORD_BYTES) == (16, True)


def test_event_alone_is_a_record_without_an_envelope() -> None:
    """As other ways to the queue have it."""
    assert list(map(json.loads, pack_records([event()]))) == [event()]


def test_longest_event_fits_the_queue() -> None:
    """Even where every character is one that SQS wants escaped."""
    worst = {"userId": "u", "pad": "\ufffe" * (EVENT_BYTES // 3)}
    [body] = pack_records([worst])
    assert (len(body) <= BODY_BYTES, json.loads(body)) == (True, worst)


def test_record_holds_no_more_events_than_are_read() -> None:
    """The shortest events are enough to fill a record."""
    queue = Memory()
    answer(batch(*[{"userId": "u"}] * 20_000), queue)
    counts = [len(read_events(body)) for body in queue.bodies]
    assert (sum(counts), max(counts) <= EVENTS_OF_A_RECORD) == (20_000, True)
