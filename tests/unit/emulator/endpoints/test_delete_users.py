"""Rules about the deletion of people."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mixpanel_emulator.state.project import GdprToken, Project
from tests.unit.emulator.api import (
    DELETIONS,
    GDPR_TOKEN,
    NOW,
    OTHER,
    SIMPLIFIED,
    TOKEN,
    Api,
    event,
    update,
)

ID = "4f2b1a3c-0000-5000-8000-000000000000"


def created(api: Api, *distinct_ids: str) -> str:
    """The id of a new task for these people."""
    tracking_id: str = api.deletes(list(distinct_ids)).json()["results"]["tracking_id"]
    return tracking_id


def status(api: Api, tracking_id: str) -> str:
    """How far a task has come."""
    found: str = api.task("GET", tracking_id).json()["results"]["status"]
    return found


def force(api: Api, tracking_id: str, wanted: str) -> httpx.Response:
    """Give a task a status."""
    return api.call("POST", f"/_emulator/deletions/{tracking_id}", json={"status": wanted})


def kept(api: Api) -> tuple[list[Any], list[Any]]:
    """Whose events and whose profiles there are."""
    events = [one["properties"].get("distinct_id") for one in api.held("events")]
    return events, [one["distinct_id"] for one in api.held("profiles")]


def test_g1_create() -> None:
    """Who asks for a deletion gets a task that waits."""
    answer = Api().deletes(["user-1", "user-2"])
    tracking_id = answer.json()["results"]["tracking_id"]
    assert (answer.status_code, answer.json()) == (
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
    """A project may answer in the other documented shape."""
    [result] = Api(Project(deletion_results_as_list=True)).deletes(["user-1"]).json()["results"]
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
    answer = Api().call(
        "POST",
        f"{DELETIONS}?token={TOKEN}",
        headers={"Authorization": authorization},
        json={"distinct_ids": ["user-1"]},
    )
    assert (answer.status_code, answer.json()["status"]) == (
        status,
        "ok" if status == 201 else "error",
    )


def test_g2_expired_token() -> None:
    """A token is good until the moment it expires."""
    token = GdprToken(token=GDPR_TOKEN, expires=NOW + timedelta(seconds=2))
    api = Api(Project(gdpr_tokens=(token,)))
    assert [api.deletes([one]).status_code for one in ("user-1", "user-2")] == [201, 401]


@pytest.mark.parametrize(
    ("query", "status"),
    [(f"token={TOKEN}", 201), (f"token={OTHER.token}", 201), ("token=nonsense", 403), ("", 403)],
)
def test_g3_project_token(query: str, status: int) -> None:
    """The token in the query says in which project."""
    assert Api(Project(), OTHER).deletes(["user-1"], query=query).status_code == status


def test_g3_project_of_another_owner() -> None:
    """An owner deletes in no other owner's project."""
    stranger = Project(project_id="3", token="0ther", gdpr_tokens=(GdprToken(token="gdpr-other"),))
    api = Api(Project(), stranger)
    assert api.deletes(["user-1"], query="token=0ther").status_code == 403


@pytest.mark.parametrize(
    ("groups", "count", "status"),
    [((), 1999, 201), ((), 2000, 400), (("company",), 1000, 201), (("company",), 1001, 400)],
)
def test_g4_number_of_ids(groups: tuple[str, ...], count: int, status: int) -> None:
    """A request names so many people, fewer where there are data groups."""
    api = Api(Project(data_groups=groups))
    assert api.deletes([f"user-{n}" for n in range(count)]).status_code == status


@pytest.mark.parametrize("ids", [[], None, "user-1", [7], [None], [""], {"id": "user-1"}])
def test_g4_unreadable_ids(ids: Any) -> None:
    """Identifiers are text, and there is at least one."""
    answer = Api().deletes(ids)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7"])
def test_g4_unreadable_body(body: bytes) -> None:
    """What is no JSON object names nobody."""
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    answer = Api().call("POST", f"{DELETIONS}?token={TOKEN}", headers=headers, content=body)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("law", "status"), [("GDPR", 201), ("ccpa", 201), ("HIPAA", 400), (None, 400), (7, 400)]
)
def test_g5_compliance_type(law: Any, status: int) -> None:
    """There are two laws, in any case of letters."""
    assert Api().deletes(["user-1"], compliance_type=law).status_code == status


def test_g6_one_call_a_second() -> None:
    """Whatever is asked, a project is answered once a second."""
    api = Api(Project(), OTHER)
    tracking_id = created(api, "user-1")
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    answers = []
    for token, seconds in ((TOKEN, 0.9), (OTHER.token, 0), (TOKEN, 0.1)):
        api.advance(seconds)
        url = f"{DELETIONS}{tracking_id}?token={token}"
        answers.append(api.call("GET", url, headers=headers))
    assert [(one.status_code, one.text[:17]) for one in answers] == [
        (429, "Too Many Requests"),
        (200, '{"status":"ok","r'),
        (200, '{"status":"ok","r'),
    ]


def test_g6_no_limit() -> None:
    """A project that needs no rest is answered at once."""
    api = Api(Project(deletion_rest_seconds=0))
    headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    url = f"{DELETIONS}{ID}?token={TOKEN}"
    assert [api.call("GET", url, headers=headers).status_code for _ in range(2)] == [200, 200]


