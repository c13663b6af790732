"""The function that receives events, through its handler."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.envelopes import read_events
from rudder_mixpanel.receiving.keys import KEYS_HOLD
from rudder_mixpanel.receiving.metrics import ReceivingMetric
from tests.functions.logs import metrics
from tests.functions.receiving import KEYS, SECRET, TOKEN, ReceivingFunction, basic

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EVENT = {"type": "track", "event": "Seen", "userId": "user-1", "messageId": "m-1"}
TIMES = dict.fromkeys(
    ("receivedAt", "originalTimestamp", "sentAt", "timestamp"), "2027-01-01T00:00:00.000Z"
)


def test_call_is_on_the_queue_before_the_response(receiving: ReceivingFunction) -> None:
    """With the type from the path, and everything that RudderStack's gateway adds."""
    response = receiving.call("/v1/identify", EVENT)
    [body] = receiving.bodies()
    queued = json.loads(body)
    rudder_id = queued.pop("rudderId")
    assert (response.status_code, response.text, len(rudder_id), queued) == (
        200,
        "ok",
        36,
        {**EVENT, "type": "identify", "request_ip": "203.0.113.7", **TIMES},
    )


def test_batch_is_one_record(receiving: ReceivingFunction) -> None:
    """The SDK compresses it, and the function writes one message, in order."""
    events = [{**EVENT, "messageId": f"m-{number}"} for number in range(100)]
    body = gzip.compress(json.dumps({"batch": events, "sentAt": "2026-12-31T00:00:00Z"}).encode())
    response = receiving.call("/v1/batch", body, Content_Encoding="gzip", AnonymousId="YS0x")
    [record] = receiving.bodies()
    names = [event["messageId"] for event in json.loads(record)["batch"]]
    assert (response.status_code, names) == (200, [event["messageId"] for event in events])


def test_webhook_changes_no_event(receiving: ReceivingFunction) -> None:
    """The event was received before, and the address is RudderStack's."""
    response = receiving.call("/webhook", {**EVENT, **TIMES}, authorization=f"Bearer {TOKEN}")
    [body] = receiving.bodies()
    queued = json.loads(body)
    queued.pop("rudderId")
    assert (response.text, queued) == ("ok", {**EVENT, **TIMES})


SAMPLES = Path(__file__).parents[2] / "events" / "receive_events"
# The keys in the samples, and for each sample the status and the number of events on the queue
SAMPLE_KEYS = {
    "writeKeys": [{"source": "sample", "writeKey": "sample-write-key-0123456789"}],
    "webhookTokens": [{"name": "sample", "token": "sample-webhook-token-0123456789ab"}],
}
ANSWERS = {
    "ask_of_browser": (204, 0),
    "batch_gzip": (200, 3),
    "beacon": (200, 2),
    "health": (200, 0),
    "track": (200, 1),
    "webhook": (200, 1),
}


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_sample_is_accepted(receiving: ReceivingFunction, sample: Path) -> None:
    """The sample is an event of the gateway."""
    receiving.put_secret(SAMPLE_KEYS)
    response = receiving.invoke(json.loads(sample.read_text()))
    events = [event for body in receiving.bodies() for event in read_events(body)]
    assert (response.status_code, len(events)) == ANSWERS[sample.stem]


def test_health(receiving: ReceivingFunction) -> None:
    """It needs no key."""
    response = receiving.call("/health", method="GET", authorization=None)
    assert (response.status_code, response.json()) == (200, {"server": "UP"})


HEADER = (401, "failed to read writekey from header\n")
INVALID = (401, "invalid write key\n")
DISABLED = (404, "source is disabled\n")
KEYED: dict[str, tuple[str | None, tuple[int, str]]] = {
    "the key": (basic(KEYS["web"]), (200, "ok")),
    "the key with a password": (basic(KEYS["web"], "any"), (200, "ok")),
    "the scheme in other letters": (basic(KEYS["web"]).replace("Basic", "BASIC"), (200, "ok")),
    "the previous key, still": (basic(KEYS["web, before"]), (200, "ok")),
    "one that has expired": (basic(KEYS["old"]), INVALID),
    "one that is switched off": (basic(KEYS["off"]), DISABLED),
    "another": (basic("n" * 27), INVALID),
    "the beginning of one": (basic(KEYS["web"][:-1]), INVALID),
    "another script": (basic("ключ" * 7), INVALID),
    "none": (None, HEADER),
    "an empty one": (basic(""), HEADER),
    "not base64": ("Basic wwwww", HEADER),
    "not text": ("Basic /////w==", HEADER),
    "another scheme": (f"Bearer {KEYS['web']}", HEADER),
    "the token of the webhook": (basic(TOKEN), INVALID),
}


