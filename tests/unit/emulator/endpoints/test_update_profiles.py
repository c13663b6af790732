"""Rules about updates on /engage and /groups."""

from typing import Any

import orjson
import pytest

from tests.unit.emulator.asgi_client import AsgiClient, group_update, update

SUCCESS = {"error": None, "status": 1}


def properties(client: AsgiClient) -> list[dict[str, Any]]:
    """Return the properties of the users' profiles."""
    return [profile["properties"] for profile in client.list_items("profiles")]


@pytest.mark.parametrize("field", ["token", "distinct_id"])
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_e43_missing_parts_of_a_user_update(field: str, value: Any) -> None:
    """An update must identify its user."""
    client = AsgiClient()
    changes: dict[str, Any] = {"set": {}, field: value}
    responses = [client.engage(item).json() for item in (update(**changes), update(set={}))]
    missing = {"error": f"${field}, missing or empty", "status": 0}
    assert (responses, len(properties(client)), client.violations()) == ([missing, SUCCESS], 1, [])


@pytest.mark.parametrize("field", ["token", "group_key", "group_id"])
def test_e44_missing_parts_of_a_group_update(field: str) -> None:
    """An update must identify its group."""
    client = AsgiClient()
    changes: dict[str, Any] = {"set": {}, field: None}
    responses = [
        client.groups(item).json() for item in (group_update(**changes), group_update(set={}))
    ]
    missing = {"error": f"${field}, missing or empty", "status": 0}
    assert (responses, len(client.list_items("groups")), client.violations()) == (
        [missing, SUCCESS],
        1,
        [],
    )


@pytest.mark.parametrize(
    ("operations", "error"),
    [
        ({}, "exactly one operation is expected"),
        ({"set": {}, "add": {}}, "exactly one operation is expected"),
        ({"increment": {}}, "unknown operation or field"),
        ({"set": {}, "plan": "free"}, "unknown operation or field"),
        ({"set": []}, "$set, value has the wrong type"),
        ({"add": {"n": "1"}}, "$add, value has the wrong type"),
        ({"add": {"n": True}}, "$add, value has the wrong type"),
        ({"union": {"n": 1}}, "$union, value has the wrong type"),
        ({"unset": "n"}, "$unset, value has the wrong type"),
        ({"unset": [1]}, "$unset, value has the wrong type"),
    ],
)
def test_e45_operations(operations: dict[str, Any], error: str) -> None:
    """An update holds one operation, with a value of the right type."""
    client = AsgiClient()
    response = client.engage(update(**operations))
    assert (response.json(), properties(client), client.violations()) == (
        {"error": error, "status": 0},
        [],
        [("E45", 0)],
    )


@pytest.mark.parametrize("operation", ["add", "append"])
def test_e45_operations_on_groups(operation: str) -> None:
    """Groups do not support operations that must not be repeated."""
    client = AsgiClient()
    responses = [
        client.groups(group_update(**{name: {"n": [1] if name == "union" else 1}})).json()
        for name in (operation, "union")
    ]
    error = {"error": "operation is not supported for groups", "status": 0}
    assert (responses, client.violations()) == ([error, SUCCESS], [("E45", 0)])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("verbose=1&ip=0", SUCCESS),
        (
            "strict=1&ip=0",
            {
                "error": "$distinct_id, missing or empty",
                "status": 0,
                "failed_records": [
                    {
                        "index": 0,
                        "field": "$distinct_id",
                        "message": "$distinct_id, missing or empty",
                    }
                ],
            },
        ),
    ],
)
def test_e46_mixed_batch(query: str, expected: object) -> None:
    """The valid update is applied; the other is a violation, and listed with strict=1."""
    client = AsgiClient()
    response = client.engage(update(set={}, distinct_id=None), update(set={"n": 1}), query=query)
    assert (response.json(), properties(client), client.violations()) == (
        expected,
        [{"n": 1}],
        [("E46", 0)],
    )


def test_e47_number_of_properties() -> None:
    """A profile holds 2000 properties: one more is rejected, a change is not."""
    client = AsgiClient()
    updates = [{str(n): n for n in range(2000)}, {"0": "changed"}, {"more": 1}]
    statuses = [client.engage(update(set=item)).json()["status"] for item in updates]
    assert (statuses, len(properties(client)[0]), client.violations()) == (
        [1, 1, 0],
        2000,
        [("E47", 0)],
    )


def test_e47_size_of_an_update() -> None:
    """An update is at most 1 MB."""
    client = AsgiClient()
    room = 1_048_576 - len(orjson.dumps(update(set={"text": ""})))
    updates = [update(set={"text": "x" * (room + more)}) for more in (0, 1)]
    statuses = [client.engage(item).json()["status"] for item in updates]
    assert (statuses, client.violations()) == ([1, 0], [("E31", 0), ("E47", 0)])


@pytest.mark.parametrize(
    ("query", "changes", "city"),
    [
        ("ip=0", {}, None),
        ("ip=1", {"ip": "0"}, None),
        ("ip=1", {"latitude": 52.5, "longitude": 13.4}, None),
        ("ip=1", {}, "Ashburn"),
        ("", {}, "Ashburn"),
    ],
)
def test_e48_place(query: str, changes: dict[str, Any], city: str | None) -> None:
    """A user whose update names no location is located at the data centre."""
    client = AsgiClient()
    client.engage(update(set={"plan": "free"}, **changes), query=query)
    assert ([item.get("$city") for item in properties(client)], client.violations()) == (
        [city],
        [("E48", 0)] if city else [],
    )


