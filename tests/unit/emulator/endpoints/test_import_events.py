"""Rules about the response of /import and about what it stores."""

from dataclasses import replace

import pytest

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    NOW,
    OTHER,
    SECONDS,
    SIMPLIFIED,
    AsgiClient,
    event,
    failed,
)

UUID_4 = "0d3c3f52-7b1e-4f0a-9c55-4f1b0f6f7a10"
MERGE = {"event": "$merge", "properties": {"$distinct_ids": ["user-1", "device-1"]}}
IDENTITY_REJECTED = (
    "identity events are not allowed when project is using simplified identity management"
)


def test_e31_long_text() -> None:
    """Text is truncated to 255 characters at any depth."""
    client = AsgiClient()
    client.import_events(
        [event({"long": "é" * 256, "list": [{"in": "x" * 300}], "short": "x" * 255})]
    )
    [stored] = client.stored()
    assert (stored["long"], stored["list"], stored["short"], client.violations()) == (
        "é" * 255,
        [{"in": "x" * 255}],
        "x" * 255,
        [("E31", 0)],
    )


def test_e31_long_names() -> None:
    """Names that begin alike become one, of events and of properties."""
    client = AsgiClient()
    client.import_events([event({"x" * 256: 1, "x" * 257: 2}, name="n" * 256)])
    [stored] = client.list_items("events")
    assert (stored["event"], stored["properties"]["x" * 255], client.violations()) == (
        "n" * 255,
        2,
        [("E31", 0)],
    )


def test_e33_large_values() -> None:
    """A list of more than 8 KB is stored, with a violation."""
    client = AsgiClient()
    client.import_events([event({"list": ["x" * 90] * 80}), event({"list": ["x" * 90] * 90})])
    assert (len(client.stored()), client.violations()) == (2, [("E33", 1)])


@pytest.mark.parametrize("name", ["$identify", "$create_alias", "$merge"])
def test_e34_identity_event_in_a_simplified_project(name: str) -> None:
    """An identity event fails the whole batch, and nothing is stored."""
    client = AsgiClient(SIMPLIFIED)
    response = client.import_events([event(), event(name=name)])
    assert (response.status_code, response.json(), client.stored(), client.violations()) == (
        400,
        {
            "code": 400,
            "error": "some data points in the request failed validation",
            "status": "Bad Request",
            "num_records_imported": 0,
            "failed_records": [
                IDENTITY_REJECTED,
            ],
        },
        [],
        [],
    )


def test_e34_identity_event_without_strict() -> None:
    """With strict=0 it is lost silently, with a violation."""
    client = AsgiClient(SIMPLIFIED)
    response = client.import_events([event(), MERGE], query="strict=0")
    assert (response.text, len(client.stored()), client.violations()) == ("1", 1, [("E34", 1)])


def test_e34_identity_event_in_an_original_project() -> None:
    """An original project accepts identity events."""
    client = AsgiClient()
    identify = event({"$identified_id": "user-1", "$anon_id": UUID_4}, name="$identify")
    alias = event({"alias": "user-2"}, name="$create_alias")
    response = client.import_events([MERGE, identify, alias])
    assert (response.status_code, len(client.stored()), client.violations()) == (200, 3, [])


def test_e37_some_invalid() -> None:
    """The valid events are stored, the others reported in request order."""
    client = AsgiClient()
    late = event({"time": None, "$insert_id": "i-2"})
    response = client.import_events([event(name=""), event(), late, {}])
    assert (response.status_code, response.json(), len(client.stored()), client.violations()) == (
        400,
        {
            "code": 400,
            "error": "some data points in the request failed validation",
            "status": "Bad Request",
            "num_records_imported": 1,
            "failed_records": [
                failed(0, "event", "'event' must not be missing or blank"),
                failed(
                    2, "properties.time", "'properties.time' is invalid: must not be missing", "i-2"
                ),
                failed(3, "event", "'event' must not be missing or blank", ""),
            ],
        },
        1,
        [],
    )


