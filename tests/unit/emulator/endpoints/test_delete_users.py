"""Rules about requests to delete users."""

from datetime import timedelta
from typing import Any

import pytest

from mixpanel_emulator.state.project import GdprToken, Project
from tests.unit.emulator.asgi_client import (
    DELETIONS,
    GDPR_TOKEN,
    NOW,
    OTHER,
    TOKEN,
    AsgiClient,
)

ID = "4f2b1a3c-0000-5000-8000-000000000000"


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
    tracking_id = client.create_task("user-1")
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
    tracking_id = client.create_task("user-1", "user-2")
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
    client.force_status(client.create_task("user-1"), first)
    assert client.delete_users(["user-1"]).status_code == status


def test_g8_unknown_ids() -> None:
    """Unknown ids are accepted."""
    assert AsgiClient().delete_users(["nobody", "$device:none"]).status_code == 201