@pytest.mark.parametrize("name", KEYED)
def test_write_key_is_required(receiving: ReceivingFunction, name: str) -> None:
    """Without a valid one, nothing is on the queue."""
    authorization, expected = KEYED[name]
    response = receiving.call("/v1/track", EVENT, authorization=authorization)
    actual = (response.status_code, response.text), len(receiving.bodies())
    assert actual == (expected, int(expected[0] == 200))


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, HEADER),
        ("Bearer ", HEADER),
        (f"Bearer {'n' * 32}", INVALID),
        (f"Bearer {KEYS['web']}", INVALID),
        (basic(KEYS["web"]), HEADER),
    ],
)
def test_webhook_needs_a_token_of_its_own(
    receiving: ReceivingFunction, authorization: str | None, expected: tuple[int, str]
) -> None:
    """A write key, which every browser shows, is not enough."""
    response = receiving.call("/webhook", EVENT, authorization=authorization)
    assert ((response.status_code, response.text), receiving.bodies()) == (expected, [])


QUERY = (401, "failed to read writekey from query params\n")
KEY = KEYS["web"]
BEACONS: dict[str, tuple[str, str | None, tuple[int, str]]] = {
    "the key": (f"?writeKey={KEY}", None, (200, "ok")),
    "the first that is not empty": (f"?writeKey=&writeKey={KEY}&writeKey=x", None, (200, "ok")),
    "any header is ignored": (f"?writeKey={KEY}", "Bearer nobody", (200, "ok")),
    "an escaped one": (f"?writeKey=%77{KEY[1:]}", None, (200, "ok")),
    "none, although the header has it": ("", basic(KEY), QUERY),
    "an empty one": ("?writeKey=", basic(KEY), QUERY),
    "under another name": (f"?writekey={KEY}", None, QUERY),
    "another": (f"?writeKey={'n' * 27}", basic(KEY), INVALID),
    "one that is switched off": (f"?writeKey={KEYS['off']}", None, DISABLED),
}


@pytest.mark.parametrize("name", BEACONS)
def test_beacon_has_its_key_in_the_query(receiving: ReceivingFunction, name: str) -> None:
    """A beacon cannot have headers of its own."""
    query, authorization, expected = BEACONS[name]
    response = receiving.call(
        f"/beacon/v1/batch{query}",
        {"batch": [EVENT]},
        authorization=authorization,
        Content_Type="text/plain;charset=UTF-8",
    )
    actual = (response.status_code, response.text), len(receiving.bodies())
    assert actual == (expected, int(expected[0] == 200))


def test_beacon_is_a_batch(receiving: ReceivingFunction) -> None:
    """What it puts on the queue is what the call of a batch does."""
    body = {"batch": [EVENT, {**EVENT, "messageId": "m-2", "type": "page"}]}
    receiving.call(f"/beacon/v1/batch?writeKey={KEY}", body, authorization=None)
    receiving.call("/v1/batch", body)
    beacon, batch = receiving.bodies()
    assert beacon == batch


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"batch": []}, (400, "empty batch payload\n")),
        (EVENT, (400, "empty batch payload\n")),
        (b" " * 5_000_000, (413, "request size exceeds max limit\n")),
    ],
    ids=["no events", "an event", "five megabytes"],
)
def test_beacon_is_rejected_as_a_batch_is(
    receiving: ReceivingFunction, body: Any, expected: tuple[int, str]
) -> None:
    """The limits are the same."""
    response = receiving.call(f"/beacon/v1/batch?writeKey={KEY}", body, authorization=None)
    assert ((response.status_code, response.text), receiving.bodies()) == (expected, [])


