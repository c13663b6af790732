"""The recorder of SDK traffic, and the sample events that it wrote."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from events.recorder import node, samples, story
from events.recorder.__main__ import SAMPLES, main, record
from events.recorder.enrich import enriched, rfc3339
from events.recorder.server import AUTHORIZATION, CALLS, Refused, events_in

FILES = sorted(SAMPLES.glob("*.json"))
POISON = "batch_with_poison.json"
RECEIVED_AT = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)


def sample(name: str) -> dict[str, Any]:
    """A checked-in sample."""
    content: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return content


def bodies(name: str) -> list[str]:
    """The bodies in a checked-in sample."""
    return [one["body"] for one in sample(name)["Records"]]


def checked_in(sdk: str) -> list[dict[str, Any]]:
    """The events that were recorded from an SDK, in the order of their story."""
    order = ("page", "screen", "identify", "alias", "group", "track")
    return [json.loads(body) for call in order for body in bodies(f"{call}_{sdk}.json")]


def shape(value: Any) -> Any:
    """Keys and types, without the values."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(inner) for inner in value]
        case _:
            return type(value).__name__


def shapes(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The shape of each call's event."""
    return {event["type"]: shape(event) for event in events}


def is_json(body: str) -> bool:
    """Whether a body can be read at all."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def test_python_sdk_still_sends_what_was_recorded() -> None:
    """A new SDK that sends other fields makes new samples necessary: python -m events.recorder."""
    assert shapes(record(story.tell)) == shapes(checked_in("python"))


@pytest.mark.skipif(
    bool(node.missing()) or not node.MODULES.is_dir(),
    reason="THE NODE SDK IS NOT CHECKED: install Node, then run `npm ci` in events/recorder",
)
def test_node_sdk_still_sends_what_was_recorded() -> None:
    """The same for RudderStack's Node SDK."""
    assert shapes(record(node.tell)) == shapes(checked_in("node"))


@pytest.mark.parametrize("sdk", ["python", "node"])
def test_every_call_was_recorded(sdk: str) -> None:
    """Each SDK has all six calls."""
    assert {event["type"] for event in checked_in(sdk)} == set(CALLS)


def test_recorder_without_node_says_so_and_leaves_its_samples_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Someone without Node can still record the Python half."""
    monkeypatch.setenv("PATH", "")
    main(["--into", str(tmp_path)])
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {path.name for path in FILES if not path.stem.endswith("_node")}
    assert capsys.readouterr().err == (
        "Not installed: node and npm. The Node samples stay as they are.\n"
    )


@pytest.mark.parametrize("sdk", ["python", "node"])
def test_samples_are_what_the_recorder_writes(sdk: str) -> None:
    """Nobody changed a recorded sample by hand."""
    written = samples.recorded(sdk, checked_in(sdk))
    assert written == {name: sample(name) for name in written}


def test_derived_samples_are_what_the_recorder_writes() -> None:
    """Envelopes and poison are made of the recorded events."""
    written = samples.derived(checked_in("python"))
    assert written == {name: sample(name) for name in written}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_is_an_sqs_event(path: Path) -> None:
    """Each record has what Lambda gives a function, and its digest is right."""
    records = sample(path.name)["Records"]
    assert [set(one) for one in records] == [
        {
            "messageId",
            "receiptHandle",
            "body",
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        }
    ] * len(records)
    digests = [md5(one["body"].encode(), usedforsecurity=False).hexdigest() for one in records]
    assert [one["md5OfBody"] for one in records] == digests
    assert len({one["messageId"] for one in records}) == len(records)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_the_poison_cannot_be_read(path: Path) -> None:
    """One body of one sample is not JSON, and that one on purpose."""
    unreadable = [body for body in bodies(path.name) if not is_json(body)]
    assert len(unreadable) == (path.stem == "batch_with_poison")


def test_poison_is_of_four_kinds() -> None:
    """Not JSON, no known shape, a type that nobody knows, no type; the rest is good."""
    found = [json.loads(body).get("type") if is_json(body) else "-" for body in bodies(POISON)]
    assert found == ["page", "-", "identify", None, "purchase", None, "track"]


@pytest.mark.parametrize("call", CALLS)
def test_event_reached_the_queue_after_the_gateway(call: str) -> None:
    """SQS's times follow RudderStack's."""
    one = sample(f"{call}_python.json")["Records"][0]
    received = datetime.fromisoformat(json.loads(one["body"])["receivedAt"]).timestamp() * 1000
    sent = int(one["attributes"]["SentTimestamp"])
    first = int(one["attributes"]["ApproximateFirstReceiveTimestamp"])
    assert received < sent < first


def test_wrong_clock_of_the_sender_is_corrected() -> None:
    """An event that was sent five seconds after it was made happened five seconds ago."""
    late = {
        "userId": "u",
        "originalTimestamp": "2026-03-02T13:30:00Z",
        "sentAt": "2026-03-02T13:30:05Z",
    }
    assert enriched(late, RECEIVED_AT, "198.51.100.23")["timestamp"] == "2026-03-02T12:00:05.000Z"


def test_sdk_that_names_the_time_is_believed() -> None:
    """A `timestamp` of its own is kept, and its offset too."""
    own = {"userId": "u", "timestamp": "2026-03-02T13:00:00.123456+01:00"}
    timestamp = enriched(own, RECEIVED_AT, "198.51.100.23")["timestamp"]
    assert timestamp == "2026-03-02T13:00:00.123+01:00"


def test_gateway_adds_what_is_missing() -> None:
    """Ids and times that the sender left out."""
    event = enriched({"userId": "user-1042"}, RECEIVED_AT, "198.51.100.23")
    received_at = rfc3339(RECEIVED_AT)
    assert event.pop("messageId")
    assert event == {
        "userId": "user-1042",
        # MD5 of "user-1042:", as RudderStack makes a UUID of it.
        "rudderId": "be5747cf-01b2-490c-8b12-e93abed76f61",
        "request_ip": "198.51.100.23",
        "receivedAt": received_at,
        "originalTimestamp": received_at,
        "sentAt": received_at,
        "timestamp": received_at,
    }


def test_gateway_keeps_what_is_there() -> None:
    """An event that passed a gateway already comes out as it went in."""
    event = checked_in("node")[0]
    assert enriched(event, RECEIVED_AT, "192.0.2.1") == event


def test_single_endpoint_names_the_type() -> None:
    """The endpoint's name wins over the event's own type."""
    body = gzip.compress(b'{"userId": "u", "type": "page"}')
    headers = {"Authorization": AUTHORIZATION, "Content-Encoding": "gzip"}
    assert events_in("/v1/track", headers, body) == [{"userId": "u", "type": "track"}]


@pytest.mark.parametrize(
    ("path", "key", "body", "status", "text"),
    [
        ("/v1/batch", "Basic b3RoZXI6", b"{}", 401, "invalid write key"),
        ("/v2/batch", AUTHORIZATION, b"{}", 404, "404 page not found"),
        ("/v1/batch", AUTHORIZATION, b"{", 400, "invalid json"),
        ("/v1/batch", AUTHORIZATION, b"[]", 400, "event is not a valid rudder event"),
        ("/v1/batch", AUTHORIZATION, b'{"batch": []}', 400, "empty batch payload"),
        ("/v1/batch", AUTHORIZATION, b'{"batch": [1]}', 400, "event is not a valid rudder event"),
        (
            "/v1/batch",
            AUTHORIZATION,
            b'{"batch": [{"userId": "u"}, {}]}',
            400,
            "request neither has anonymousId nor userId",
        ),
    ],
)
def test_gateway_refuses(path: str, key: str, body: bytes, status: int, text: str) -> None:
    """A request that RudderStack would not take is not recorded either."""
    with pytest.raises(Refused, match=text) as refused:
        events_in(path, {"Authorization": key}, body)
    assert refused.value.status == status
