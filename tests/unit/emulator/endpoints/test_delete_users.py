"""Rules about the deletion of people."""

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


def created(client: AsgiClient, *distinct_ids: str) -> str:
    """The id of a new task for these people."""
    tracking_id: str = client.delete_users(list(distinct_ids)).json()["results"]["tracking_id"]
    return tracking_id


def status(client: AsgiClient, tracking_id: str) -> str:
    """How far a task has come."""
    found: str = client.task("GET", tracking_id).json()["results"]["status"]
    return found


def force(client: AsgiClient, tracking_id: str, wanted: str) -> httpx.Response:
    """Give a task a status."""
    return client.call("POST", f"/_emulator/deletions/{tracking_id}", json={"status": wanted})


def kept(client: AsgiClient) -> tuple[list[Any], list[Any]]:
    """Whose events and whose profiles there are."""
    events = [one["properties"].get("distinct_id") for one in client.list_items("events")]
    return events, [one["distinct_id"] for one in client.list_items("profiles")]


def test_g1_create() -> None:
    """Who asks for a deletion gets a task that waits."""
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
    """Only an owner's token may ask."""
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
    """A token is good until the moment it expires."""
    token = GdprToken(token=GDPR_TOKEN, expires=NOW + timedelta(seconds=2))
    client = AsgiClient(Project(gdpr_tokens=(token,)))
    assert [client.delete_users([one]).status_code for one in ("user-1", "user-2")] == [201, 401]


@pytest.mark.parametrize(
    ("query", "status"),
    [(f"token={TOKEN}", 201), (f"token={OTHER.token}", 201), ("token=nonsense", 403), ("", 403)],
)
def test_g3_project_token(query: str, status: int) -> None:
    """The token in the query says in which project."""
    assert AsgiClient(Project(), OTHER).delete_users(["user-1"], query=query).status_code == status


def test_g3_project_of_another_owner() -> None:
    """An owner deletes in no other owner's project."""
    stranger = Project(project_id="3", token="0ther", gdpr_tokens=(GdprToken(token="gdpr-other"),))
    client = AsgiClient(Project(), stranger)
    assert client.delete_users(["user-1"], query="token=0ther").status_code == 403


@pytest.mark.parametrize(
    ("groups", "count", "status"),
    [((), 1999, 201), ((), 2000, 400), (("company",), 1000, 201), (("company",), 1001, 400)],
)
def test_g4_number_of_ids(groups: tuple[str, ...], count: int, status: int) -> None:
    """A request names so many people, fewer where there are data groups."""
    client = AsgiClient(Project(data_groups=groups))
    assert client.delete_users([f"user-{n}" for n in range(count)]).status_code == status


@pytest.mark.parametrize("ids", [[], None, "user-1", [7], [None], [""], {"id": "user-1"}])
def test_g4_unreadable_ids(ids: Any) -> None:
    """Identifiers are text, and there is at least one."""
    response = AsgiClient().delete_users(ids)
    assert (response.status_code, response.json()["status"]) == (400, "error")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7"])
def test_g4_unreadable_body(body: bytes) -> None:
    """What is no JSON object names nobody."""
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    response = AsgiClient().call(
        "POST", f"{DELETIONS}?token={TOKEN}", headers=headers, content=body
    )
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("law", "status"), [("GDPR", 201), ("ccpa", 201), ("HIPAA", 400), (None, 400), (7, 400)]
)
def test_g5_compliance_type(law: Any, status: int) -> None:
    """There are two laws, in any case of letters."""
    assert AsgiClient().delete_users(["user-1"], compliance_type=law).status_code == status


def test_g6_one_call_a_second() -> None:
    """Whatever is asked, a project is answered once a second."""
    client = AsgiClient(Project(), OTHER)
    tracking_id = created(client, "user-1")
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    responses = []
    for token, seconds in ((TOKEN, 0.9), (OTHER.token, 0), (TOKEN, 0.1)):
        client.advance(seconds)
        url = f"{DELETIONS}{tracking_id}?token={token}"
        responses.append(client.call("GET", url, headers=headers))
    assert [(one.status_code, one.text[:17]) for one in responses] == [
        (429, "Too Many Requests"),
        (200, '{"status":"ok","r'),
        (200, '{"status":"ok","r'),
    ]


def test_g6_no_limit() -> None:
    """A project that needs no rest is answered at once."""
    client = AsgiClient(Project(deletion_rest_seconds=0))
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    url = f"{DELETIONS}{ID}?token={TOKEN}"
    assert [client.call("GET", url, headers=headers).status_code for _ in range(2)] == [200, 200]


def test_g7_conflict() -> None:
    """Nobody is in two tasks on their way; the whole request is refused, and says who."""
    client = AsgiClient()
    tracking_id = created(client, "user-1", "user-2")
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
    """Once a task is over its people may be named again."""
    client = AsgiClient()
    force(client, created(client, "user-1"), first)
    assert client.delete_users(["user-1"]).status_code == status


