"""Rules about the deletion of users."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mixpanel_emulator.state.project import GdprToken, Project
from tests.unit.emulator.asgi_client import (
    DELETIONS,
    GDPR_TOKEN,
    NOW,
    OTHER,
    SIMPLIFIED,
    TOKEN,
    AsgiClient,
    event,
    update,
)

ID = "4f2b1a3c-0000-5000-8000-000000000000"


def create_task(client: AsgiClient, *distinct_ids: str) -> str:
    """Create a task for these users, and return its id."""
    tracking_id: str = client.delete_users(list(distinct_ids)).json()["results"]["tracking_id"]
    return tracking_id


def status(client: AsgiClient, tracking_id: str) -> str:
    """Return the status of a task."""
    current: str = client.task("GET", tracking_id).json()["results"]["status"]
    return current


def force(client: AsgiClient, tracking_id: str, forced: str) -> httpx.Response:
    """Give a task a status."""
    return client.call("POST", f"/_emulator/deletions/{tracking_id}", json={"status": forced})


def remaining_ids(client: AsgiClient) -> tuple[list[Any], list[Any]]:
    """Return the identifiers of all events and all profiles."""
    events = [item["properties"].get("distinct_id") for item in client.list_items("events")]
    return events, [item["distinct_id"] for item in client.list_items("profiles")]


def test_g1_create() -> None:
    """A new deletion task is PENDING."""
    response = AsgiClient().delete_users(["user-1", "user-2"])
    tracking_id = response.json()["results"]["tracking_id"]
    assert (response.status_code, response.json()) == (
        201,
        {
            "status": "ok",
            "results": {
                "task_id": tracking_id,
                "tracking_id": tracking_id,
                "status": "PENDING",
                "requesting_user": "owner@example.com",
                "compliance_type": "GDPR",
                "project_id": 1,
                "date_requested": "2026-01-15T12:00:01",
                "distinct_ids": ["user-1", "user-2"],
                "distinct_id_count": 2,
            },
        },
    )


def test_g1_create_as_list() -> None:
    """A project may respond in the other documented shape."""
    [result] = (
        AsgiClient(Project(deletion_results_as_list=True))
        .delete_users(["user-1"])
        .json()["results"]
    )
    assert result["status"] == "PENDING"


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {GDPR_TOKEN}", 201),
        (f"bearer {GDPR_TOKEN}", 201),
        ("Bearer nonsense", 401),
        ("Basic c2FuZGJveA==", 401),
        ("", 401),
    ],
)
def test_g2_authorization(authorization: str, status: int) -> None:
    """Only an owner's OAuth token is accepted."""
    response = AsgiClient().call(
        "POST",
        f"{DELETIONS}?token={TOKEN}",
        headers={"Authorization": authorization},
        json={"distinct_ids": ["user-1"]},
    )
    assert (response.status_code, response.json()["status"]) == (
        status,
        "ok" if status == 201 else "error",
    )


def test_g2_expired_token() -> None:
    """A token is accepted until it expires."""
    token = GdprToken(token=GDPR_TOKEN, expires=NOW + timedelta(seconds=2))
    client = AsgiClient(Project(gdpr_tokens=(token,)))
    assert [client.delete_users([item]).status_code for item in ("user-1", "user-2")] == [201, 401]


@pytest.mark.parametrize(
    ("query", "status"),
    [(f"token={TOKEN}", 201), (f"token={OTHER.token}", 201), ("token=nonsense", 403), ("", 403)],
)
def test_g3_project_token(query: str, status: int) -> None:
    """The token in the query selects the project."""
    assert AsgiClient(Project(), OTHER).delete_users(["user-1"], query=query).status_code == status


def test_g3_project_of_another_owner() -> None:
    """An owner cannot delete in another owner's project."""
    stranger = Project(project_id="3", token="0ther", gdpr_tokens=(GdprToken(token="gdpr-other"),))
    client = AsgiClient(Project(), stranger)
    assert client.delete_users(["user-1"], query="token=0ther").status_code == 403


@pytest.mark.parametrize(
    ("groups", "count", "status"),
    [((), 1999, 201), ((), 2000, 400), (("company",), 1000, 201), (("company",), 1001, 400)],
)
def test_g4_number_of_ids(groups: tuple[str, ...], count: int, status: int) -> None:
    """The number of ids is limited, and lower with data groups."""
    client = AsgiClient(Project(data_groups=groups))
    assert client.delete_users([f"user-{n}" for n in range(count)]).status_code == status


@pytest.mark.parametrize("ids", [[], None, "user-1", [7], [None], [""], {"id": "user-1"}])
def test_g4_unreadable_ids(ids: Any) -> None:
    """Ids are text, and at least one is required."""
    response = AsgiClient().delete_users(ids)
    assert (response.status_code, response.json()["status"]) == (400, "error")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7"])
