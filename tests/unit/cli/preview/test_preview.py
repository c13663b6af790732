"""What would be sent for an event, as `rudder-mixpanel preview` shows it."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

import rudder_mixpanel_cli.preview.preview
from mixpanel_emulator import Emulator
from rudder_mixpanel.mapping import transform
from rudder_mixpanel_cli.preview.preview import Preview, addresses
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
    """The lines of one body, as they are read again; text stands as the body itself."""
    given = body if isinstance(body, str) else json.dumps(body)
    return [orjson.loads(orjson.dumps(line)) for line in preview(**config).lines(given.encode())]


def explained(message: dict[str, Any], **config: Any) -> list[Any]:
    """The requests of a message, explained."""
    preview = Preview(destination(**config), now=NOW, explain=True)
    (line,) = preview.lines(json.dumps(message).encode())
    return [orjson.loads(orjson.dumps(request)) for request in line["requests"]]


def test_event_is_shown_as_its_request() -> None:
    """Method, URL and payload are those that the stack would send."""
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
            "requests": [{"method": "POST", "url": url, "payload": payload}],
            "filtered": None,
            "rejected": None,
        }
    ]


def test_requests_come_in_the_order_in_which_they_are_sent() -> None:
    """One event may make several."""
    (line,) = shown(identify(), unionProperties=["plan"])
    operations = transform(identify(), destination(unionProperties=["plan"]), now=NOW)
    assert [one["payload"] for one in line["requests"]] == [one.payload for one in operations]


def test_addresses_are_those_of_the_destination() -> None:
    """Region, strict mode and project are in the URL; credentials are not."""
    there = destination(dataResidency="eu", strictMode=False, **SERVICE_ACCOUNT)
    assert {endpoint: one["url"] for endpoint, one in addresses(there).items()} == {
        "import": "https://api-eu.mixpanel.com/import?strict=0&verbose=1&ip=0&project_id=7",
        "track": "https://api-eu.mixpanel.com/track?verbose=1&ip=0",
        "engage": "https://api-eu.mixpanel.com/engage?verbose=2&ip=0",
        "groups": "https://api-eu.mixpanel.com/groups?verbose=2&ip=0",
    }


def test_dynamic_settings_are_resolved() -> None:
    """Each event goes where it says itself, and what says so is not sent along."""
    region = "{{ message.properties.region || us }}"
    bodies = [track(), track(properties={"region": "eu"}), track(properties={"region": "mars"})]
    first, second, third = shown(bodies, dataResidency=region)
    assert first["requests"][0]["url"].startswith("https://api.mixpanel.com/")
    assert second["requests"][0]["url"].startswith("https://api-eu.mixpanel.com/")
    assert "region" not in second["requests"][0]["payload"]["properties"]
    assert third["rejected"]["code"] == "INVALID_SETTING"


def test_envelope_shows_each_of_its_events() -> None:
    """A line is what a record's body may be, and each event in it has a line of its own."""
    batch = {"batch": [track(messageId="a"), track(messageId="b")]}
    event = {"detail-type": "t", "source": "rudderstack", "detail": batch}
    assert [line["messageId"] for line in shown(event)] == ["a", "b"]


@pytest.mark.parametrize("body", ["{", "5", "[{}]", '{"a": 1}', '"text"'])
def test_what_is_no_event_is_accounted_for(body: str) -> None:
    """It has a line as well, so that as many come out as went in."""
    (line,) = shown(body)
    assert (line["messageId"], line["requests"]) == (None, [])
    assert line["rejected"]["code"] == "UNREADABLE"


def test_what_is_no_text_is_unreadable() -> None:
    """Bytes that are no UTF-8 never were an SQS body."""
    (line,) = preview().lines(b'{"type": "\xff"}')
    assert line["rejected"] == {
        "code": "UNREADABLE",
        "message": "not UTF-8 at byte 10",
        "field": "",
    }


def test_rejected_event_says_why() -> None:
    """Code, message and field are those of the rejected queue."""
    (line,) = shown(track(userId=None, anonymousId=None))
    assert line["requests"] == []
    assert line["rejected"] == {
        "code": "MISSING_IDENTITY",
        "message": "expected userId or anonymousId",
        "field": "userId",
    }


def test_filtered_event_says_why() -> None:
    """An event that is not for Mixpanel is not mapped."""
    (line,) = shown(track(integrations={"All": True, "Mixpanel": False}))
    assert line["filtered"]
    assert (line["requests"], line["rejected"]) == ([], None)


