"""Requests of SDKs are read, or rejected with the responses of RudderStack's gateway."""

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


def rejection(call: str, body: bytes, encoding: str = "") -> tuple[int, str] | None:
    """Status and text of the error; None when the request is valid."""
    try:
        read_request(call, body, encoding)
    except GatewayError as error:
        return int(error.response.status), error.response.words
    return None


# Body of a batch, and the expected status and text
REJECTED: dict[str, tuple[bytes, tuple[int, str]]] = {
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
    "an event without an id": (
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


@pytest.mark.parametrize("name", REJECTED)
def test_invalid_batch_is_rejected_as_by_the_gateway(name: str) -> None:
    """One invalid event is enough to reject all."""
    body, response = REJECTED[name]
    assert rejection("batch", body) == response


@pytest.mark.parametrize("name", set(REJECTED) - {"no body", "gzip without a header"})
def test_compressed_batch_is_rejected_alike(name: str) -> None:
    """The limits and checks apply to the decompressed body."""
    body, response = REJECTED[name]
    assert rejection("batch", zipped(body), "gzip") == response


@pytest.mark.parametrize(
    ("body", "response"),
    [
        (b"\x1f\x8b not gzip", (500, "failed to read body from request")),
        (zipped(batch(event()))[:-9], (500, "failed to read body from request")),
        (batch(event()), (500, "failed to read body from request")),
        (zipped(b" " * 500_000_000), (413, "request size exceeds max limit")),
    ],
    ids=["broken", "cut off", "not gzip", "bomb"],
)
def test_broken_gzip_is_rejected(body: bytes, response: tuple[int, str]) -> None:
    """A bomb is not decompressed beyond the limit."""
    assert rejection("batch", body, "gzip") == response


@pytest.mark.parametrize(
    ("body", "response"),
    [
        (b"[]", (400, "event is not a valid rudder event")),
        (b"3", (400, "event is not a valid rudder event")),
        (b"{}", (400, "request neither has anonymousId nor userId")),
    ],
)
def test_call_without_an_event_is_rejected(body: bytes, response: tuple[int, str]) -> None:
    """The body of a call of one event is the event."""
    assert [rejection(call, body) for call in sorted(CALLS)] == [response] * len(CALLS)


@pytest.mark.parametrize("call", sorted(CALLS))
def test_path_sets_the_type(call: str) -> None:
    """It overrides the type in the body."""
    body = json.dumps(event(type="purchase")).encode()
    assert read_request(call, body) == [event(type=call)]


@pytest.mark.parametrize("call", ["batch", "import"])
def test_batch_is_read_unchanged(call: str) -> None:
    """In order; the gateway does not check the type."""
    events: list[Any] = [event(), event(type=None, anonymousId="a", userId=None), event(type="x")]
    assert read_request(call, zipped(batch(*events)), "gzip") == events


VALID: dict[str, bytes] = {
    "the longest body": LONGEST % (b"x" * 100) + b" " * (BODY_BYTES - len(LONGEST) - 98),
    "a number as id": b'{"userId":0}',
    "the longest event": json.dumps(of_size(EVENT_BYTES)).encode(),
    "the deepest event": json.dumps(deep(MAX_DEPTH)).encode(),
    "a lone surrogate": b'{"userId":"u","cut":"\\ud83d"}',
}


@pytest.mark.parametrize("name", VALID)
def test_request_at_a_limit_is_valid(name: str) -> None:
    """The limits are inclusive."""
    assert (rejection("track", VALID[name]), len(VALID[name]) <= BODY_BYTES) == (None, True)


def test_errors_end_with_a_line_break() -> None:
    """The response ok does not."""
    ends = {response: response.body.endswith("\n") for response in GatewayResponse}
    expected = {response: response is not GatewayResponse.OK for response in GatewayResponse}
    assert ends == expected