@pytest.mark.parametrize(
    ("bad", "good", "error", "status", "violations"),
    [
        (0, 1, None, 1, []),
        (1, 1, "some data points in the request failed validation", 1, [("E38", None)]),
        (1, 0, "some data points in the request failed validation", 0, []),
    ],
)
def test_e38_without_strict(
    bad: int, good: int, error: str | None, status: int, violations: list[object]
) -> None:
    """Rejected events are not listed; that is a violation when the response is success."""
    client = AsgiClient()
    response = client.import_events([{}] * bad + [event()] * good, query="strict=0&verbose=1")
    expected = {"code": 200, "error": error, "num_records_imported": good, "status": status}
    assert (response.status_code, response.json(), client.violations()) == (
        200,
        expected,
        violations,
    )


@pytest.mark.parametrize("project", [OTHER, replace(OTHER, id_mode="simplified")])
@pytest.mark.parametrize(
    ("auth", "project_id"),
    [
        ((OTHER.token, ""), ""),
        (("0a" * 16, ""), ""),
        (("other.45ab.mp-service-account", "0ther"), "&project_id=2"),
    ],
)
def test_e38_probe_with_good_credentials(
    project: Project, auth: tuple[str, str], project_id: str
) -> None:
    """A record without content imports nothing, and is no violation."""
    client = AsgiClient(project)
    response = client.import_events([{}], query=f"strict=0&verbose=1{project_id}", auth=auth)
    assert (response.status_code, response.json(), client.stored(), client.violations()) == (
        200,
        {
            "code": 200,
            "error": "some data points in the request failed validation",
            "num_records_imported": 0,
            "status": 0,
        },
        [],
        [],
    )


def test_e39_ignored_and_reserved() -> None:
    """An ignored event gets success and is lost; a reserved name is stored."""
    client = AsgiClient()
    response = client.import_events(
        [event({"$ignore": True}), event({"$ignore": False}), event({"bucket": 1})]
    )
    assert (response.json()["num_records_imported"], len(client.stored()), client.violations()) == (
        3,
        2,
        [("E39", 0), ("E39", 2)],
    )


@pytest.mark.parametrize("name", ["$import", "$failure_reason", "$mp_event_size"])
def test_e39_name_of_mixpanel(name: str) -> None:
    """An event with a property that Mixpanel writes is stored, with a violation."""
    client = AsgiClient()
    client.import_events([event({name: 1})])
    assert (len(client.stored()), client.violations()) == (1, [("E39", 0)])


def test_e52_long_ids() -> None:
    """Users whose ids begin alike become one."""
    client = AsgiClient()
    client.import_events([event({"distinct_id": "x" * 255 + end}) for end in ("", "a", "b")])
    users = {item["distinct_id"] for item in client.stored()}
    rules = [violation for violation in client.violations() if violation[0] == "E52"]
    assert (users, rules) == ({"x" * 255}, [("E52", 1), ("E52", 2)])


def test_e53_hot_user() -> None:
    """Beyond the limit of a day, an event loses its name and its user."""
    client = AsgiClient(Project(hot_shard_events=1))
    client.import_events([event(), event({"distinct_id": "user-2"}), event(), event()])
    stored = [
        (item["event"], item["properties"]["distinct_id"]) for item in client.list_items("events")
    ]
    names = [name for name, _ in stored]
    assert (names[2:], [user for _, user in stored[2:]], client.violations()) == (
        ["$hotshard_events"] * 2,
        ["", ""],
        [("E53", 2), ("E53", 3)],
    )


def test_e51_copies() -> None:
    """Duplicates are stored; a query sees the latest of those equal in four fields."""
    client = AsgiClient()
    first, other = event({"n": 1}), event({"n": 2, "distinct_id": "user-2"})
    again, later = event({"n": 3, "time": SECONDS * 1000}), event({"n": 4, "time": SECONDS - 1})
    client.import_events([first, other, again, later])
    queried = [item["properties"]["n"] for item in client.list_items("events", view="query")]
    assert ([item["n"] for item in client.stored()], queried) == ([1, 2, 3, 4], [2, 3, 4])


def test_milliseconds_are_not_rounded() -> None:
    """An event of the current millisecond is not in the future."""
    client = AsgiClient()
    client.import_events([event({"time": int(NOW.timestamp() * 1000)})])
    assert client.violations() == []