def test_g7_conflict() -> None:
    """Nobody is in two tasks on their way; the whole request is refused, and says who."""
    api = Api()
    tracking_id = created(api, "user-1", "user-2")
    answer = api.deletes(["user-3", "user-2"])
    error = answer.json()["error"]
    assert (answer.status_code, answer.json()["status"], len(api.held("deletions"))) == (
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
    api = Api()
    force(api, created(api, "user-1"), first)
    assert api.deletes(["user-1"]).status_code == status


def test_g8_unknown_ids() -> None:
    """Nobody looks whether these people exist."""
    assert Api().deletes(["nobody", "$device:none"]).status_code == 201


def test_g9_status() -> None:
    """A task goes its way by the clock, a minute in each status."""
    api = Api()
    tracking_id = created(api, "user-1")
    seen = []
    for seconds in (58, 0, 59, 59, 1000):
        api.advance(seconds)
        seen.append(status(api, tracking_id))
    assert seen == ["PENDING", "STAGING", "STARTED", "SUCCESS", "SUCCESS"]


def test_g9_answer() -> None:
    """The status comes with what was asked for."""
    api = Api()
    tracking_id = created(api, "user-1")
    assert api.task("GET", tracking_id).json() == {
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
    """A task that is not there is NOT_FOUND, or a project answers 404; another's is not there."""
    api = Api(Project(unknown_deletion_status=404), OTHER)
    tracking_id = created(api, "user-1")
    answers = [api.task("GET", tracking_id, token) for token in (TOKEN, OTHER.token)]
    found = [one.json()["results"]["status"] for one in answers]
    assert (found, api.task("GET", ID).status_code) == (["PENDING", "NOT_FOUND"], 404)


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        ("PENDING", 204, "REVOKED"),
        ("STAGING", 204, "REVOKED"),
        ("STARTED", 405, "STARTED"),
        ("SUCCESS", 405, "SUCCESS"),
        ("REVOKED", 405, "REVOKED"),
    ],
)
def test_g10_cancel(before: str, answer: int, after: str) -> None:
    """A task can be called off until it has started."""
    api = Api()
    tracking_id = created(api, "user-1")
    force(api, tracking_id, before)
    response = api.task("DELETE", tracking_id)
    assert (response.status_code, status(api, tracking_id)) == (answer, after)


def test_g10_cancelled_task_erases_nobody() -> None:
    """What was called off does not happen."""
    api = Api()
    api.imports([event()])
    api.task("DELETE", created(api, "user-1"))
    api.advance(1000)
    assert len(api.stored()) == 1


def test_g10_cancel_an_unknown_task() -> None:
    """There is nothing to call off."""
    assert Api().task("DELETE", ID).status_code == 405


def test_g11_erasure() -> None:
    """Events and profiles of these people go at the end, and no others; what comes later stays."""
    api = Api()
    api.imports([event(), event({"distinct_id": "user-2"})])
    api.engages(update(set={}), update(set={}, distinct_id="user-2"))
    created(api, "user-1")
    api.advance(178)
    before = kept(api)
    api.advance(2)
    api.imports([event()])
    after = kept(api)
    everybody = (["user-1", "user-2"], ["user-1", "user-2"])
    assert (before, after) == (everybody, (["user-2", "user-1"], ["user-2"]))


def test_g11_erasure_of_all_identifiers() -> None:
    """A person's devices go with the person, history included; another project keeps its own."""
    api = Api(SIMPLIFIED, OTHER)
    ids = {"$device_id": "d", "distinct_id": None}
    api.imports([event(ids), event(ids | {"$user_id": "user-1"}), event({"distinct_id": "u-2"})])
    api.imports([event()], auth=(OTHER.token, ""))
    api.engages(update(set={}), update(set={}, distinct_id="u-2"))
    force(api, created(api, "$device:d"), "SUCCESS")
    updates = [one["distinct_id"] for one in api.held("updates")]
    assert (kept(api), updates, api.held("identities")) == (
        (["u-2", "user-1"], ["u-2"]),
        ["u-2"],
        [],
    )


@pytest.mark.parametrize(
    "wanted", ["FAILURE", "REVOKED", "NOT_FOUND", "UNKNOWN", "SUCCESS", "STARTED"]
)
def test_forced_status(wanted: str) -> None:
    """Whoever tests a client gives a task any status, and sees what it has been through."""
    api = Api()
    tracking_id = created(api, "user-1")
    force(api, tracking_id, wanted)
    [task] = api.held("deletions")
    history = [one["status"] for one in task["history"]]
    assert (status(api, tracking_id), history) == (wanted, ["PENDING", wanted])


@pytest.mark.parametrize(
    ("tracking_id", "body", "status"),
    [(None, {"status": "DONE"}, 400), (None, [], 400), (ID, {"status": "SUCCESS"}, 404)],
)
def test_status_that_cannot_be_forced(tracking_id: str | None, body: Any, status: int) -> None:
    """There are eight statuses, and the task must be there."""
    api = Api()
    path = f"/_emulator/deletions/{tracking_id or created(api, 'user-1')}"
    assert api.call("POST", path, json=body).status_code == status


@pytest.mark.parametrize(("method", "path"), [("PUT", ID), ("GET", ""), ("POST", ID)])
def test_e2_method_of_deletions(method: str, path: str) -> None:
    """A task is created without an id, and asked about with one."""
    api = Api()
    answers = (api.task(method, path), api.task("GET", ID))
    assert ([one.status_code for one in answers], api.broken()) == ([405, 200], [("E2", None)])