def test_g8_unknown_ids() -> None:
    """Nobody looks whether these people exist."""
    assert AsgiClient().delete_users(["nobody", "$device:none"]).status_code == 201


def test_g9_status() -> None:
    """A task goes its way by the clock, a minute in each status."""
    client = AsgiClient()
    tracking_id = created(client, "user-1")
    seen = []
    for seconds in (58, 0, 59, 59, 1000):
        client.advance(seconds)
        seen.append(status(client, tracking_id))
    assert seen == ["PENDING", "STAGING", "STARTED", "SUCCESS", "SUCCESS"]


def test_g9_answer() -> None:
    """The status comes with what was asked for."""
    client = AsgiClient()
    tracking_id = created(client, "user-1")
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
    """A task that is not there is NOT_FOUND, or a project responses 404; another's is not there."""
    client = AsgiClient(Project(unknown_deletion_status=404), OTHER)
    tracking_id = created(client, "user-1")
    responses = [client.task("GET", tracking_id, token) for token in (TOKEN, OTHER.token)]
    found = [one.json()["results"]["status"] for one in responses]
    assert (found, client.task("GET", ID).status_code) == (["PENDING", "NOT_FOUND"], 404)


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
    """A task can be called off until it has started."""
    client = AsgiClient()
    tracking_id = created(client, "user-1")
    force(client, tracking_id, before)
    response = client.task("DELETE", tracking_id)
    assert (response.status_code, status(client, tracking_id)) == (expected, after)


def test_g10_cancelled_task_erases_nobody() -> None:
    """What was called off does not happen."""
    client = AsgiClient()
    client.import_events([event()])
    client.task("DELETE", created(client, "user-1"))
    client.advance(1000)
    assert len(client.stored()) == 1


def test_g10_cancel_an_unknown_task() -> None:
    """There is nothing to call off."""
    assert AsgiClient().task("DELETE", ID).status_code == 405


def test_g11_erasure() -> None:
    """Events and profiles of these people go at the end, and no others; what comes later stays."""
    client = AsgiClient()
    client.import_events([event(), event({"distinct_id": "user-2"})])
    client.engage(update(set={}), update(set={}, distinct_id="user-2"))
    created(client, "user-1")
    client.advance(178)
    before = kept(client)
    client.advance(2)
    client.import_events([event()])
    after = kept(client)
    everybody = (["user-1", "user-2"], ["user-1", "user-2"])
    assert (before, after) == (everybody, (["user-2", "user-1"], ["user-2"]))


def test_g11_erasure_of_all_identifiers() -> None:
    """A person's devices go with the person, history included; another project keeps its own."""
    client = AsgiClient(SIMPLIFIED, OTHER)
    ids = {"$device_id": "d", "distinct_id": None}
    client.import_events(
        [event(ids), event(ids | {"$user_id": "user-1"}), event({"distinct_id": "u-2"})]
    )
    client.import_events([event()], auth=(OTHER.token, ""))
    client.engage(update(set={}), update(set={}, distinct_id="u-2"))
    force(client, created(client, "$device:d"), "SUCCESS")
    updates = [one["distinct_id"] for one in client.list_items("updates")]
    assert (kept(client), updates, client.list_items("identities")) == (
        (["u-2", "user-1"], ["u-2"]),
        ["u-2"],
        [],
    )


@pytest.mark.parametrize(
    "wanted", ["FAILURE", "REVOKED", "NOT_FOUND", "UNKNOWN", "SUCCESS", "STARTED"]
)
def test_forced_status(wanted: str) -> None:
    """Whoever tests a client gives a task any status, and sees what it has been through."""
    client = AsgiClient()
    tracking_id = created(client, "user-1")
    force(client, tracking_id, wanted)
    [task] = client.list_items("deletions")
    history = [one["status"] for one in task["history"]]
    assert (status(client, tracking_id), history) == (wanted, ["PENDING", wanted])


@pytest.mark.parametrize(
    ("tracking_id", "body", "status"),
    [(None, {"status": "DONE"}, 400), (None, [], 400), (ID, {"status": "SUCCESS"}, 404)],
)
def test_status_that_cannot_be_forced(tracking_id: str | None, body: Any, status: int) -> None:
    """There are eight statuses, and the task must be there."""
    client = AsgiClient()
    path = f"/_emulator/deletions/{tracking_id or created(client, 'user-1')}"
    assert client.call("POST", path, json=body).status_code == status


@pytest.mark.parametrize(("method", "path"), [("PUT", ID), ("GET", ""), ("POST", ID)])
def test_e2_method_of_deletions(method: str, path: str) -> None:
    """A task is created without an id, and asked about with one."""
    client = AsgiClient()
    responses = (client.task(method, path), client.task("GET", ID))
    assert ([one.status_code for one in responses], client.violations()) == (
        [405, 200],
        [("E2", None)],
    )
