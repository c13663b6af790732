"""The requests that a preview shows are those that the stack would send."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

import rudder_mixpanel_cli.preview.preview
from mixpanel_emulator import Emulator
from rudder_mixpanel.mapping import transform
from rudder_mixpanel_cli.preview.preview import Preview
from tests.build import TOKEN, destination, identify, track

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SERVICE_ACCOUNT = {
    "serviceAccountUserName": "account",
    "serviceAccountSecret": "s3cret",
    "projectId": "7",
}


def preview(**config: Any) -> Preview:
    """A preview for a destination with these settings."""
    return Preview(destination(**config), now=NOW)


def shown(body: Any, **config: Any) -> list[Any]:
    """The output lines of one body, parsed; text is used as the body itself."""
    text = body if isinstance(body, str) else json.dumps(body)
    return [orjson.loads(orjson.dumps(line)) for line in preview(**config).lines(text.encode())]


def explained(message: dict[str, Any], **config: Any) -> Any:
    """The output line of a message with its explanation."""
    preview = Preview(destination(**config), now=NOW, explain=True)
    (line,) = preview.lines(json.dumps(message).encode())
    return orjson.loads(orjson.dumps(line))


def test_event_is_shown_as_its_request() -> None:
    """With the method, URL and payload that the stack would send."""
    payload = {
        "event": "Order Completed",
        "properties": {
            "order_id": "o-1",
            "$user_id": "user-1",
            "token": TOKEN,
            "distinct_id": "user-1",
            "time": 1_798_718_400_000,
            "$insert_id": "b1f0d9a2-7c55-4a8e-9d3c-0f6f7a1f2e11",
        },
    }
    url = "https://api.mixpanel.com/import?strict=1&verbose=1&ip=0"
    assert shown(track()) == [
        {
            "messageId": "b1f0d9a2-7c55-4a8e-9d3c-0f6f7a1f2e11",
            "type": "track",
            "name": "Order Completed",
            "requests": [{"method": "POST", "url": url, "payload": payload}],
            "filtered": None,
            "rejected": None,
        }
    ]


def test_requests_are_in_the_order_in_which_they_are_sent() -> None:
    """One event may cause several."""
    (line,) = shown(identify(), unionProperties=["plan"])
    operations = transform(identify(), destination(unionProperties=["plan"]), now=NOW)
    assert [request["payload"] for request in line["requests"]] == [
        operation.payload for operation in operations
    ]


def test_dynamic_settings_are_resolved() -> None:
    """Each event is sent to its own region, and the property that names it is not sent."""
    region = "{{ message.properties.region || us }}"
    bodies = [track(), track(properties={"region": "eu"}), track(properties={"region": "mars"})]
    first, second, third = shown(bodies, dataResidency=region)
    assert first["requests"][0]["url"].startswith("https://api.mixpanel.com/")
    assert second["requests"][0]["url"].startswith("https://api-eu.mixpanel.com/")
    assert "region" not in second["requests"][0]["payload"]["properties"]
    assert third["rejected"]["code"] == "INVALID_SETTING"


def test_envelope_shows_each_of_its_events() -> None:
    """A line may be any body of a record, and each event in it has its own output line."""
    batch = {"batch": [track(messageId="a"), track(messageId="b")]}
    event = {"detail-type": "t", "source": "rudderstack", "detail": batch}
    assert [line["messageId"] for line in shown(event)] == ["a", "b"]


@pytest.mark.parametrize("body", ["{", "5", "[{}]", '{"a": 1}', '"text"'])
def test_line_without_an_event_has_an_output_line(body: str) -> None:
    """It is rejected as unreadable."""
    (line,) = shown(body)
    assert (line["messageId"], line["requests"]) == (None, [])
    assert line["rejected"]["code"] == "UNREADABLE"


def test_line_that_is_not_utf8_is_unreadable() -> None:
    """An SQS body is always UTF-8."""
    (line,) = preview().lines(b'{"type": "\xff"}')
    assert line["rejected"] == {
        "code": "UNREADABLE",
        "message": "not UTF-8 at byte 10",
        "field": "",
    }


def test_rejected_event_has_a_reason() -> None:
    """With the code, message and field of the rejected queue."""
    (line,) = shown(track(userId=None, anonymousId=None))
    assert line["requests"] == []
    assert line["rejected"] == {
        "code": "MISSING_IDENTITY",
        "message": "expected userId or anonymousId",
        "field": "userId",
    }


def test_filtered_event_has_a_reason() -> None:
    """It is not mapped."""
    (line,) = shown(track(integrations={"All": True, "Mixpanel": False}))
    assert line["filtered"]
    assert (line["requests"], line["rejected"]) == ([], None)


def test_nesting_that_cannot_be_encoded_is_rejected() -> None:
    """As delivery does."""
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    (line,) = shown(identify(traits={"a": deep}))
    assert line["rejected"]["code"] == "TOO_DEEP"


def test_internal_error_rejects_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the place of the error, and without its text."""

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("ann@example.com")

    monkeypatch.setattr(rudder_mixpanel_cli.preview.preview, "map_message", fail)
    (line,) = shown(track())
    assert line["rejected"]["code"] == "INTERNAL_ERROR"
    assert line["rejected"]["message"].startswith("ValueError at test_preview.py:")


