"""deliver_events: the metrics of each invocation."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from rudder_mixpanel.delivery.metrics import DeliveryMetric
from tests.build import identify, sqs_event, sqs_record, track
from tests.functions.delivery import (
    EMPTY,
    DeliveryFunction,
)
from tests.functions.logs import metrics

FILTERED = track(integrations={"All": False})

# What every invocation emits: the metric of a rare fault costs nothing elsewhere.
LATENCIES = {DeliveryMetric.DELIVERY_SECONDS, DeliveryMetric.EVENT_AGE_SECONDS}
ALWAYS = set(DeliveryMetric) - LATENCIES - {DeliveryMetric.WRONG_SUPPRESSION_KEY}


def test_invocation_logs_its_metrics_once(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with all but that of a rare fault, with the two dimensions that the alarms use."""
    body = [track(properties={"revenue": "a lot"}), {"userId": "user-1"}, FILTERED]
    delivering.invoke(sqs_event(body, "not JSON"))
    (blob,) = metrics(capsys.readouterr().out)
    (declared,) = blob["_aws"]["CloudWatchMetrics"]
    assert (declared["Namespace"], [sorted(metric) for metric in declared["Dimensions"]]) == (
        "RudderMixpanel",
        [["destination", "service"]],
    )
    assert {metric["Name"] for metric in declared["Metrics"]} == ALWAYS | LATENCIES
    assert (blob["service"], blob["destination"]) == ("deliver_events", "default")
    assert {name: blob[name] for name in ALWAYS} == {
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


def test_bug_while_sending_is_an_internal_error(
    delivering: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The event stays on the queue, and the alarm fires."""
    monkeypatch.setattr("rudder_mixpanel.delivery.sender.interpret_response", None)
    delivering.invoke(sqs_event(track()))
    (blob,) = metrics(capsys.readouterr().out)
    assert (blob["InternalErrors"], blob["codes"]) == ([1], {"UNSETTLED": 1})


def test_metrics_line_has_codes_and_endpoints(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """As properties, not as dimensions: each dimension would be a metric to pay for."""
    delivering.use_transport(httpx.MockTransport(lambda _: httpx.Response(503)))
    delivering.invoke(sqs_event(track(), identify(), "not JSON", "neither"))
    (blob,) = metrics(capsys.readouterr().out)
    assert (blob["codes"], blob["endpoints"]) == (
        {"MIXPANEL_UNAVAILABLE": 1, "TOKEN_UNPROVEN": 1, "UNREADABLE": 2},
        {"engage": 1, "import": 2},
    )


def test_metrics_line_has_the_reasons_of_what_is_left_out(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of delivered events alone."""
    call = track(anonymousId="null", properties={"note": "x" * 256, "token": "mine"})
    delivering.invoke(sqs_event(call, {**call, "timestamp": "2020-01-01T00:00:00Z"}))
    (blob,) = metrics(capsys.readouterr().out)
    assert (blob["LeftOut"], blob["left_out"]) == (
        [3],
        {"identifier": 1, "replaced": 1, "text": 1},
    )


def test_metrics_line_of_delivered_events_has_no_codes(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """There are none."""
    delivering.invoke(sqs_event(track()))
    (blob,) = metrics(capsys.readouterr().out)
    assert {"codes", "endpoints", "left_out"}.isdisjoint(blob)


def test_empty_batch_logs_its_metrics(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them are zero."""
    response = delivering.invoke({"Records": []})
    (blob,) = metrics(capsys.readouterr().out)
    assert (response, {blob[name][0] for name in ALWAYS}) == (EMPTY, {0})


def test_each_invocation_counts_only_its_own_events(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """The counts of the previous invocation are not added."""
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