def test_write_key_is_never_logged(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even when the request fails, as a query easily gets into a log."""
    receiving.delete_queue()
    response = receiving.call(f"/beacon/v1/batch?writeKey={KEY}", {"batch": [EVENT]})
    output = capsys.readouterr()
    assert (response.status_code, KEY in output.out + output.err) == (503, False)


def test_times_that_cannot_be_read_are_counted(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one metric for the request, which names no event."""
    receiving.call("/v1/batch", {"batch": [{**EVENT, "timestamp": 1_800_000_000}, EVENT]})
    (blob,) = metrics(capsys.readouterr().out)
    (declared,) = blob["_aws"]["CloudWatchMetrics"]
    names = [metric["Name"] for metric in declared["Metrics"]]
    assert (names, declared["Dimensions"], blob["service"], blob["TimeReplaced"]) == (
        list(ReceivingMetric),
        [["service"]],
        "receive_events",
        [1],
    )


def test_readable_times_are_no_metric(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line of the log for each request would cost more than the request."""
    receiving.call("/v1/track", EVENT)
    assert metrics(capsys.readouterr().out) == []


def test_events_that_are_not_accepted_are_not_counted(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """The SDK sends them again."""
    receiving.delete_queue()
    receiving.call("/v1/track", {**EVENT, "timestamp": 1_800_000_000})
    assert metrics(capsys.readouterr().out) == []


HOSTILE: dict[str, tuple[str, Any, dict[str, str], int]] = {
    "unknown call": ("/v1/merge", EVENT, {}, 404),
    "unknown path": ("/v2/track", EVENT, {}, 404),
    "path of dots": ("/v1/../v1/track", EVENT, {}, 404),
    "no body": ("/v1/track", None, {}, 400),
    "broken gzip": ("/v1/batch", b"\x1f\x8b\x08xxxx", {"Content_Encoding": "gzip"}, 500),
    "gzip bomb": (
        "/v1/batch",
        gzip.compress(b"0" * 100_000_000, 9),
        {"Content_Encoding": "gzip"},
        413,
    ),
    "unknown encoding": ("/v1/batch", b"\x0b\x02\x80", {"Content_Encoding": "br"}, 400),
    "five megabytes": ("/v1/batch", b" " * 5_000_000, {}, 413),
    "deep JSON": ("/v1/track", b'{"a":' * 900 + b"1" + b"}" * 900, {}, 400),
    "one bad event": ("/v1/batch", {"batch": [EVENT, {"type": "track"}]}, {}, 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_request_is_rejected_as_a_whole(receiving: ReceivingFunction, name: str) -> None:
    """As text, and nothing is on the queue."""
    path, body, headers, status = HOSTILE[name]
    response = receiving.call(path, body, **headers)
    actual = (
        response.status_code,
        response.headers["content-type"],
        response.text[-1],
        receiving.bodies(),
    )
    assert actual == (status, "text/plain; charset=utf-8", "\n", [])


@pytest.mark.parametrize(
    "secret",
    [
        "not put yet",
        [],
        {"sources": []},
        {"writeKeys": "all"},
        {"writeKeys": [{"writeKey": KEYS["web"], "expires": "some day"}]},
        {"writeKeys": [{"writeKey": KEYS["web"], "expires": 1_900_000_000}]},
        {"writeKeys": [{"writeKey": KEYS["web"], "enabled": "false"}]},
        {"writeKeys": [{"writeKey": "short"}]},
        {"writeKeys": [{"source": "web"}]},
        {"writeKeys": [KEYS["web"]]},
    ],
    ids=[
        "not JSON",
        "a list",
        "none of its lists",
        "not a list",
        "not a date",
        "not text",
        "not a boolean",
        "short",
        "no key",
        "text",
    ],
)
def test_wrong_secret_makes_the_sdk_retry(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str], secret: Any
) -> None:
    """SDKs retry after 503; the log says what to fix, and repeats no key."""
    receiving.put_secret(secret)
    response = receiving.call("/v1/track", EVENT)
    log = capsys.readouterr().out
    assert (response.status_code, response.text, KEYS_HOLD in log, KEYS["web"] in log) == (
        503,
        "service unavailable\n",
        True,
        False,
    )


def test_missing_queue_makes_the_sdk_retry(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what is on the queue gets ok."""
    receiving.delete_queue()
    response = receiving.call("/v1/track", EVENT)
    log = capsys.readouterr().out
    assert (response.status_code, "the events queue is unavailable" in log, "user-1" in log) == (
        503,
        True,
        False,
    )


def test_internal_error_logs_no_data(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log names the place, and nothing of the event."""
    receiving.app["api"]().dependencies.clock = lambda: 1 / 0
    response = receiving.call("/v1/track", EVENT)
    log = capsys.readouterr().out
    assert (response.status_code, "ZeroDivisionError at" in log, "user-1" in log) == (
        503,
        True,
        False,
    )


@pytest.mark.parametrize("path", ["/v1/track", "/beacon/v1/batch?writeKey=any"])
def test_allowed_origin_passes_the_preflight(receiving: ReceivingFunction, path: str) -> None:
    """With the headers that SDKs for browsers send, and the credentials that beacons ask for."""
    origin = "https://www.example.com"
    response = receiving.call(path, method="OPTIONS", authorization=None, Origin=origin)
    names = ("allow-origin", "allow-credentials", "max-age")
    headers = {name: response.headers[f"access-control-{name}"] for name in names}
    needed = {"AnonymousId", "Authorization", "Content-Type"}
    missing = needed - set(response.headers["access-control-allow-headers"].split(","))
    expected = {"allow-origin": origin, "allow-credentials": "true", "max-age": "86400"}
    assert (response.status_code, headers, missing) == (204, expected, set())


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://shop.example.com", True), ("https://evil.example.com", False), ("null", False)],
)
def test_only_allowed_origins_can_read_responses(
    receiving: ReceivingFunction, origin: str, *, allowed: bool
) -> None:
    """For any other origin, the browser hides the response from the page."""
    response = receiving.call("/v1/track", EVENT, Origin=origin)
    header = response.headers.get("access-control-allow-origin")
    assert (response.status_code, header) == (200, origin if allowed else None)


def test_secret_has_two_keys_of_one_source() -> None:
    """Both are valid at the same time, so that one can replace the other."""
    sources = [key["source"] for key in SECRET["writeKeys"]]
    assert sources.count("web") == 2
