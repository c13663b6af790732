"""deliver_events: records in, HTTP out, and a response that lists the records that stay."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber

from mixpanel_emulator import Emulator
from rudder_mixpanel.aws.configuration import SETTINGS_HOLD
from rudder_mixpanel.delivery.bootstrap import CREDENTIALS_HOLD
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from tests.build import TOKEN, identify, sqs_event, sqs_record, track
from tests.fakes.ingestion import accept_all, respond_by_path
from tests.functions.delivery import SECRET, SETTINGS, DeliveryFunction, expire_cache

SAMPLES = Path(__file__).parents[2] / "events" / "deliver_events"
EMPTY: dict[str, Any] = {"batchItemFailures": []}
FILTERED = track(integrations={"All": False})
ORDER, MERGE = "Order Completed", "$merge"

# For each sample: events, users and groups in Mixpanel, and the codes of rejected events
EXPECTED: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    "alias_node": (["$create_alias"], [], [], []),
    "alias_python": (["$create_alias"], [], [], []),
    "api_gateway_http": ([ORDER], ["user-1042"], [], []),
    "api_gateway_rest": ([ORDER], ["user-1042"], [], []),
    "array": ([MERGE, ORDER, "Page"], ["user-1042"], [], []),
    "batch_envelope": (
        ["$create_alias", MERGE, ORDER, "Page", "Screen"],
        ["user-1042"],
        ["heron-and-reed"],
        [],
    ),
    "batch_with_poison": (
        [MERGE, ORDER, "Page"],
        ["user-1042"],
        [],
        ["MISSING_TYPE", "UNREADABLE", "UNREADABLE", "UNSUPPORTED_TYPE"],
    ),
    "empty": ([], [], [], []),
    "eventbridge": ([ORDER], ["user-1042"], [], []),
    "group_node": ([], ["user-1042"], ["heron-and-reed"], []),
    "group_python": ([], ["user-1042"], ["heron-and-reed"], []),
    "identify_node": ([MERGE], ["user-1042"], [], []),
    "identify_python": ([MERGE], ["user-1042"], [], []),
    "kinesis_function": ([ORDER], ["user-1042"], [], []),
    "kinesis_pipe": ([ORDER], ["user-1042"], [], []),
    "page_node": (["Page"], [], [], []),
    "page_python": (["Page"], [], [], []),
    "screen_node": (["Screen"], [], [], []),
    "screen_python": (["Screen"], [], [], []),
    "sns": ([ORDER], ["user-1042"], [], []),
    "sns_in_eventbridge": ([ORDER], ["user-1042"], [], []),
    "track_node": ([ORDER], ["user-1042"], [], []),
    "track_python": ([ORDER], ["user-1042"], [], []),
    "transformer": ([ORDER], ["user-1042"], [], []),
}


def sample(name: str) -> dict[str, Any]:
    """A recorded event of the function."""
    event: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return event


def lines(output: str) -> list[dict[str, Any]]:
    """Every line of the log, each of which must be JSON."""
    return [json.loads(line) for line in output.splitlines()]


def metrics(output: str) -> list[dict[str, Any]]:
    """The log lines that CloudWatch reads as metrics."""
    return [line for line in lines(output) if "_aws" in line]


def problems(output: str) -> list[dict[str, Any]]:
    """The log lines that are errors or warnings."""
    return [line for line in lines(output) if line.get("level") in {"ERROR", "WARNING"}]


def failures(*records: str) -> dict[str, Any]:
    """The response that keeps these records on the queue."""
    return {"batchItemFailures": [{"itemIdentifier": record} for record in records]}


def test_every_sample_has_an_expectation() -> None:
    """A sample that is recorded is also tested."""
    assert {file.stem for file in SAMPLES.glob("*.json")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_delivered(delivering: DeliveryFunction, mixpanel: Emulator, name: str) -> None:
    """Mixpanel accepts it and holds what it must; only invalid events are rejected."""
    response = delivering.invoke(sample(name))
    held = (
        sorted(event["event"] for event in mixpanel.events()),
        sorted(profile["distinct_id"] for profile in mixpanel.profiles()),
        sorted(group["group_id"] for group in mixpanel.groups()),
        delivering.codes(),
    )
    assert (response, held, mixpanel.violations()) == (EMPTY, EXPECTED[name], [])


def test_rejected_message_is_the_event_itself(delivering: DeliveryFunction) -> None:
    """An operator can find the event, and replay it when the cause is fixed."""
    invalid = {"type": "purchase", "messageId": "one", "properties": {"price": "12 \u20ac"}}
    delivering.invoke(sqs_event([invalid, track()]))
    (message,) = delivering.rejected()
    assert json.loads(message["Body"]) == invalid


def test_redelivered_sample_changes_nothing(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """The queue may repeat a record; a query in Mixpanel shows one event."""
    delivering.invoke(sample("page_node"))
    delivering.invoke(sample("page_node"))
    assert (len(mixpanel.events()), len(mixpanel.events(view="query"))) == (2, 1)


def test_record_is_kept_without_a_connection_to_mixpanel(deployed: DeliveryFunction) -> None:
    """The record stays, and nothing of it is rejected."""
    response = deployed.invoke(sqs_event(track(), "not JSON"))
    assert (response, deployed.codes()) == (failures("record-1"), ["UNREADABLE"])


def test_warm_container_delivers_again_over_the_same_connection(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """Also after an invalid record; no thread is left behind."""
    delivering.invoke(sqs_event(track()))
    before = (delivering.connection(), set(threading.enumerate()))
    delivering.invoke(sqs_event("not JSON"))
    response = delivering.invoke(sqs_event(identify()))
    after = (delivering.connection(), set(threading.enumerate()))
    assert (response, after == before, len(mixpanel.events())) == (EMPTY, True, 2)


# --- metrics -------------------------------------------------------------------------------------


def test_invocation_logs_its_metrics_once(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with every metric, with the two dimensions that the alarms use."""
    body = [track(properties={"revenue": "a lot"}), {"userId": "user-1"}, FILTERED]
    delivering.invoke(sqs_event(body, "not JSON"))
    (blob,) = metrics(capsys.readouterr().out)
    (declared,) = blob["_aws"]["CloudWatchMetrics"]
    assert (declared["Namespace"], [sorted(metric) for metric in declared["Dimensions"]]) == (
        "RudderMixpanel",
        [["destination", "service"]],
    )
    assert {metric["Name"] for metric in declared["Metrics"]} == set(DeliveryMetric)
    assert (blob["service"], blob["destination"]) == ("deliver_events", "default")
    assert {name: blob[name] for name in DeliveryMetric} == {
        "Received": [4],
        "Delivered": [1],
        "Filtered": [1],
        "Suppressed": [0],
        "Rejected": [2],
        "Kept": [0],
        "OldestKeptSeconds": [0],
        "ConfigurationErrors": [0],
        "InternalErrors": [0],
        "LeftOut": [1],
    }


