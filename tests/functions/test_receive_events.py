"""The function that receives events, through its handler."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.envelopes import read_events
from rudder_mixpanel.receiving.bootstrap import KEYS_HOLD
from tests.functions.receiving import KEYS, SECRET, TOKEN, ReceivingFunction, basic

NOW = datetime(2027, 1, 1, tzinfo=UTC)
EVENT = {"type": "track", "event": "Seen", "userId": "user-1", "messageId": "m-1"}
TIMES = dict.fromkeys(
    ("receivedAt", "originalTimestamp", "sentAt", "timestamp"), "2027-01-01T00:00:00.000Z"
)


@pytest.fixture
def receiving(aws: None, monkeypatch: pytest.MonkeyPatch) -> ReceivingFunction:
    """An account, and a function that sees a time of the tests."""
    return ReceivingFunction(monkeypatch, NOW)


def test_call_is_on_the_queue_when_it_answers(receiving: ReceivingFunction) -> None:
    """With the type that the path says, and all that RudderStack's gateway adds."""
    said = receiving.call("/v1/identify", EVENT)
    [body] = receiving.bodies()
    told = json.loads(body)
    rudder_id = told.pop("rudderId")
    assert (said.status_code, said.text, len(rudder_id), told) == (
        200,
        "ok",
        36,
        {**EVENT, "type": "identify", "request_ip": "203.0.113.7", **TIMES},
    )


def test_batch_is_one_record(receiving: ReceivingFunction) -> None:
    """Packed by its SDK with gzip, packed by us into one message, in order."""
    events = [{**EVENT, "messageId": f"m-{number}"} for number in range(100)]
    body = gzip.compress(json.dumps({"batch": events, "sentAt": "2026-12-31T00:00:00Z"}).encode())
    said = receiving.call("/v1/batch", body, Content_Encoding="gzip", AnonymousId="YS0x")
    [record] = receiving.bodies()
    names = [one["messageId"] for one in json.loads(record)["batch"]]
    assert (said.status_code, names) == (200, [one["messageId"] for one in events])


def test_webhook_is_taken_as_it_comes(receiving: ReceivingFunction) -> None:
    """Its event was received before, and the address is that of RudderStack's server."""
    said = receiving.call("/webhook", {**EVENT, **TIMES}, authorization=f"Bearer {TOKEN}")
    [body] = receiving.bodies()
    told = json.loads(body)
    told.pop("rudderId")
    assert (said.text, told) == ("ok", {**EVENT, **TIMES})


SAMPLES = Path(__file__).parents[2] / "events" / "receive_events"
# The keys that they say, and of each its status and how many events are on the queue then
SAMPLE_KEYS = {
    "writeKeys": [{"source": "sample", "writeKey": "sample-write-key-0123456789"}],
    "webhookTokens": [{"name": "sample", "token": "sample-webhook-token-0123456789ab"}],
}
ANSWERS = {
    "ask_of_browser": (204, 0),
    "batch_gzip": (200, 3),
    "health": (200, 0),
    "track": (200, 1),
    "webhook": (200, 1),
}


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda one: one.stem)
def test_sample_is_taken(receiving: ReceivingFunction, sample: Path) -> None:
    """As the gateway hands it over."""
    receiving.put_secret(SAMPLE_KEYS)
    said = receiving.invoke(json.loads(sample.read_text()))
    events = [event for body in receiving.bodies() for event in read_events(body)]
    assert (said.status_code, len(events)) == ANSWERS[sample.stem]


def test_health(receiving: ReceivingFunction) -> None:
    """Anybody may ask."""
    said = receiving.call("/health", method="GET", authorization=None)
    assert (said.status_code, said.json()) == (200, {"server": "UP"})


HEADER = (401, "failed to read writekey from header\n")
INVALID = (401, "invalid write key\n")
KEYED: dict[str, tuple[str | None, tuple[int, str]]] = {
    "the key": (basic(KEYS["web"]), (200, "ok")),
    "the key with a password": (basic(KEYS["web"], "any"), (200, "ok")),
    "the scheme in other letters": (basic(KEYS["web"]).replace("Basic", "BASIC"), (200, "ok")),
    "the one before it, still": (basic(KEYS["web, before"]), (200, "ok")),
    "one that has expired": (basic(KEYS["old"]), INVALID),
    "one that is switched off": (basic(KEYS["off"]), (404, "source is disabled\n")),
    "another": (basic("n" * 27), INVALID),
    "the beginning of one": (basic(KEYS["web"][:-1]), INVALID),
    "another script": (basic("ключ" * 7), INVALID),
    "none": (None, HEADER),
    "an empty one": (basic(""), HEADER),
    "no base64": ("Basic wwwww", HEADER),
    "no text": ("Basic /////w==", HEADER),
    "another scheme": (f"Bearer {KEYS['web']}", HEADER),
    "the token of the webhook": (basic(TOKEN), INVALID),
}


