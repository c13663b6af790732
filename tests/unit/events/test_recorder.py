"""The recorder of SDK traffic writes the checked-in sample events."""

import gzip
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from events.recorder import node, samples, scenario
from events.recorder.__main__ import SAMPLES, main, record
from events.recorder.enrich import enrich_event, rfc3339
from events.recorder.server import AUTHORIZATION, CALLS, RequestRejected, read_request

FILES = sorted(SAMPLES.glob("*.json"))
POISON = "batch_with_poison.json"
RECEIVED_AT = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)


def sample(name: str) -> dict[str, Any]:
    """A checked-in sample."""
    content: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return content


def bodies(name: str) -> list[str]:
    """The bodies in a checked-in sample."""
    return [record["body"] for record in sample(name)["Records"]]


def checked_in(sdk: str) -> list[dict[str, Any]]:
    """The events that were recorded from an SDK, in the order of the scenario."""
    order = ("page", "screen", "identify", "alias", "group", "track")
    return [json.loads(body) for call in order for body in bodies(f"{call}_{sdk}.json")]


def shape(value: Any) -> Any:
    """The keys and types of a value."""
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
    """Whether a body is JSON."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def test_python_sdk_still_sends_what_was_recorded() -> None:
    """An SDK that sends other fields requires new samples: python -m events.recorder."""
    assert shapes(record(scenario.send)) == shapes(checked_in("python"))


@pytest.mark.skipif(
    bool(node.missing()) or not node.MODULES.is_dir(),
    reason="THE NODE SDK IS NOT CHECKED: install Node, then run `npm ci` in events/recorder",
)
def test_node_sdk_still_sends_what_was_recorded() -> None:
    """The same for RudderStack's Node SDK."""
    assert shapes(record(node.send)) == shapes(checked_in("node"))


@pytest.mark.parametrize("sdk", ["python", "node"])
def test_every_call_was_recorded(sdk: str) -> None:
    """Each SDK has all six calls."""
    assert {event["type"] for event in checked_in(sdk)} == set(CALLS)


def test_recorder_without_node_leaves_the_node_samples_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Node, the Python samples can still be recorded."""
    monkeypatch.setenv("PATH", "")
    main(["--into", str(tmp_path)])
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {path.name for path in FILES if not path.stem.endswith("_node")}
    assert capsys.readouterr().err == (
        "Not installed: node and npm. The Node samples are unchanged.\n"
    )


@pytest.mark.parametrize("sdk", ["python", "node"])
def test_samples_are_what_the_recorder_writes(sdk: str) -> None:
    """No recorded sample was edited by hand."""
    written = samples.recorded(sdk, checked_in(sdk))
    assert written == {name: sample(name) for name in written}


def test_derived_samples_are_what_the_recorder_writes() -> None:
    """Envelopes and invalid records are derived from the recorded events."""
    written = samples.derived(checked_in("python"))
    assert written == {name: sample(name) for name in written}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_is_an_sqs_event(path: Path) -> None:
    """Each record has the fields that Lambda passes to a function, and its digest is right."""
    records = sample(path.name)["Records"]
    assert [set(record) for record in records] == [
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
    digests = [md5(body.encode(), usedforsecurity=False).hexdigest() for body in bodies(path.name)]
    assert [record["md5OfBody"] for record in records] == digests
    assert len({record["messageId"] for record in records}) == len(records)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_the_poison_cannot_be_read(path: Path) -> None:
    """One body of one sample is not JSON, on purpose."""
    unreadable = [body for body in bodies(path.name) if not is_json(body)]
    assert len(unreadable) == (path.stem == "batch_with_poison")


def test_poison_is_of_four_kinds() -> None:
    """Not JSON, an unknown object, an unknown type, no type; the rest is valid."""
    types = [json.loads(body).get("type") if is_json(body) else "-" for body in bodies(POISON)]
    assert types == ["page", "-", "identify", None, "purchase", None, "track"]


@pytest.mark.parametrize("call", CALLS)
def test_event_reached_the_queue_after_the_gateway(call: str) -> None:
    """SQS's times are later than RudderStack's."""
    record = sample(f"{call}_python.json")["Records"][0]
    received = datetime.fromisoformat(json.loads(record["body"])["receivedAt"]).timestamp() * 1000
    sent = int(record["attributes"]["SentTimestamp"])
    first = int(record["attributes"]["ApproximateFirstReceiveTimestamp"])
    assert received < sent < first


def test_wrong_clock_of_the_sender_is_corrected() -> None:
    """An event that was sent five seconds after its creation happened five seconds ago."""
    late = {
        "userId": "u",
        "originalTimestamp": "2026-03-02T13:30:00Z",
        "sentAt": "2026-03-02T13:30:05Z",
    }
    assert (
        enrich_event(late, RECEIVED_AT, "198.51.100.23")["timestamp"] == "2026-03-02T12:00:05.000Z"
    )


def test_timestamp_of_the_sdk_is_kept() -> None:
    """With its offset."""
    own = {"userId": "u", "timestamp": "2026-03-02T13:00:00.123456+01:00"}
    timestamp = enrich_event(own, RECEIVED_AT, "198.51.100.23")["timestamp"]
    assert timestamp == "2026-03-02T13:00:00.123+01:00"


def test_gateway_adds_what_is_missing() -> None:
    """Ids and times that the sender did not set."""
    event = enrich_event({"userId": "user-1042"}, RECEIVED_AT, "198.51.100.23")
    received_at = rfc3339(RECEIVED_AT)
    assert event.pop("messageId")
    assert event == {
        "userId": "user-1042",
        # The MD5 of "user-1042:" as a UUID, as in RudderStack
        "rudderId": "be5747cf-01b2-490c-8b12-e93abed76f61",
        "request_ip": "198.51.100.23",
        "receivedAt": received_at,
        "originalTimestamp": received_at,
        "sentAt": received_at,
        "timestamp": received_at,
    }


def test_gateway_keeps_existing_fields() -> None:
    """An event that has passed a gateway is not changed."""
    event = checked_in("node")[0]
    assert enrich_event(event, RECEIVED_AT, "192.0.2.1") == event


def test_endpoint_of_one_event_sets_the_type() -> None:
    """It overrides the event's own type."""
    body = gzip.compress(b'{"userId": "u", "type": "page"}')
    headers = {"Authorization": AUTHORIZATION, "Content-Encoding": "gzip"}
    assert read_request("/v1/track", headers, body) == [{"userId": "u", "type": "track"}]


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
def test_gateway_rejects(path: str, key: str, body: bytes, status: int, text: str) -> None:
    """A request that RudderStack would reject is not recorded."""
    with pytest.raises(RequestRejected, match=text) as caught:
        read_request(path, {"Authorization": key}, body)
    assert caught.value.status == status
