"""What the emulator stores and shows."""

from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Profile, Store
from tests.unit.emulator.asgi_client import OTHER, TOKEN, AsgiClient, event, tracked


def test_event_names_its_project() -> None:
    """Several projects have separate events."""
    client = AsgiClient(Project(), OTHER)
    client.track([tracked({"n": 1}), tracked({"n": 2, "token": OTHER.token})])
    events = [
        (item["project"], item["event"], item["properties"]["n"])
        for item in client.list_items("events")
    ]
    assert events == [("1", "Order Completed", 1), ("2", "Order Completed", 2)]


def test_request_is_kept_without_its_credentials() -> None:
    """A request is listed with its decoded size, response and headers, without secrets."""
    client = AsgiClient()
    body = client.import_events([event()]).request.content
    [request] = client.list_items("requests")
    headers = request.pop("headers")
    assert (request, headers["authorization"], headers["content-type"]) == (
        {
            "at": "2026-01-15T12:00:00.000+00:00",
            "project": "1",
            "method": "POST",
            "path": "/import",
            "query": {"strict": "1"},
            "size": len(body),
            "records": 1,
            "status": 200,
            "fault": None,
            "body": body.decode(),
            "answer": '{"code":200,"num_records_imported":1,"status":"OK"}',
        },
        "***",
        "application/json",
    )


def test_violation_has_its_rule_endpoint_and_record() -> None:
    """A violation names its rule, endpoint and record."""
    client = AsgiClient()
    client.track([tracked(), tracked(name="$merge")])
    assert client.list_items("violations") == [
        {
            "at": "2026-01-15T12:00:00.000+00:00",
            "project": "1",
            "rule": "E36",
            "endpoint": "track",
            "message": "$merge is for /import only",
            "index": 1,
        }
    ]


def test_delete_empties_everything() -> None:
    """After DELETE every list is empty."""
    client = AsgiClient()
    client.import_events([event(), event({"bucket": 1})])
    status = client.call("DELETE", "/_emulator").status_code
    names = ("events", "profiles", "groups", "violations", "requests", "deletions")
    assert (status, [client.list_items(name) for name in names]) == (204, [[]] * 6)


def test_unknown_view() -> None:
    """An unknown list is not found, and causes no violation."""
    client = AsgiClient()
    assert (client.call("GET", "/_emulator/secrets").status_code, client.violations()) == (404, [])


def test_memory_is_bounded() -> None:
    """Beyond its limit the store drops the oldest items."""
    store = Store(limit=2)
    store.events.extend({"n": n} for n in range(3))
    for name in "abc":
        store.add_profile(store.profiles, ("1", name), Profile())
    assert ([item["n"] for item in store.events], list(store.profiles)) == (
        [1, 2],
        [("1", "b"), ("1", "c")],
    )


def test_events_without_insert_id_are_not_deduplicated() -> None:
    """Events without an insert id are never duplicates."""
    client = AsgiClient()
    client.track([tracked({"$insert_id": None, "token": TOKEN})] * 2)
    assert len(client.list_items("events", view="query")) == 2