def test_metrics_line_has_codes_and_endpoints(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """As properties, not as dimensions: each dimension would be a metric to pay for."""
    delivering.use_transport(httpx.MockTransport(lambda _: httpx.Response(503)))
    delivering.invoke(sqs_event(track(), identify(), "not JSON", "neither"))
    (blob,) = metrics(capsys.readouterr().out)
    assert (blob["codes"], blob["endpoints"]) == (
        {"MIXPANEL_UNAVAILABLE": 2, "UNREADABLE": 2},
        {"engage": 1, "import": 2},
    )


def test_metrics_line_of_delivered_events_has_no_codes(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """There are none."""
    delivering.invoke(sqs_event(track()))
    (blob,) = metrics(capsys.readouterr().out)
    assert {"codes", "endpoints"}.isdisjoint(blob)


def test_empty_batch_logs_its_metrics(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them are zero."""
    response = delivering.invoke({"Records": []})
    (blob,) = metrics(capsys.readouterr().out)
    assert (response, {blob[name][0] for name in DeliveryMetric}) == (EMPTY, {0})


def test_each_invocation_counts_only_its_own_events(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """The counts of the one before are not added."""
    delivering.invoke(sqs_event(track(), track()))
    delivering.invoke(sqs_event(track()))
    blobs = metrics(capsys.readouterr().out)
    assert [blob["Received"] for blob in blobs] == [[2], [1]]


def test_age_of_the_oldest_kept_event_is_a_metric(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the time when the queue took it, not from this attempt."""
    body = track(timestamp=None)
    now = datetime.now(UTC)  # noqa: TID251 - the function reads it as well
    sent = [str(int((now - timedelta(days)).timestamp() * 1000)) for days in (7, 8)]
    old, older = (sqs_record(body, time, SentTimestamp=time) for time in sent)
    deployed.invoke({"Records": [old, older]})
    (blob,) = metrics(capsys.readouterr().out)
    days = blob["OldestKeptSeconds"][0] / 86400
    assert (blob["Kept"], 8 <= days < 9) == ([2], True)


# --- settings and secret -------------------------------------------------------------------------

RIGHT = {"token": TOKEN}
NO_SECRET = "s3cret-that-nobody-may-see"


@pytest.mark.parametrize(
    ("settings", "secret", "expected"),
    [
        (
            "not JSON " + NO_SECRET,
            RIGHT,
            f"SSM parameter {SETTINGS}: expected {SETTINGS_HOLD}; it is no JSON at position 0",
        ),
        (
            "not set yet",  # as the template leaves it
            RIGHT,
            f"SSM parameter {SETTINGS}: expected {SETTINGS_HOLD}; it is no JSON",
        ),
        (
            [NO_SECRET],
            RIGHT,
            f"SSM parameter {SETTINGS}: expected {SETTINGS_HOLD}; it is JSON of another kind",
        ),
        (
            {},
            "not JSON " + NO_SECRET,
            f"secret {SECRET}: expected {CREDENTIALS_HOLD}; it is no JSON at position 0",
        ),
        (
            {},
            [NO_SECRET],
            f"secret {SECRET}: expected {CREDENTIALS_HOLD}; it is JSON of another kind",
        ),
        ({}, "null", f"secret {SECRET}: expected {CREDENTIALS_HOLD}; it is JSON of another kind"),
        (
            {},
            {},
            f"secret {SECRET}: token: expected text, got nothing; the secret is {CREDENTIALS_HOLD}",
        ),
        ({}, {"token": [NO_SECRET]}, f"secret {SECRET}: token: expected text, got a list"),
        ({"token": [NO_SECRET]}, {}, "token: expected text, got a list"),
        ({"dataResidency": NO_SECRET}, RIGHT, "dataResidency: expected one of us, eu, in"),
        ({"strictMode": NO_SECRET}, RIGHT, "strictMode: expected true or false"),
        (
            {},
            {**RIGHT, "serviceAccountUserName": "one", "serviceAccountSecret": NO_SECRET},
            f"secret {SECRET}: projectId: expected text, got nothing",
        ),
        ({"apiSecret": NO_SECRET}, RIGHT, f"apiSecret: expected in the secret {SECRET}"),
        ({"api_secret": NO_SECRET}, RIGHT, f"api_secret: expected in the secret {SECRET}"),
        (
            {"serviceAccountSecret": NO_SECRET},
            RIGHT,
            f"serviceAccountSecret: expected in the secret {SECRET}",
        ),
        (
            {"service_account_secret": NO_SECRET},
            RIGHT,
            f"service_account_secret: expected in the secret {SECRET}",
        ),
        ({"gdprApiToken": NO_SECRET}, RIGHT, f"gdprApiToken: expected in the secret {SECRET}"),
        ({"gdpr_api_token": NO_SECRET}, RIGHT, f"gdpr_api_token: expected in the secret {SECRET}"),
    ],
)
def test_wrong_settings_keep_every_record_and_are_named(
    deployed: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    settings: Any,
    secret: Any,
    expected: str,
) -> None:
    """The error names the parameter, the secret or the setting, and never a value."""
    deployed.put_settings(settings)
    deployed.put_secret(secret)
    response = deployed.invoke(sqs_event(track(), "not JSON"))
    output = capsys.readouterr()
    (error,) = problems(output.out)
    (blob,) = metrics(output.out)
    assert (response, error["level"], error["reason"][: len(expected)]) == (
        failures("record-1", "record-2"),
        "ERROR",
        expected,
    )
    assert (blob["ConfigurationErrors"], NO_SECRET in output.out + output.err) == ([1], False)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (
            "DESTINATION_SETTINGS_PARAMETER",
            f"SSM parameter /nowhere: expected {SETTINGS_HOLD}; cannot be read: ",
        ),
        (
            "DELIVERY_CREDENTIALS_SECRET",
            f"secret /nowhere: expected {CREDENTIALS_HOLD}; cannot be read: ",
        ),
        ("MIXPANEL_BASE_URL", "MIXPANEL_BASE_URL: expected an https address, or none"),
    ],
)
def test_missing_parameter_or_secret_is_named(
    deployed: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    expected: str,
) -> None:
    """Every record is kept until it exists."""
    monkeypatch.setenv(variable, "/nowhere")
    response = deployed.invoke(sqs_event(track()))
    (error,) = problems(capsys.readouterr().out)
    assert (response, error["reason"][: len(expected)]) == (failures("record-1"), expected)


def test_secret_without_a_value_is_named(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the secret of a new stack is."""
    monkeypatch.setenv("DELIVERY_CREDENTIALS_SECRET", "new")
    deployed.client("secretsmanager").create_secret(Name="new")
    deployed.invoke(sqs_event(track()))
    (error,) = problems(capsys.readouterr().out)
    assert error["reason"].startswith(f"secret new: expected {CREDENTIALS_HOLD}; cannot be read: ")


def test_refused_credentials_are_an_error_and_a_metric(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mixpanel responds 401: the secret must be fixed."""
    deployed.use_transport(httpx.MockTransport(lambda _request: httpx.Response(401)))
    response = deployed.invoke(sqs_event(track()))
    output = capsys.readouterr().out
    (error,), (blob,) = problems(output), metrics(output)
    assert (response, error["level"], error["code"], blob["ConfigurationErrors"]) == (
        failures("record-1"),
        "ERROR",
        "CREDENTIALS_REFUSED",
        [1],
    )


def test_changed_secret_is_used_a_minute_later(
    delivering: DeliveryFunction,
) -> None:
    """A rotation needs no new container, and an error lasts no longer than the cache."""
    delivering.put_secret({"token": "0" * 32})
    wrong = delivering.invoke(sqs_event(track()))
    delivering.put_secret(RIGHT)
    cached = delivering.invoke(sqs_event(track()))
    expire_cache(delivering.connection().secrets)
    fixed = delivering.invoke(sqs_event(track()))
    assert (wrong, cached, fixed) == (failures("record-1"), failures("record-1"), EMPTY)


@pytest.mark.parametrize(
    ("code", "response"),
    [("ThrottlingException", EMPTY), ("AccessDeniedException", failures("record-1"))],
)
def test_throttled_secret_is_used_from_the_cache(
    delivering: DeliveryFunction, code: str, response: object
) -> None:
    """An error that passes by itself does not stop the delivery; any other does."""
    delivering.invoke(sqs_event(track()))
    secrets = delivering.connection().secrets
    expire_cache(secrets)
    with Stubber(secrets.client) as stubber:
        for _ in range(2):
            stubber.add_client_error("get_secret_value", service_error_code=code)
        assert delivering.invoke(sqs_event(track())) == response


# --- internal errors, and what is not logged ------------------------------------------------------


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
        "KeyError at test_deliver_events.py",
        [1],
        [1],
    )
    assert "ann@" not in output.out + output.err + reason


def mapped_calls() -> Any:
    """The table of calls, of which a test breaks one."""
    from rudder_mixpanel.mapping import CALLS  # noqa: PLC0415 - only this test needs it

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
    assert "batch settled" in log


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
    (line,) = [line for line in lines(output) if line.get("message") == "event filtered"]
    assert (CANARY in output, line["level"], line["reason"], line["message_id"]) == (
        False,
        "INFO",
        "integrations is no object, which means no destination",
        "m-1",
    )


def test_kept_event_is_logged_by_its_plain_id(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that an operator can find out where an event is."""
    deployed.invoke(sqs_event(track(messageId="m-1"), track(messageId="ann@example.com")))
    output = capsys.readouterr().out
    kept = [line for line in lines(output) if line.get("message") == "event kept"]
    assert [(line["code"], line["message_id"], line["record_id"]) for line in kept] == [
        ("MIXPANEL_UNAVAILABLE", "m-1", "record-1"),
        ("MIXPANEL_UNAVAILABLE", "", "record-2"),
    ]


def test_outage_is_one_warning(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many events it keeps."""
    deployed.invoke(sqs_event(*[track()] * 100))
    (line,) = problems(capsys.readouterr().out)
    assert (line["message"], line["code"], line["reason"], line["events"]) == (
        "events kept",
        "MIXPANEL_UNAVAILABLE",
        "ConnectError",
        100,
    )


def test_powertools_cannot_log_the_event(
    deployed: DeliveryFunction, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment variable must not put personal data in the log."""
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    deployed.invoke(sqs_event(track(event=CANARY)))
    assert CANARY not in capsys.readouterr().out
