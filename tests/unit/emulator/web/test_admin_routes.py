"""The admin API: lists, histories, the clock and the journal."""

from typing import Any

import orjson
import pytest

from mixpanel_emulator import Emulator, Project
from tests.unit.emulator.asgi_client import (
    NOW,
    OTHER,
    SIMPLIFIED,
    TOKEN,
    AsgiClient,
    event,
    tracked,
    update,
)


def two_projects() -> AsgiClient:
    """Two projects, each with an event, a profile and a violation."""
    client = AsgiClient(SIMPLIFIED, OTHER)
    for token in (TOKEN, OTHER.token):
        client.track([tracked({"token": token, "bucket": 1, "$user_id": "u", "$device_id": "d"})])
        client.engage(update(token=token, set={}))
        client.delete_users(["user-1"], query=f"token={token}")
    return client


@pytest.mark.parametrize(
    "name",
    ["events", "updates", "profiles", "deletions", "violations", "requests", "counts"],
)
def test_one_project(name: str) -> None:
    """Each list can be limited to one project."""
    client = two_projects()
    projects = [item["project"] for item in client.list_items(name, project="2")]
    assert (set(projects), len(client.list_items(name)) > len(projects)) == ({"2"}, True)


def test_history_of_a_profile() -> None:
    """A profile lists its updates in order, as they arrived."""
    client = AsgiClient()
    client.engage(update(set={"list": ["a", "b"]}), update(set={}, distinct_id="user/2"))
    client.advance(60)
    client.engage(update(remove={"list": "a"}), update(add={"n": 1}))
    shown: Any = client.call("GET", "/_emulator/profiles/user-1").json()
    history = [(item["at"][11:16], item["operation"], item["value"]) for item in shown["updates"]]
    assert (shown["properties"], history) == (
        {"list": ["b"], "n": 1},
        [
            ("12:00", "$set", {"list": ["a", "b"]}),
            ("12:01", "$remove", {"list": "a"}),
            ("12:01", "$add", {"n": 1}),
        ],
    )


def test_history_of_a_deleted_profile() -> None:
    """A deleted profile keeps its history; its id may contain a slash."""
    client = AsgiClient()
    client.engage(update(distinct_id="user/2", set={}), update(distinct_id="user/2", delete=""))
    shown: Any = client.call("GET", "/_emulator/profiles/user/2").json()
    history = [item["operation"] for item in shown["updates"]]
    assert (shown["properties"], history) == (None, ["$set", "$delete"])


def test_history_of_an_unknown_user() -> None:
    """An unknown user has no profile, nor has a user of another project."""
    client = AsgiClient(Project(), OTHER)
    client.engage(update(set={}))
    paths = ("user-1", "user-2", "user-1?project=2", "user-1?project=1")
    statuses = [client.call("GET", f"/_emulator/profiles/{path}").status_code for path in paths]
    assert statuses == [200, 404, 404, 200]


def test_clock_is_set() -> None:
    """Data arrives at the time that the clock was set to."""
    client = AsgiClient()
    response = client.call("POST", "/_emulator/clock", json={"now": "2026-03-01T10:00:00"})
    client.advance(0.5)
    client.track([tracked({"time": None})])
    assert (response.json(), client.list_items("events")[0]["at"]) == (
        {"now": "2026-03-01T10:00:00+00:00"},
        "2026-03-01T10:00:00.500+00:00",
    )


def test_clock_is_reset() -> None:
    """The clock returns to the time of its source."""
    client = AsgiClient()
    client.advance(60)
    status = client.call("DELETE", "/_emulator/clock").status_code
    now = client.call("GET", "/_emulator/clock").json()["now"]
    assert (status, now) == (204, NOW.isoformat())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"now":"soon"}',
        b'{"now":7}',
        b'{"advance_seconds":"1"}',
        b'{"advance_seconds":true}',
        b'{"advance_seconds":1e300}',
        b'{"advance_seconds":1e12}',
        b'{"advance_seconds":1,"now":"2026-03-01"}',
    ],
)
def test_clock_that_cannot_be_set(body: bytes) -> None:
    """An invalid change leaves the clock as it was, and says what is expected."""
    client = AsgiClient()
    response = client.call("POST", "/_emulator/clock", content=body)
    assert (
        response.status_code,
        list(response.json()),
        client.call("GET", "/_emulator/clock").json(),
    ) == (
        400,
        ["error"],
        {"now": NOW.isoformat()},
    )


def test_journal(tmp_path: Any) -> None:
    """Everything that arrives is appended to the journal."""
    path = tmp_path / "journal.jsonl"
    for record in (event(), event(name="")):
        with Emulator(now=lambda: NOW, journal=path) as mixpanel:
            mixpanel._http.post("/import?strict=1", json=[record], auth=(TOKEN, ""))
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [(line["kind"], line.get("event"), line.get("status")) for line in lines] == [
        ("events", "Order Completed", None),
        ("requests", None, 200),
        ("requests", None, 400),
    ]


def test_emulator_has_a_method_for_each_list_and_control() -> None:
    """Every list and control of the admin API has a method."""
    with Emulator(project=SIMPLIFIED, now=lambda: NOW) as mixpanel:
        http = mixpanel._http
        ids = {"$user_id": "user-1", "$device_id": "d"}
        http.post("/import?strict=1", json=[event(ids)], auth=(TOKEN, ""))
        http.post("/engage?ip=0", json=[update(set={"n": 1})])
        headers = {"Authorization": f"Bearer {SIMPLIFIED.gdpr_tokens[0].token}"}
        http.post(
            f"/api/app/data-deletions/v3.0?token={TOKEN}",
            json={"distinct_ids": ["user-1"]},
            headers=headers,
        )
        shown = (
            mixpanel.identities()[0]["ids"],
            mixpanel.profile("user-1")["properties"],
            len(mixpanel.updates()),
            len(mixpanel.counts()),
        )
        mixpanel.advance(60)
        staged = mixpanel.deletions()[0]
        mixpanel.set_deletion(staged["tracking_id"], "SUCCESS")
        mixpanel.set_clock(NOW)
        remaining = (mixpanel.events(), mixpanel.profiles(), mixpanel.deletions()[0]["status"])
        with pytest.raises(KeyError):
            mixpanel.profile("user-1")
    assert (shown, staged["status"], remaining) == (
        (["user-1", "$device:d"], {"n": 1}, 1, 3),
        "STAGING",
        ([], [], "SUCCESS"),
    )
