"""deliver_events: what it logs, and what it must not log."""

import json
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.receipts import receipt_hash
from tests.build import TOKEN, sqs_event, track
from tests.fakes.ingestion import (
    RequestHandler,
    accept_all,
    failed_record,
    partly_imported,
    records_in,
    respond_by_path,
)
from tests.functions.delivery import (
    EMPTY,
    DeliveryFunction,
)
from tests.functions.logs import lines, metrics, problems


def test_internal_error_rejects_one_event_and_is_logged(
    delivering: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others are delivered; an error and a metric name the place, and no data."""
    monkeypatch.setitem(mapped_calls(), "page", lambda message: message.fields["ann@example.com"])
    response = delivering.invoke(sqs_event({**track(), "type": "page"}, track()))
    output = capsys.readouterr()
    (error,), (blob,) = problems(output.out), metrics(output.out)
    (message,) = delivering.rejected()
    reason = message["MessageAttributes"]["message"]["StringValue"]
    assert (response, error["level"], error["code"], error["reason"]) == (
        EMPTY,
        "ERROR",
        "INTERNAL_ERROR",
        reason,
    )
    assert (reason.split(":")[0], blob["InternalErrors"], blob["Delivered"]) == (
        "KeyError at test_delivery_logs.py",
        [1],
        [1],
    )
    assert "ann@" not in output.out + output.err + reason


def mapped_calls() -> Any:
    """The table of calls, of which a test breaks one."""
    from rudder_mixpanel.mapping.calls import CALLS  # noqa: PLC0415 - only this test needs it

    return CALLS


CANARY = "canary@example.com"
ACCOUNT_SECRET = "canary-of-the-secret"
FULL = {
    "messageId": CANARY,
    "userId": f"{CANARY}-user",
    "anonymousId": f"{CANARY}-device",
    "previousId": f"{CANARY}-before",
    "groupId": f"{CANARY}-group",
    "event": CANARY,
    "name": CANARY,
    "category": CANARY,
    "channel": "web",
    "timestamp": CANARY,
    "originalTimestamp": CANARY,
    "request_ip": CANARY,
    "properties": {CANARY: CANARY, "revenue": CANARY, "deep": [{CANARY: [CANARY]}]},
    "traits": {CANARY: CANARY, "email": CANARY, "groupId": CANARY},
    "context": {
        "ip": CANARY,
        "userAgent": CANARY,
        "traits": {CANARY: CANARY, "email": CANARY},
        "page": {"url": CANARY},
        "campaign": {CANARY: CANARY},
        "device": {"type": "ios", "token": CANARY},
        "location": {"geoSource": CANARY},
    },
}
TOO_MANY: dict[str, Any] = {**FULL, "type": "track", "properties": {CANARY: [CANARY] * 300}}
TOO_DEEP: dict[str, Any] = {
    **FULL,
    "type": "track",
    "properties": {CANARY: json.loads("[" * 20 + "]" * 20)},
}
EVENTS_WITH_DATA: list[Any] = [
    *({**FULL, "type": kind} for kind in ("track", "identify", "page", "screen", "group", "alias")),
    *({**FULL, "type": "track", "properties": {"revenue": 5, CANARY: 5}} for _ in range(2)),
    {**FULL, "type": CANARY},
    {**FULL, "type": None},
    {**FULL, "type": "track", "event": None},
    TOO_MANY,
    TOO_DEEP,
    {CANARY: CANARY},
    [CANARY],
    f"{CANARY}: not JSON",
]
REFUSAL = {"error": CANARY, "status": 0, "failed_records": [CANARY], "num_records_imported": 0}


@pytest.mark.parametrize("endpoint", ["import", "engage"])
@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, json=REFUSAL),
        httpx.Response(200, json=REFUSAL),
        httpx.Response(200, json={"status": 0, "error": {CANARY: CANARY}}),
        httpx.Response(200, text=CANARY),
        httpx.Response(400, json={"failed_records": [{"message": CANARY, "field": CANARY}]}),
        httpx.Response(401, text=CANARY, headers={"X-Canary": CANARY}),
        httpx.Response(503, text=CANARY),
        httpx.ConnectError(CANARY),
        httpx.ReadTimeout(CANARY),
    ],
    ids=[
        *("refused", "contradiction", "status 0", "no JSON", "failed record", "401", "503"),
        *("no connection", "lost"),
    ],
)
def test_no_log_line_repeats_data_or_a_secret(
    deployed: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    endpoint: str,
    response: httpx.Response | Exception,
) -> None:
    """Neither of an event, nor of Mixpanel's response, nor of the credentials."""
    caplog.set_level("INFO")
    deployed.put_settings(
        {
            "people": True,
            "propIncrements": [{"property": "revenue"}],
            "groupKeySettings": [{"groupKey": "groupId"}],
            "appendProperties": [{"property": "email"}],
            "maxEventAgeDays": 10_000,
        }
    )
    deployed.put_secret(
        {
            "token": TOKEN,
            "serviceAccountUserName": "account",
            "serviceAccountSecret": ACCOUNT_SECRET,
            "projectId": 1,
        }
    )
    deployed.use_transport(httpx.MockTransport(respond_by_path(**{endpoint: response})))
    deployed.invoke(sqs_event(*EVENTS_WITH_DATA, EVENTS_WITH_DATA))
    output = capsys.readouterr()
    log = output.out + output.err + caplog.text
    assert [text for text in (CANARY, "canary", ACCOUNT_SECRET, TOKEN) if text in log] == []
    assert "batch processed" in log


def test_rejected_event_is_logged_by_its_plain_id(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the cause, so that it can be found in the rejected queue."""
    deployed.use_transport(httpx.MockTransport(accept_all))
    deployed.invoke(sqs_event({"messageId": "m-1", "userId": "user-1"}))
    (line,) = problems(capsys.readouterr().out)
    assert {key: line[key] for key in ("message", "code", "message_id", "record_id")} == {
        "message": "event rejected",
        "code": "MISSING_TYPE",
        "message_id": "m-1",
        "record_id": "record-1",
    }


def test_filtered_event_is_logged_with_the_reason(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """As information, without data of the event."""
    deployed.use_transport(httpx.MockTransport(accept_all))
    odd = track(integrations=[CANARY], event=CANARY, messageId="m-1")
    deployed.invoke(sqs_event(odd, track()))
    output = capsys.readouterr().out
    (line,) = [line for line in lines(output) if line.get("message") == "receipts"]
    assert (CANARY in output, line["level"], line["filtered"]) == (
        False,
        "INFO",
        {"integrations is not an object, which means no destination": receipt_hash("m-1")},
    )


# The fields of a line about kept events
OF_KEPT = (
    *("level", "message", "code", "reason", "endpoint"),
    *("attempt", "next_attempt_within", "events", "ids"),
)

# printf %s ann@example.com | sha256sum
ANN = "71d4f55f72fa128dfb468a1a3901507c804b74316488744d769d7f4b16696476"


def test_rejected_event_with_a_personal_id_is_logged_by_its_hash(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that an operator who knows the id can find out where the event is."""
    deployed.invoke(sqs_event({"messageId": "ann@example.com", "userId": "user-1"}))
    (line,) = problems(capsys.readouterr().out)
    assert line["message_id"] == f"sha256:{ANN}"


def test_outage_is_one_warning(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many events it keeps: where, when they are tried again, and which they are."""
    ids = ("m-1", "ann@example.com", *(f"m-{index}" for index in range(98)))
    deployed.invoke(sqs_event(*(track(messageId=id_) for id_ in ids)))
    (line,) = problems(capsys.readouterr().out)
    assert {name: line[name] for name in OF_KEPT} == {
        "level": "WARNING",
        "message": "events kept",
        "code": "MIXPANEL_UNAVAILABLE",
        "reason": "ConnectError",
        "endpoint": "import",
        "attempt": 1,
        "next_attempt_within": 35,
        "events": 100,
        "ids": "".join(map(receipt_hash, ids)),
    }


def test_words_of_mixpanel_are_logged_without_personal_data(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rejected queue has them whole."""
    words = f"'properties.{CANARY}' is invalid: must not be {CANARY}"
    deployed.use_transport(httpx.MockTransport(rejecting_all(words)))
    deployed.invoke(sqs_event(track()))
    (line,) = problems(capsys.readouterr().out)
    (message,) = deployed.rejected()
    assert (line["words"], line["endpoint"], line["attempt"]) == (
        "'…' is invalid: must not be …",
        "import",
        1,
    )
    assert message["MessageAttributes"]["message"]["StringValue"] == words


def rejecting_all(words: str) -> RequestHandler:
    """A handler that rejects every event of an import with these words."""

    def handle(request: httpx.Request) -> httpx.Response:
        records = records_in(request)
        failed = [
            failed_record(index, record["properties"]["$insert_id"], words)
            for index, record in enumerate(records)
        ]
        return partly_imported(len(records), *failed)

    return handle


def test_powertools_cannot_log_the_event(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment variable must not put personal data in the log."""
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    deployed.invoke(sqs_event(track(event=CANARY)))
    assert CANARY not in capsys.readouterr().out