@pytest.mark.parametrize("message_id", [None, [], {"a": 1}])
def test_invalid_message_id_is_null(message_id: Any) -> None:
    """Only text and numbers are shown."""
    (line,) = shown({**track(), "messageId": message_id})
    assert line["messageId"] is None


def test_event_without_a_time_has_the_arrival_time() -> None:
    """As on the queue."""
    (line,) = shown(track(timestamp=None))
    assert line["requests"][0]["payload"]["properties"]["time"] == 1_798_761_600_000


def test_explanation_has_the_shape_of_the_request() -> None:
    """With a sentence in place of each value."""
    (request,) = explained(track(context={"os": {"name": "iOS"}}))["requests"]
    assert request["explain"] == {
        "event": "event",
        "properties": {
            "order_id": "properties.order_id",
            "$user_id": "userId",
            "$os": "context.os.name",
            "token": "the destination's token",
            "distinct_id": "userId",
            "time": "timestamp, in milliseconds since 1970",
            "$insert_id": "messageId",
        },
    }


def test_explanation_says_what_became_of_the_event() -> None:
    """Of everything in it."""
    line = explained(track(context={"locale": "de"}, properties={}))
    assert line["explain"] == {
        "used": {
            "type": "decides which call it is",
            "event": "the name of the event Order Completed",
            "messageId": "$insert_id of the event Order Completed",
            "userId": "$user_id and distinct_id of the event Order Completed",
            "timestamp": "time of the event Order Completed",
        },
        "left_out": {
            "anonymousId": "another id identifies the user",
            "properties": "empty",
            "context": "not mapped, in RudderStack either",
        },
    }


def test_explanation_says_which_updates_leave_newer_values() -> None:
    """Those that set or remove properties; requests are as they would be without."""
    call = {"type": "group", "userId": "u", "traits": {"company": "acme", "seats": 5}}
    config = {"groupKeySettings": ["company"], "identityMergeApi": "simplified"}
    line = explained(call, **config)
    late = explained(call, **config, profileUpdates="as-they-come")
    only_newer = "sent only where the profile has no newer value, by the event's time"
    assert (line["explain"]["order"], line["requests"], "order" in late["explain"]) == (
        {"engage $set": only_newer, "groups $set": only_newer},
        late["requests"],
        False,
    )


def test_event_that_is_not_delivered_is_not_explained() -> None:
    """Its line says why it is not."""
    line = explained(track(event=""))
    assert ("explain" in line, line["rejected"]["code"]) == (False, "MISSING_EVENT_NAME")


def test_sources_are_not_shown_by_default() -> None:
    """Requests have only a method, a URL and a payload."""
    (line,) = shown(identify())
    assert all("explain" not in item for item in (line, *line["requests"]))


def test_secrets_are_not_shown() -> None:
    """Only the token is in the payload, as in the request; other credentials are nowhere."""
    secrets = {**SERVICE_ACCOUNT, "apiSecret": "api-s3cret", "gdprApiToken": "gdpr-s3cret"}
    line = explained(identify(), **secrets)
    explanations = [line["explain"], *(request["explain"] for request in line["requests"])]
    assert "s3cret" not in json.dumps(line)
    assert TOKEN not in json.dumps(explanations)


def test_summary_counts_every_event_once() -> None:
    """And requests by endpoint, and outcomes by reason."""
    shown = preview(propIncrements=["order_id"])
    bodies = [track(), identify(), track(type="nope"), track(integrations={"All": False})]
    for body in bodies:
        list(shown.lines(json.dumps(body).encode()))
    list(shown.lines(b"{"))
    assert (shown.summary.events, shown.summary.filtered.total()) == (5, 1)
    assert str(shown.summary).splitlines()[0] == "events    5"
    assert "requests  3 (import: 2, engage: 1)" in str(shown.summary)
    assert "rejected  2 (UNSUPPORTED_TYPE: 1, UNREADABLE: 1)" in str(shown.summary)
    assert "left out  1 (increment: 1)" in str(shown.summary)


def test_emulator_accepts_the_requests() -> None:
    """Sent as shown, each payload is accepted without a violation."""
    import httpx  # noqa: PLC0415

    bodies = [track(), identify(context={"ip": "1.2.3.4"})]
    lines = [line for body in bodies for line in shown(body)]
    requests = [request for line in lines for request in line["requests"]]
    with Emulator(now=lambda: NOW) as mixpanel, httpx.Client() as http:
        for request in requests:
            auth = (TOKEN, "") if "/import" in request["url"] else None
            url = request["url"].replace("https://api.mixpanel.com", mixpanel.url)
            response = http.request(request["method"], url, json=[request["payload"]], auth=auth)
            assert response.json()["status"] in {"OK", 1}
        assert mixpanel.violations() == []
        assert len(mixpanel.events()) == 2
