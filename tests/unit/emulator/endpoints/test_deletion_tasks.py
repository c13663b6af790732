"""Rules about the status of deletion tasks, and about erasure."""

from typing import Any

import pytest

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    OTHER,
    SIMPLIFIED,
    TOKEN,
    AsgiClient,
    event,
    update,
)

ID = "4f2b1a3c-0000-5000-8000-000000000000"


def remaining_ids(client: AsgiClient) -> tuple[list[Any], list[Any]]:
    """Return the identifiers of all events and all profiles."""
    events = [item["properties"].get("distinct_id") for item in client.list_items("events")]
    return events, [item["distinct_id"] for item in client.list_items("profiles")]


def test_g9_status() -> None:
    """A task stays a minute in each status, by the clock."""
    client = AsgiClient()
    tracking_id = client.create_task("user-1")
    statuses = []
    for seconds in (58, 0, 59, 59, 1000):
        client.advance(seconds)
        statuses.append(client.task_status(tracking_id))
    assert statuses == ["PENDING", "STAGING", "STARTED", "SUCCESS", "SUCCESS"]


def test_g9_answer() -> None:
    """A task shows its status and what was requested."""
    client = AsgiClient()
    tracking_id = client.create_task("user-1")
    assert client.task("GET", tracking_id).json() == {
        "status": "ok",
        "results": {
            "tracking_id": tracking_id,
            "status": "PENDING",
            "requesting_user": "owner@example.com",
            "compliance_type": "GDPR",
            "project_id": 1,
            "date_requested": "2026-01-15T12:00:01",
            "distinct_ids": ["user-1"],
        },
    }


def test_g9_unknown_task() -> None:
    """An unknown task, or one of another project, is NOT_FOUND or 404."""
    client = AsgiClient(Project(unknown_deletion_status=404), OTHER)
    tracking_id = client.create_task("user-1")
    responses = [client.task("GET", tracking_id, token) for token in (TOKEN, OTHER.token)]
    statuses = [item.json()["results"]["status"] for item in responses]
    assert (statuses, client.task("GET", ID).status_code) == (["PENDING", "NOT_FOUND"], 404)


@pytest.mark.parametrize(
    ("before", "expected", "after"),
    [
        ("PENDING", 204, "REVOKED"),
        ("STAGING", 204, "REVOKED"),
        ("STARTED", 405, "STARTED"),
        ("SUCCESS", 405, "SUCCESS"),
        ("REVOKED", 405, "REVOKED"),
    ],
)
def test_g10_cancel(before: str, expected: int, after: str) -> None:
    """A task can be cancelled until it has started."""
    client = AsgiClient()
    tracking_id = client.create_task("user-1")
    client.force_status(tracking_id, before)
    response = client.task("DELETE", tracking_id)
    assert (response.status_code, client.task_status(tracking_id)) == (expected, after)


def test_g10_cancelled_task_erases_nobody() -> None:
    """A cancelled task erases nothing."""
    client = AsgiClient()
    client.import_events([event()])
    client.task("DELETE", client.create_task("user-1"))
    client.advance(1000)
    assert len(client.stored()) == 1


def test_g10_cancel_an_unknown_task() -> None:
    """An unknown task cannot be cancelled."""
    assert AsgiClient().task("DELETE", ID).status_code == 405


def test_g11_erasure() -> None:
    """The users' data is erased at the end, and no other; later data is stored."""
    client = AsgiClient()
    client.import_events([event(), event({"distinct_id": "user-2"})])
    client.engage(update(set={}), update(set={}, distinct_id="user-2"))
    client.create_task("user-1")
    client.advance(178)
    before = remaining_ids(client)
    client.advance(2)
    client.import_events([event()])
    after = remaining_ids(client)
    everybody = (["user-1", "user-2"], ["user-1", "user-2"])
    assert (before, after) == (everybody, (["user-2", "user-1"], ["user-2"]))


def test_g11_erasure_of_all_identifiers() -> None:
    """A user's devices and history are erased, too; another project keeps its data."""
    client = AsgiClient(SIMPLIFIED, OTHER)
    ids = {"$device_id": "d", "distinct_id": None}
    client.import_events(
        [event(ids), event(ids | {"$user_id": "user-1"}), event({"distinct_id": "u-2"})]
    )
    client.import_events([event()], auth=(OTHER.token, ""))
    client.engage(update(set={}), update(set={}, distinct_id="u-2"))
    client.force_status(client.create_task("$device:d"), "SUCCESS")
    updates = [item["distinct_id"] for item in client.list_items("updates")]
    assert (remaining_ids(client), updates, client.list_items("identities")) == (
        (["u-2", "user-1"], ["u-2"]),
        ["u-2"],
        [],
    )


@pytest.mark.parametrize(
    "forced", ["FAILURE", "REVOKED", "NOT_FOUND", "UNKNOWN", "SUCCESS", "STARTED"]
)
def test_forced_status(forced: str) -> None:
    """A task can be given any status, and lists its history."""
    client = AsgiClient()
    tracking_id = client.create_task("user-1")
    client.force_status(tracking_id, forced)
    [task] = client.list_items("deletions")
    history = [item["status"] for item in task["history"]]
    assert (client.task_status(tracking_id), history) == (forced, ["PENDING", forced])


@pytest.mark.parametrize(
    ("tracking_id", "body", "status"),
    [(None, {"status": "DONE"}, 400), (None, [], 400), (ID, {"status": "SUCCESS"}, 404)],
)
def test_status_that_cannot_be_forced(tracking_id: str | None, body: Any, status: int) -> None:
    """Only the eight statuses are accepted, and only for an existing task."""
    client = AsgiClient()
    path = f"/_emulator/deletions/{tracking_id or client.create_task('user-1')}"
    assert client.call("POST", path, json=body).status_code == status


@pytest.mark.parametrize(("method", "path"), [("PUT", ID), ("GET", ""), ("POST", ID)])
def test_e2_method_of_deletions(method: str, path: str) -> None:
    """A task is created without an id, and read with one."""
    client = AsgiClient()
    responses = (client.task(method, path), client.task("GET", ID))
    assert ([item.status_code for item in responses], client.violations()) == (
        [405, 200],
        [("E2", None)],
    )