@pytest.mark.parametrize("name", KEYED)
def test_write_key_is_asked_for(receiving: ReceivingFunction, name: str) -> None:
    """Nothing is on the queue without one."""
    authorization, answer = KEYED[name]
    said = receiving.call("/v1/track", EVENT, authorization=authorization)
    found = (said.status_code, said.text), len(receiving.bodies())
    assert found == (answer, int(answer[0] == 200))


@pytest.mark.parametrize(
    ("authorization", "answer"),
    [
        (None, HEADER),
        ("Bearer ", HEADER),
        (f"Bearer {'n' * 32}", INVALID),
        (f"Bearer {KEYS['web']}", INVALID),
        (basic(KEYS["web"]), HEADER),
    ],
)
def test_webhook_needs_a_token_of_its_own(
    receiving: ReceivingFunction, authorization: str | None, answer: tuple[int, str]
) -> None:
    """A write key, which every browser shows, does not open it."""
    said = receiving.call("/webhook", EVENT, authorization=authorization)
    assert ((said.status_code, said.text), receiving.bodies()) == (answer, [])


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
def test_hostile_request_is_refused_whole(receiving: ReceivingFunction, name: str) -> None:
    """In text, and nothing is on the queue."""
    path, body, headers, status = HOSTILE[name]
    said = receiving.call(path, body, **headers)
    found = said.status_code, said.headers["content-type"], said.text[-1], receiving.bodies()
    assert found == (status, "text/plain; charset=utf-8", "\n", [])


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
        "no JSON",
        "a list",
        "none of its lists",
        "no list",
        "no date",
        "no text",
        "no truth",
        "short",
        "no key",
        "text",
    ],
)
def test_wrong_secret_keeps_events_with_their_sdk(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str], secret: Any
) -> None:
    """503 is sent again; the log says what to mend, and repeats no key."""
    receiving.put_secret(secret)
    said = receiving.call("/v1/track", EVENT)
    log = capsys.readouterr().out
    assert (said.status_code, said.text, KEYS_HOLD in log, KEYS["web"] in log) == (
        503,
        "service unavailable\n",
        True,
        False,
    )


def test_queue_that_is_gone_keeps_events_with_their_sdk(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is said to be taken that is not."""
    receiving.app["api"]().dependencies.queue.url += "-gone"
    said = receiving.call("/v1/track", EVENT)
    log = capsys.readouterr().out
    assert (said.status_code, "the events queue did not take it" in log, "user-1" in log) == (
        503,
        True,
        False,
    )


def test_our_own_error_tells_nothing_about_anybody(
    receiving: ReceivingFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it happened is in the log; the event is not."""
    receiving.app["api"]().dependencies.clock = lambda: 1 / 0
    said = receiving.call("/v1/track", EVENT)
    log = capsys.readouterr().out
    assert (said.status_code, "ZeroDivisionError at" in log, "user-1" in log) == (503, True, False)


def test_browser_may_ask_from_where_it_was_said(receiving: ReceivingFunction) -> None:
    """With the headers that SDKs for browsers send."""
    origin = "https://www.example.com"
    said = receiving.call("/v1/track", method="OPTIONS", authorization=None, Origin=origin)
    found = {name: said.headers[f"access-control-{name}"] for name in ("allow-origin", "max-age")}
    asked = {"AnonymousId", "Authorization", "Content-Type"}
    missing = asked - set(said.headers["access-control-allow-headers"].split(","))
    told = {"allow-origin": origin, "max-age": "86400"}
    assert (said.status_code, found, missing) == (204, told, set())


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://shop.example.com", True), ("https://evil.example.com", False), ("null", False)],
)
def test_browser_reads_answers_where_it_was_said(
    receiving: ReceivingFunction, origin: str, *, allowed: bool
) -> None:
    """Of a page elsewhere, the browser keeps the answer to itself."""
    said = receiving.call("/v1/track", EVENT, Origin=origin)
    told = said.headers.get("access-control-allow-origin")
    assert (said.status_code, told) == (200, origin if allowed else None)


def test_secret_of_the_tests_has_what_is_asked_for() -> None:
    """Two keys of a source may open it at once, while one takes the place of the other."""
    sources = [one["source"] for one in SECRET["writeKeys"]]
    assert sources.count("web") == 2
