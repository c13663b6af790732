"""deliver_events: the metrics of each invocation."""

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.metrics import DeliveryMetric, quantiles
from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel.profiles.store import ProfileItem
from rudder_mixpanel.suppression import pseudonym
from tests.build import identify, sqs_event, sqs_record, track
from tests.fakes.ingestion import respond_by_path
from tests.functions.delivery import (
    EMPTY,
    DeliveryFunction,
    failures,
)
from tests.functions.logs import lines, metrics

FILTERED = track(integrations={"All": False})

# What every invocation emits: the metrics of what is rare cost nothing elsewhere.
LATENCIES = {DeliveryMetric.DELIVERY_SECONDS, DeliveryMetric.EVENT_AGE_SECONDS}
RARE = {DeliveryMetric.WRONG_SUPPRESSION_KEY, DeliveryMetric.SUPERSEDED}
ALWAYS = set(DeliveryMetric) - LATENCIES - RARE


def test_invocation_logs_its_metrics_once(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with all but those of what is rare, with the two dimensions that the alarms use."""
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


def test_metrics_line_has_mixpanels_answers_by_endpoint(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of requests with data, not of the question whether a token exists."""
    handler = respond_by_path(groups=httpx.ConnectError(""))
    delivering.use_transport(httpx.MockTransport(handler))
    delivering.put_settings({"groupKeySettings": [{"groupKey": "company"}]})
    group = {"type": "group", "userId": "u", "messageId": "g", "traits": {"company": "c"}}
    delivering.invoke(sqs_event(track(), group))
    (blob,) = metrics(capsys.readouterr().out)
    counts = [tuple(answer.values()) for answer in blob["answers"]]
    assert (sorted(counts), [*blob["answers"][0]]) == (
        [("engage", "200", 1), ("groups", "no answer", 1), ("import", "200", 1)],
        ["endpoint", "status", "requests"],
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


def test_events_with_superseded_updates_are_counted(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once each, as delivered; and the receipts name them."""
    delivering.put_settings({"identityMergeApi": "simplified"})
    delivering.invoke(sqs_event(identify(timestamp="2026-11-02")))
    capsys.readouterr()
    delivering.invoke(
        sqs_event(identify(messageId="m-1", timestamp="2026-11-01"), track(), FILTERED)
    )
    output = capsys.readouterr().out
    (blob,), (line,) = metrics(output), [one for one in lines(output) if "records" in one]
    assert (blob["Superseded"], blob["Delivered"], line["superseded"], line["updated"]) == (
        [1],
        [2],
        receipt_hash("m-1"),
        receipt_hash("m-1"),
    )


def test_busy_profile_does_not_count_as_an_outage(
    delivering: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its events are kept, but none for the age that the alarms watch; it is no warning."""
    monkeypatch.setattr("rudder_mixpanel.delivery.newer_wins.PATIENCE", 0)
    delivering.put_settings({"identityMergeApi": "simplified"})
    lease(delivering, "user-1")
    response = delivering.invoke(sqs_event(identify(), {"userId": "rejected-in-another-record"}))
    output = capsys.readouterr().out
    (blob,), (line,) = metrics(output), [one for one in lines(output) if "next_attempt" in str(one)]
    assert (response, blob["Kept"], blob["OldestKeptSeconds"], line["level"]) == (
        failures("record-1"),
        [1],
        [0],
        "INFO",
    )


def test_event_that_waits_for_its_busy_record_is_no_outage(
    delivering: DeliveryFunction,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rejected event is kept until the others of its record are done."""
    monkeypatch.setattr("rudder_mixpanel.delivery.newer_wins.PATIENCE", 0)
    lease(delivering, "user-1")
    delivering.invoke(sqs_event([identify(), {"userId": "rejected"}]))
    (blob,) = metrics(capsys.readouterr().out)
    assert (blob["codes"], blob["OldestKeptSeconds"]) == (
        {"PROFILE_BUSY": 1, "RECORD_KEPT": 1},
        [0],
    )


def lease(delivering: DeliveryFunction, user: str) -> None:
    """Let another invocation be updating a user's profile."""
    store = delivering.connection().profile_store(lambda: 60_000)
    store.lease({pseudonym(store.key, user): ProfileItem()}, until=4_000_000_000)


def test_latencies_are_those_of_delivered_events(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """From when the queue first took them, and from their own times; the unit is seconds."""
    now = datetime.now(UTC)  # noqa: TID251 - the function reads it as well
    sent, older = now - timedelta(minutes=1), now - timedelta(hours=1)
    time = str(int(sent.timestamp() * 1000))
    bodies = [track(timestamp=older.isoformat()), "not JSON"]
    records = [sqs_record(body, f"record-{i}", SentTimestamp=time) for i, body in enumerate(bodies)]
    delivering.invoke({"Records": records})
    (blob,) = metrics(capsys.readouterr().out)
    (seconds,), (age,) = blob["DeliverySeconds"], blob["EventAgeSeconds"]
    assert (60 <= seconds < 90, 3600 <= age < 3630) == (True, True)
    assert [
        metric["Unit"]
        for metric in blob["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        if metric["Name"] in LATENCIES
    ] == ["Seconds", "Seconds"]


def test_profile_update_has_no_age(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its time is not sent."""
    delivering.put_settings({"identityMergeApi": "simplified"})
    delivering.invoke(sqs_event(identify()))
    (blob,) = metrics(capsys.readouterr().out)
    assert (len(blob["DeliverySeconds"]), "EventAgeSeconds" in blob) == (1, False)


def test_latencies_of_many_events_are_in_one_line(
    delivering: DeliveryFunction, capsys: pytest.CaptureFixture[str]
) -> None:
    """Powertools would begin another line at a hundred values."""
    delivering.invoke(sqs_event([track()] * 150))
    (blob,) = metrics(capsys.readouterr().out)
    assert (len(blob["DeliverySeconds"]), len(blob["EventAgeSeconds"])) == (99, 99)


@given(st.lists(st.floats(0, 1e9), max_size=1000))
def test_quantiles_are_close_to_those_of_all_values(values: list[float]) -> None:
    """At most 99 of them, in order, and each percentile within one per cent of the values."""
    found, count = quantiles(values), len(values)
    assert (len(found), found) == (min(count, 99), sorted(found))
    ranks = [
        (bisect_left(sorted(values), value), bisect_right(sorted(values), value)) for value in found
    ]
    middles = [(index + 0.5) / len(found) * count for index in range(len(found))]
    assert all(
        low - 1 <= middle <= high + 1 for (low, high), middle in zip(ranks, middles, strict=True)
    )
