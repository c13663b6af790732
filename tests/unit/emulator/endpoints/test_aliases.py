"""Profiles of users with several ids, and their deletion."""

from typing import Any

import pytest

from tests.unit.emulator.asgi_client import SIMPLIFIED, AsgiClient, event, update

DEVICE = "0d3c3f52-7b1e-4f0a-9c55-4f1b0f6f7a10"


def merged(client: AsgiClient) -> AsgiClient:
    """A project in which user-1 is shown under the id of the device."""
    merge = {"event": "$merge", "properties": {"$distinct_ids": [DEVICE, "user-1"]}}
    client.import_events([merge])
    return client


def profiles(client: AsgiClient) -> dict[str, Any]:
    """The properties of each profile by id."""
    return {item["distinct_id"]: item["properties"] for item in client.list_items("profiles")}


def test_e55_update_changes_the_profile_under_the_id_that_is_shown() -> None:
    """Whichever of the user's ids it names."""
    client = merged(AsgiClient())
    client.engage(update(set={"a": 1}), update(set={"b": 2}, distinct_id=DEVICE))
    assert profiles(client) == {DEVICE: {"a": 1, "b": 2}}


@pytest.mark.parametrize(
    ("flags", "remaining"),
    [([True], [DEVICE]), ([False], []), ([None], []), ([True, False], []), ([False, True], [])],
)
def test_e55_profile_is_deleted_by_another_id_unless_aliases_are_ignored(
    flags: list[bool | None], remaining: list[str]
) -> None:
    """A deletion that ignores them alone leaves the profile."""
    client = merged(AsgiClient())
    client.engage(update(set={"a": 1}))
    for flag in flags:
        client.engage(update(delete="", ignore_alias=flag))
    assert list(profiles(client)) == remaining


@pytest.mark.parametrize(
    ("flags", "remaining"), [([True], [DEVICE]), ([False], ["user-1"]), ([True, False], [])]
)
def test_e55_duplicate_is_deleted_when_aliases_are_ignored(
    flags: list[bool], remaining: list[str]
) -> None:
    """It was stored under the user's own id before the merge: both deletions are needed."""
    client = AsgiClient()
    client.engage(update(set={"old": 1}))
    merged(client).engage(update(set={"new": 2}))
    for flag in flags:
        client.engage(update(delete="", ignore_alias=flag))
    assert list(profiles(client)) == remaining


def test_e55_simplified_project_keeps_the_profile_of_a_device_apart() -> None:
    """Its users are always shown under their own id."""
    client = AsgiClient(SIMPLIFIED)
    ids = {"$device_id": "d", "$user_id": "user-1", "distinct_id": None}
    client.import_events([event(ids)])
    client.engage(update(set={"a": 1}), update(set={"b": 2}, distinct_id="$device:d"))
    client.engage(update(delete="", ignore_alias=False))
    assert profiles(client) == {"$device:d": {"b": 2}}


def test_e55_task_erases_the_profile_under_every_id() -> None:
    """Also the duplicate."""
    client = AsgiClient()
    client.engage(update(set={"old": 1}))
    merged(client).engage(update(set={"new": 2}))
    client.force_status(client.create_task("user-1"), "SUCCESS")
    assert profiles(client) == {}