def test_g4_unreadable_body(body: bytes) -> None:
    """A body that is not a JSON object is rejected."""
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    response = AsgiClient().call(
        "POST", f"{DELETIONS}?token={TOKEN}", headers=headers, content=body
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("compliance_type", "status"),
    [("GDPR", 201), ("ccpa", 201), ("HIPAA", 400), (None, 400), (7, 400)],
)
def test_g5_compliance_type(compliance_type: Any, status: int) -> None:
    """Two compliance types are accepted, in any case."""
    assert (
        AsgiClient().delete_users(["user-1"], compliance_type=compliance_type).status_code == status
    )


def test_g6_one_call_a_second() -> None:
    """A project gets one response a second, for any request."""
    client = AsgiClient(Project(), OTHER)
    tracking_id = create_task(client, "user-1")
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    responses = []
    for token, seconds in ((TOKEN, 0.9), (OTHER.token, 0), (TOKEN, 0.1)):
        client.advance(seconds)
        url = f"{DELETIONS}{tracking_id}?token={token}"
        responses.append(client.call("GET", url, headers=headers))
    assert [(item.status_code, item.text[:17]) for item in responses] == [
        (429, "Too Many Requests"),
        (200, '{"status":"ok","r'),
        (200, '{"status":"ok","r'),
    ]


def test_g6_no_limit() -> None:
    """A project without a limit gets every response."""
    client = AsgiClient(Project(deletion_rest_seconds=0))
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    url = f"{DELETIONS}{ID}?token={TOKEN}"
    assert [client.call("GET", url, headers=headers).status_code for _ in range(2)] == [200, 200]


def test_g7_conflict() -> None:
    """A request with an id of a running task is rejected as a whole, and names the id."""
    client = AsgiClient()
    tracking_id = create_task(client, "user-1", "user-2")
    response = client.delete_users(["user-3", "user-2"])
    error = response.json()["error"]
    assert (
        response.status_code,
        response.json()["status"],
        len(client.list_items("deletions")),
    ) == (
        409,
        "error",
        1,
    )
    assert (error["conflicting_distinct_ids"], error["conflicting_task_ids"]) == (
        ["user-2"],
        [tracking_id],
    )


@pytest.mark.parametrize(
    ("first", "status"),
    [("STAGING", 409), ("STARTED", 409), ("SUCCESS", 201), ("FAILURE", 201), ("REVOKED", 201)],
)
def test_g7_conflict_ends_with_the_task(first: str, status: int) -> None:
    """The ids of a task that has ended can be deleted again."""
    client = AsgiClient()
    force(client, create_task(client, "user-1"), first)
    assert client.delete_users(["user-1"]).status_code == status


def test_g8_unknown_ids() -> None:
    """Unknown ids are accepted."""
    assert AsgiClient().delete_users(["nobody", "$device:none"]).status_code == 201


def test_g9_status() -> None:
    """A task stays a minute in each status, by the clock."""
    client = AsgiClient()
    tracking_id = create_task(client, "user-1")
    statuses = []
    for seconds in (58, 0, 59, 59, 1000):
        client.advance(seconds)
        statuses.append(status(client, tracking_id))
    assert statuses == ["PENDING", "STAGING", "STARTED", "SUCCESS", "SUCCESS"]


def test_g9_answer() -> None:
    """A task shows its status and what was requested."""
    client = AsgiClient()
    tracking_id = create_task(client, "user-1")
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
    tracking_id = create_task(client, "user-1")
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
    tracking_id = create_task(client, "user-1")
    force(client, tracking_id, before)
    response = client.task("DELETE", tracking_id)
    assert (response.status_code, status(client, tracking_id)) == (expected, after)


def test_g10_cancelled_task_erases_nobody() -> None:
    """A cancelled task erases nothing."""
    client = AsgiClient()
    client.import_events([event()])
    client.task("DELETE", create_task(client, "user-1"))
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
    create_task(client, "user-1")
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
    force(client, create_task(client, "$device:d"), "SUCCESS")
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
    tracking_id = create_task(client, "user-1")
    force(client, tracking_id, forced)
    [task] = client.list_items("deletions")
    history = [item["status"] for item in task["history"]]
    assert (status(client, tracking_id), history) == (forced, ["PENDING", forced])


@pytest.mark.parametrize(
    ("tracking_id", "body", "status"),
    [(None, {"status": "DONE"}, 400), (None, [], 400), (ID, {"status": "SUCCESS"}, 404)],
)
def test_status_that_cannot_be_forced(tracking_id: str | None, body: Any, status: int) -> None:
    """Only the eight statuses are accepted, and only for an existing task."""
    client = AsgiClient()
    path = f"/_emulator/deletions/{tracking_id or create_task(client, 'user-1')}"
    assert client.call("POST", path, json=body).status_code == status


@pytest.mark.parametrize(("method", "path"), [("PUT", ID), ("GET", ""), ("POST", ID)])
def test_e2_method_of_deletions(method: str, path: str) -> None:
    """A task is created without an id, and read with item."""
    client = AsgiClient()
    responses = (client.task(method, path), client.task("GET", ID))
    assert ([item.status_code for item in responses], client.violations()) == (
        [405, 200],
        [("E2", None)],
    )