def test_e50_repeats() -> None:
    """A repeated update is applied again."""
    client = AsgiClient()
    client.engage(*[update(add={"orders": 1})] * 2, update(append={"list": "a"}))
    client.engage(update(append={"list": "a"}))
    assert properties(client) == [{"orders": 2, "list": ["a", "a"]}]


@pytest.mark.parametrize(
    ("operation", "value", "expected"),
    [
        ("set", {"n": 2, "new": 1}, {"n": 2, "list": ["a", "b"], "new": 1}),
        ("set_once", {"n": 2, "new": 1}, {"n": 1, "list": ["a", "b"], "new": 1}),
        ("add", {"n": -0.5, "new": 3, "list": 1}, {"n": 0.5, "list": ["a", "b"], "new": 3}),
        ("append", {"list": "a", "n": 2}, {"n": [1, 2], "list": ["a", "b", "a"]}),
        ("union", {"list": ["b", "c", "c"]}, {"n": 1, "list": ["a", "b", "c"]}),
        ("remove", {"list": "a", "n": 1, "new": 1}, {"n": 1, "list": ["b"]}),
        ("unset", ["n", "new"], {"list": ["a", "b"]}),
    ],
)
def test_operation(operation: str, value: Any, expected: dict[str, Any]) -> None:
    """Each operation changes the properties as documented."""
    client = AsgiClient()
    client.engage(update(set={"n": 1, "list": ["a", "b"]}), update(**{operation: value}))
    assert properties(client) == [expected]


@pytest.mark.parametrize(
    ("operation", "value", "profiles"),
    [("set", {}, 1), ("remove", {"n": 1}, 0), ("unset", ["n"], 0), ("delete", "", 0)],
)
def test_only_writes_create_a_profile(operation: str, value: Any, profiles: int) -> None:
    """Only operations that write create a profile."""
    client = AsgiClient()
    response = client.engage(update(**{operation: value}))
    assert (response.json(), len(properties(client))) == (SUCCESS, profiles)


def test_delete() -> None:
    """Only the named profile is deleted."""
    client = AsgiClient()
    client.engage(update(set={}), update(set={}, distinct_id="user-2"), update(delete=""))
    assert [profile["distinct_id"] for profile in client.list_items("profiles")] == ["user-2"]


def test_e31_long_text_in_a_profile() -> None:
    """A profile's text is truncated, too."""
    client = AsgiClient()
    client.engage(update(set={"text": "x" * 256}))
    assert (properties(client), client.violations()) == ([{"text": "x" * 255}], [("E31", 0)])


def test_e33_large_values_in_a_profile() -> None:
    """A list of more than 256 KB is stored, with a violation."""
    client = AsgiClient()
    client.engage(update(set={"list": ["x" * 90] * 90}), update(set={"list": ["x" * 90] * 2900}))
    assert client.violations() == [("E33", 1)]


def test_e39_reserved_property_of_a_profile() -> None:
    """`$last_seen` is Mixpanel's own, on users alone."""
    client = AsgiClient()
    client.engage(update(set={"$last_seen": "today"}))
    client.groups(group_update(set={"$last_seen": "today"}))
    assert client.violations() == [("E39", 0)]


def test_e52_long_ids_of_profiles() -> None:
    """Profiles whose ids begin alike become one."""
    client = AsgiClient()
    client.engage(*[update(set={end: 1}, distinct_id="x" * 255 + end) for end in ("a", "b")])
    assert (properties(client), client.violations()) == (
        [{"a": 1, "b": 1}],
        [("E52", 0), ("E52", 1)],
    )


def test_e41_unknown_token_on_engage() -> None:
    """An unknown token gets success."""
    client = AsgiClient()
    response = client.engage(update(set={}, token="nonsense"))
    assert (response.json(), properties(client), client.violations()) == (SUCCESS, [], [("E41", 0)])


def test_e41_unknown_token_on_groups() -> None:
    """An unknown token gets success."""
    client = AsgiClient()
    response = client.groups(group_update(set={}, token="nonsense"))
    assert (response.json(), client.list_items("groups"), client.violations()) == (
        SUCCESS,
        [],
        [("E41", 0)],
    )


def test_profile_keeps_the_fields_beside_the_operation() -> None:
    """Address and time of the latest update are stored; `$ignore_time` keeps `$last_seen`."""
    client = AsgiClient()
    client.engage(update(set={"n": 1}, ip="192.0.2.1", time=5))
    client.engage(update(set={"n": 2}, ignore_time=True))
    assert client.list_items("profiles") == [
        {
            "project": "1",
            "distinct_id": "user-1",
            "properties": {"n": 2},
            "metadata": {
                "$ip": "192.0.2.1",
                "$time": 5,
                "$ignore_time": True,
                "$last_seen": "2026-01-15T12:00:00+00:00",
            },
        }
    ]


def test_group_is_known_by_key_and_id() -> None:
    """A group is identified by key and id; a number equals its text."""
    client = AsgiClient()
    ids = [("company", "7"), ("team", "7"), ("company", 7)]
    client.groups(*[group_update(set={"n": 1}, group_key=key, group_id=item) for key, item in ids])
    items = [(item["group_key"], item["group_id"]) for item in client.list_items("groups")]
    assert items == [("company", "7"), ("team", "7")]