def test_nesting_that_cannot_be_encoded_is_rejected() -> None:
    """As delivery rejects it."""
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    (line,) = shown(identify(traits={"a": deep}))
    assert line["rejected"]["code"] == "TOO_DEEP"


def test_surprise_is_one_events_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own failure is said with its place, without what it was about."""

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("ann@example.com")

    monkeypatch.setattr(rudder_mixpanel_cli.preview.preview, "map_message", fail)
    (line,) = shown(track())
    assert line["rejected"]["code"] == "INTERNAL_ERROR"
    assert line["rejected"]["message"].startswith("ValueError at test_preview.py:")


@pytest.mark.parametrize("message_id", [None, [], {"a": 1}])
def test_message_id_that_is_none_is_null(message_id: Any) -> None:
    """Whatever stands in its place."""
    (line,) = shown({**track(), "messageId": message_id})
    assert line["messageId"] is None


def test_events_without_a_time_are_dated_by_now() -> None:
    """As when the queue takes them."""
    (line,) = shown(track(timestamp=None))
    assert line["requests"][0]["payload"]["properties"]["time"] == 1_798_761_600_000


@pytest.mark.parametrize(
    ("message", "config"),
    [
        (track(properties={"revenue": 5, "items": "2"}, context={"ip": "1.2.3.4"}), {}),
        (track(properties={"token": 1, "products": [{"sku": "s"}]}), {"productEvents": True}),
        (track(), {"identityMergeApi": "simplified"}),
        (track(type="page", name="Home", context={"campaign": {"name": "c"}}), {}),
        (identify(traits={"a.b": 1, "firstName": "A", "lastName": "B"}), {}),
        (identify(context={"active": False, "device": {"type": "ios", "token": "d"}}), {}),
        (identify(context={"traits": {"plan": "p", "email": "e"}}), {"useNewMapping": True}),
        (track(type="group", groupId="g", traits={"name": "G"}), {}),
        (track(type="alias", previousId="p"), {}),
    ],
    ids=lambda one: one.get("type"),
)
def test_every_property_is_explained(message: dict[str, Any], config: Any) -> None:
    """Each property of a payload has an origin, and each origin a property."""
    lists = {"people": True, "propIncrements": ["items"], "setOnceProperties": ["plan"]}
    for one in explained(message, **lists, groupKeySettings=["groupId"], **config):
        payload = {name: value for name, value in one["payload"].items() if name != "event"}
        beside = {name for name in payload if not isinstance(payload[name], dict)}
        inner = {name for value in payload.values() if isinstance(value, dict) for name in value}
        assert one["explain"].keys() == beside | inner


def test_explanation_names_the_source() -> None:
    """The path at which a table's row found it, or the rule that made it."""
    (one,) = explained(track(context={"os": {"name": "iOS"}}))
    assert one["explain"]["$os"].endswith("context.os.name")


def test_without_asking_nothing_is_explained() -> None:
    """The lines are those of the contract."""
    assert all("explain" not in one for line in shown(identify()) for one in line["requests"])


def test_secrets_are_not_shown() -> None:
    """The token is in the payload, as on the wire; no other credential is anywhere."""
    secrets = {**SERVICE_ACCOUNT, "apiSecret": "api-s3cret", "gdprApiToken": "gdpr-s3cret"}
    shown = json.dumps(explained(identify(), **secrets))
    assert "s3cret" not in shown
    assert TOKEN not in "".join(
        origin for one in json.loads(shown) for origin in one["explain"].values()
    )


def test_summary_counts_every_event_once() -> None:
    """Events, requests by endpoint, and reasons."""
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


def test_emulator_takes_what_is_shown() -> None:
    """Sent as shown, each payload is accepted, and no rule is broken."""
    import httpx  # noqa: PLC0415

    bodies = [track(), identify(context={"ip": "1.2.3.4"})]
    requests = [one for body in bodies for line in shown(body) for one in line["requests"]]
    with Emulator(now=lambda: NOW) as mixpanel, httpx.Client() as http:
        for one in requests:
            auth = (TOKEN, "") if "/import" in one["url"] else None
            url = one["url"].replace("https://api.mixpanel.com", mixpanel.url)
            answer = http.request(one["method"], url, json=[one["payload"]], auth=auth).json()
            assert answer["status"] in {"OK", 1}
        assert mixpanel.violations() == []
        assert len(mixpanel.events()) == 2
