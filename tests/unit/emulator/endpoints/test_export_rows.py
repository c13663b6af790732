"""The rows of the raw export: what they hold, and when they show."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    EXPORTED,
    SECONDS,
    TOKEN,
    AsgiClient,
    event,
    tracked,
)

DEVICE = "00000000-0000-4000-8000-000000000001"
OLD = replace(EXPORTED, timezone="Asia/Kolkata", created=date(2022, 12, 31))
KOLKATA = 19_800
MILLISECONDS = SECONDS * 1000
ADDED = {
    "$mp_api_endpoint": "api.mixpanel.com",
    "$mp_api_timestamp_ms": MILLISECONDS,
    "mp_processing_time_ms": MILLISECONDS + 250,
}


def imported(*events: Any, project: Project = EXPORTED) -> AsgiClient:
    """A project into which these events were imported."""
    client = AsgiClient(project)
    assert client.import_events(list(events)).status_code == 200
    return client


@pytest.mark.parametrize(
    ("project", "time_in_ms", "time"),
    [
        (EXPORTED, None, SECONDS - 1),
        (EXPORTED, "false", SECONDS - 1),
        (EXPORTED, "true", MILLISECONDS - 1),
        (OLD, "false", SECONDS - 1 + KOLKATA),
        (OLD, "true", MILLISECONDS - 1 + KOLKATA * 1000),
    ],
)
def test_x9_time_of_a_row(project: Project, time_in_ms: str | None, time: int) -> None:
    """Seconds are rounded down, and rows of an older project have the time of its clocks."""
    client = imported(event({"time": MILLISECONDS - 1}), project=project)
    assert client.exported("time", time_in_ms=time_in_ms) == [time]


def test_x10_properties_of_an_imported_event() -> None:
    """A row has what was sent, and what Mixpanel adds."""
    sent = event({"plan": "free"})
    size = len(orjson.dumps(sent))
    added = {**ADDED, "$import": True, "$mp_event_size": size}
    assert imported(sent).rows() == [
        {"event": "Order Completed", "properties": {**sent["properties"], **added}}
    ]


def test_x10_properties_of_a_tracked_event() -> None:
    """`$import` is for imports, and the host is that of the region."""
    client = AsgiClient(replace(EXPORTED, region="eu"))
    client.track([tracked()])
    assert (client.exported("$import"), client.exported("$mp_api_endpoint")) == (
        [None],
        ["api-eu.mixpanel.com"],
    )


def test_x11_neither_token_nor_address() -> None:
    """An address becomes a place."""
    sent = event({"token": TOKEN, "ip": "203.0.113.7"})
    [row] = imported(sent).rows()
    names = ("token", "ip", "$city", "$region", "mp_country_code")
    assert [row["properties"].get(name) for name in names] == [
        None,
        None,
        "Ashburn",
        "Virginia",
        "US",
    ]


def test_x12_id_of_an_original_project() -> None:
    """Events from before `$identify` have the id of the user, and the one that was sent."""
    client = imported(event({"distinct_id": DEVICE}))
    before = client.exported("distinct_id")
    client.import_events(
        [event({"$identified_id": "user-1", "$anon_id": DEVICE}, name="$identify")]
    )
    names = ("distinct_id", "$distinct_id_before_identity")
    after = [client.exported(name, event='["Order Completed"]') for name in names]
    assert (before, after) == ([DEVICE], [["user-1"], [DEVICE]])


def test_x12_id_of_a_simplified_project() -> None:
    """A device has the id of its user as soon as one event names both."""
    client = imported(
        event({"distinct_id": None, "$device_id": "d"}),
        event({"distinct_id": None, "$device_id": "d", "$user_id": "u", "$insert_id": "i-2"}),
        project=replace(EXPORTED, id_mode="simplified"),
    )
    names = ("distinct_id", "$distinct_id_before_identity")
    assert [client.exported(name) for name in names] == [["u", "u"], ["$device:d", None]]


def test_x13_copies() -> None:
    """Each copy that was accepted is a row, with the id that was sent."""
    client = imported(event(), event())
    client.import_events([event()])
    assert client.exported("$insert_id") == ["i-1"] * 3


def test_x14_hidden_event() -> None:
    """It is in the export, but not in the query view."""
    project = replace(EXPORTED, hidden_events=("Secret",))
    client = imported(event({"n": 1}, name="Secret"), project=project)
    assert (client.exported(), client.list_items("events", view="query")) == ([1], [])


def test_x15_dropped_event() -> None:
    """It is accepted, but nothing is stored."""
    client = AsgiClient(replace(EXPORTED, dropped_events=("Noise",)))
    response = client.import_events([event(name="Noise"), event({"n": 2})]).json()
    tracked_response = client.track([tracked(name="Noise")]).json()["status"]
    assert (response["num_records_imported"], tracked_response, client.exported()) == (2, 1, [2])
    assert client.violations() == []


def test_x16_deleted_user() -> None:
    """The events are exported until the task has succeeded."""
    client = imported(event({"n": 1}), event({"n": 2, "distinct_id": "user-2"}))
    tracking_id = client.create_task("user-1")
    before = client.exported()
    client.force_status(tracking_id, "SUCCESS")
    assert (before, client.exported()) == ([1, 2], [2])


def test_x17_delay() -> None:
    """After a part of the delay some rows show, after the whole all of them."""
    project = replace(EXPORTED, export_delay_seconds=Project().export_delay_seconds)
    client = imported(*(event({"$insert_id": f"i-{n}"}) for n in range(100)), project=project)
    counts = []
    for seconds in (0, 900, 900, 900):
        client.advance(seconds)
        counts.append(len(client.rows()))
    assert counts[0] == 0 < counts[1] < counts[2] < counts[3] == 100


@pytest.mark.parametrize(
    ("limits", "seconds", "statuses"),
    [
        ({"exports_per_second": 3}, 0, [200, 200, 200, 429, 429]),
        ({"exports_per_second": 3}, 0.5, [200] * 5),
        ({"exports_per_hour": 3}, 1199, [200, 200, 200, 429, 200]),
        ({"exports_per_hour": 3}, 1200, [200] * 5),
        ({"exports_per_hour": 0}, 0, [200] * 5),
    ],
)
def test_x18_rate(limits: dict[str, Any], seconds: float, statuses: list[int]) -> None:
    """A project may export so often; what is rejected does not count."""
    client = AsgiClient(replace(EXPORTED, **limits))
    received = []
    for _ in statuses:
        received.append(client.export().status_code)
        client.advance(seconds)
    assert received == statuses


def test_x18_response_without_header() -> None:
    """Nothing says how long to wait, and no violation is recorded."""
    client = AsgiClient(replace(EXPORTED, exports_per_second=1))
    client.export()
    response = client.export()
    assert (response.status_code, sorted(response.headers), client.violations()) == (
        429,
        ["content-length", "content-type"],
        [],
    )


@pytest.mark.parametrize(("size", "encoding"), [(100, None), (2000, "gzip")])
def test_x19_compression(size: int, encoding: str | None) -> None:
    """A longer response is compressed for a client that accepts it."""
    client = imported(event({"texts": ["x" * 200] * (size // 200)}))
    response = client.export()
    assert (response.headers.get("content-encoding"), len(client.rows())) == (encoding, 1)
