"""What a request of an SDK holds, and with which words it is refused."""

import json
from typing import Any

import pytest

from rudder_mixpanel.receiving.requests import (
    BODY_BYTES,
    CALLS,
    EVENT_BYTES,
    MAX_DEPTH,
    MAX_EVENTS,
    read_request,
)
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse
from tests.unit.receiving.requests import batch, deep, event, of_size, zipped

LONGEST = b'{"userId":"u","pad":"%s"}'


def refused(call: str, body: bytes, encoding: str = "") -> tuple[int, str] | None:
    """Status and words of the answer; None where the request is taken."""
    try:
        read_request(call, body, encoding)
    except GatewayError as refusal:
        return int(refusal.response.status), refusal.response.words
    return None


# Body of a batch -> status and words
REFUSED: dict[str, tuple[bytes, tuple[int, str]]] = {
    "no body": (b"", (400, "request body is nil")),
    "no JSON": (b"{", (400, "invalid json")),
    "text after the JSON": (batch(event()) + b"}", (400, "invalid json")),
    "not a number": (b'{"batch":[{"userId":"u","n":NaN}]}', (400, "invalid json")),
    "another alphabet": (batch(event()).decode().encode("utf-16"), (400, "invalid json")),
    "Latin-1": ('{"batch":[{"userId":"Zoë"}]}'.encode("latin-1"), (400, "invalid json")),
    "gzip without a header": (zipped(batch(event())), (400, "invalid json")),
    "an event is text": (batch(event(), "x"), (400, "event is not a valid rudder event")),
    "an event is null": (batch(event(), None), (400, "event is not a valid rudder event")),
    "an event is a list": (batch([event()]), (400, "event is not a valid rudder event")),
    "nobody's": (
        batch(event(), event(userId=None)),
        (400, "request neither has anonymousId nor userId"),
    ),
    "blank ids": (
        batch(event(userId=" ", anonymousId="")),
        (400, "request neither has anonymousId nor userId"),
    ),
    "ids of null": (
        b'{"batch":[{"userId":null}]}',
        (400, "request neither has anonymousId nor userId"),
    ),
    "no events": (batch(), (400, "empty batch payload")),
    "no batch": (b"{}", (400, "empty batch payload")),
    "an array": (b"[]", (400, "empty batch payload")),
    "a batch that is text": (b'{"batch":"x"}', (400, "empty batch payload")),
    "an event too long": (
        batch(event(), of_size(EVENT_BYTES + 1)),
        (400, "request size exceeds max limit"),
    ),
    "an event too deep": (batch(deep(MAX_DEPTH + 1)), (400, "invalid json")),
    "far too deep": (b'{"batch":' + b"[" * 100_000 + b"]" * 100_000 + b"}", (400, "invalid json")),
    "too deep and too long": (
        b'{"batch":[{"userId":"u","a":' + b"[" * 300 + b"1" * 40_000 + b"]" * 300 + b"}]}",
        (400, "invalid json"),
    ),
    "an id too deep": (
        b'{"batch":[{"userId":' + b"[" * 1000 + b"]" * 1000 + b"}]}",
        (400, "invalid json"),
    ),
    "too many events": (
        batch(*[{"userId": "u"}] * (MAX_EVENTS + 1)),
        (413, "request size exceeds max limit"),
    ),
    "five megabytes": (b"x" * 5_000_000, (413, "request size exceeds max limit")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_batch_is_refused_in_the_gateways_words(name: str) -> None:
    """One bad element is enough for all."""
    body, answer = REFUSED[name]
    assert refused("batch", body) == answer


@pytest.mark.parametrize("name", set(REFUSED) - {"no body", "gzip without a header"})
def test_gzip_changes_no_refusal(name: str) -> None:
    """What counts is what was packed."""
    body, answer = REFUSED[name]
    assert refused("batch", zipped(body), "gzip") == answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"\x1f\x8b not gzip", (500, "failed to read body from request")),
        (zipped(batch(event()))[:-9], (500, "failed to read body from request")),
        (batch(event()), (500, "failed to read body from request")),
        (zipped(b" " * 500_000_000), (413, "request size exceeds max limit")),
    ],
    ids=["broken", "cut off", "not gzip", "bomb"],
)
def test_broken_gzip_is_refused(body: bytes, answer: tuple[int, str]) -> None:
    """Never more than is allowed is unpacked."""
    assert refused("batch", body, "gzip") == answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"[]", (400, "event is not a valid rudder event")),
        (b"3", (400, "event is not a valid rudder event")),
        (b"{}", (400, "request neither has anonymousId nor userId")),
    ],
)
def test_call_without_an_event_is_refused(body: bytes, answer: tuple[int, str]) -> None:
    """A call of one event is that event."""
    assert [refused(call, body) for call in sorted(CALLS)] == [answer] * len(CALLS)


@pytest.mark.parametrize("call", sorted(CALLS))
def test_path_says_the_type(call: str) -> None:
    """Whatever the event calls itself."""
    body = json.dumps(event(type="purchase")).encode()
    assert read_request(call, body) == [event(type=call)]


@pytest.mark.parametrize("call", ["batch", "import"])
def test_batch_is_taken_as_it_is(call: str) -> None:
    """In order; a type is nothing that the gateway asks for."""
    events: list[Any] = [event(), event(type=None, anonymousId="a", userId=None), event(type="x")]
    assert read_request(call, zipped(batch(*events)), "gzip") == events


TAKEN: dict[str, bytes] = {
    "the longest body": LONGEST % (b"x" * 100) + b" " * (BODY_BYTES - len(LONGEST) - 98),
    "a number as id": b'{"userId":0}',
    "the longest event": json.dumps(of_size(EVENT_BYTES)).encode(),
    "the deepest event": json.dumps(deep(MAX_DEPTH)).encode(),
    "half a character": b'{"userId":"u","cut":"\\ud83d"}',
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_just_allowed_is_taken(name: str) -> None:
    """A limit is what is still allowed."""
    assert (refused("track", TAKEN[name]), len(TAKEN[name]) <= BODY_BYTES) == (None, True)


def test_errors_end_with_a_line_break() -> None:
    """And ok does not."""
    ends = {answer: answer.body.endswith("\n") for answer in GatewayResponse}
    assert ends == {answer: answer is not GatewayResponse.OK for answer in GatewayResponse}
