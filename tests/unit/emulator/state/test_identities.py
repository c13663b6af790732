"""Which identifiers are joined to one user."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixpanel_emulator.state.identities import Identities
from tests.unit.emulator.asgi_client import SIMPLIFIED, AsgiClient, event, tracked

UUID_4 = "0d3c3f52-7b1e-4f0a-9c55-4f1b0f6f7a10"
OTHER_UUID = "7d3c3f52-7b1e-4f0a-8c55-4f1b0f6f7a10"


def identify(user: Any, anonymous: Any) -> Any:
    """Build an `$identify` for /import."""
    return event({"$identified_id": user, "$anon_id": anonymous}, name="$identify")


def alias(distinct_id: Any, other: Any) -> Any:
    """Build a `$create_alias` for /import."""
    return event({"distinct_id": distinct_id, "alias": other}, name="$create_alias")


def merge(*ids: Any) -> Any:
    """Build a `$merge` for /import."""
    return {"event": "$merge", "properties": {"$distinct_ids": list(ids)}}


def clusters(client: AsgiClient) -> list[tuple[str, list[str]]]:
    """Return the users with several identifiers."""
    return [(item["distinct_id"], item["ids"]) for item in client.list_items("identities")]


def failures(client: AsgiClient) -> list[Any]:
    """Return why each stored event joined nothing, or None where it did."""
    return [item.get("$failure_reason") for item in client.stored()]


@pytest.mark.parametrize(
    ("record", "cluster"),
    [
        (identify("user-1", UUID_4), ("user-1", ["user-1", UUID_4])),
        (alias("user-1", "a"), ("user-1", ["user-1", "a"])),
        (merge("user-1", "anything"), ("user-1", ["user-1", "anything"])),
    ],
)
def test_e35_identities_are_joined(record: Any, cluster: tuple[str, list[str]]) -> None:
    """Each identity event joins two identifiers, and can be repeated."""
    client = AsgiClient()
    status = client.import_events([record, record]).status_code
    assert (status, clusters(client), failures(client), client.violations()) == (
        200,
        [cluster],
        [None, None],
        [],
    )


@pytest.mark.parametrize(
    "records",
    [
        [identify("user-1", "device-1")],
        [identify("user-1", "0d3c3f52-7b1e-1f0a-9c55-4f1b0f6f7a10")],
        [identify("user-1", None)],
        [identify("user-1", UUID_4), identify("user-2", UUID_4)],
        [alias("user-1", "")],
        [alias("user-1", "a"), alias("user-2", "a")],
        [merge("user-1")],
        [merge("user-1", "user-2"), merge("user-1", "user-2", "user-3")],
        [merge("user-1", 7)],
    ],
)
def test_e35_identities_are_not_joined(records: list[Any]) -> None:
    """The last event gets success and joins nothing, as its `$failure_reason` says."""
    client = AsgiClient()
    status = client.import_events(records).status_code
    last = len(records) - 1
    assert (status, client.violations(), failures(client)[-1] is None) == (
        200,
        [("E35", last)],
        False,
    )
    assert len(client.list_items("identities")) == last


@pytest.mark.parametrize(("count", "joined"), [(499, True), (500, False)])
def test_e35_size_of_a_cluster(count: int, *, joined: bool) -> None:
    """A user has at most 500 identifiers."""
    client = AsgiClient()
    client.import_events([merge("user-1", f"device-{n}") for n in range(count)])
    [(_, ids)] = clusters(client)
    assert (len(ids), client.violations() == []) == (500, joined)


def test_e35_clusters_are_merged() -> None:
    """Two users are merged under the first one's identifier."""
    client = AsgiClient()
    client.import_events([identify("user-1", UUID_4), identify("user-2", OTHER_UUID)])
    client.import_events([merge("user-1", OTHER_UUID)])
    assert clusters(client) == [("user-1", ["user-1", UUID_4, "user-2", OTHER_UUID])]


def test_e35_identify_on_track() -> None:
    """Track joins identifiers, too."""
    client = AsgiClient()
    client.track(tracked({"$identified_id": "user-1", "$anon_id": UUID_4}, name="$identify"))
    assert clusters(client) == [("user-1", ["user-1", UUID_4])]


@pytest.mark.parametrize("device", [f"$device:{UUID_4}", UUID_4])
def test_e35_identify_of_a_browser(device: str) -> None:
    """Mixpanel's client for browsers names the device in a property of its own."""
    client = AsgiClient()
    properties = {"distinct_id": "user-1", "$anon_distinct_id": device}
    client.track(tracked(properties, name="$identify"))
    assert (clusters(client), client.violations()) == ([("user-1", ["user-1", device])], [])


def test_query_shows_events_under_the_one_identifier() -> None:
    """A query shows earlier events under the joined identifier."""
    client = AsgiClient()
    client.import_events([event({"distinct_id": UUID_4}), event({"$insert_id": "i-2"})])
    client.import_events([identify("user-1", UUID_4)])
    shown = [item["distinct_id"] for item in client.list_items("events", view="query")]
    assert shown == ["user-1", "user-1", "user-1"]


def test_simplified_first_write_wins() -> None:
    """A device belongs to its first user; a user may have several devices."""
    client = AsgiClient(SIMPLIFIED)
    pairs = [("user-1", "a"), ("user-2", "a"), ("user-1", "$device:b"), ("user-3", None)]
    client.import_events(
        [event({"$user_id": user, "$device_id": device}) for user, device in pairs]
    )
    assert clusters(client) == [("user-1", ["user-1", "$device:a", "$device:b"])]


def test_simplified_device_before_its_user() -> None:
    """Events of a device before sign-in belong to its user, too."""
    client = AsgiClient(SIMPLIFIED)
    ids = [{"$device_id": "a"}, {"$device_id": "a", "$user_id": "user-1"}, {"$device_id": "b"}]
    client.import_events(
        [event({"distinct_id": None, "$insert_id": f"i{n}"} | item) for n, item in enumerate(ids)]
    )
    shown = [item["distinct_id"] for item in client.list_items("events", view="query")]
    assert shown == ["user-1", "user-1", "$device:b"]


def test_original_project_joins_no_devices() -> None:
    """In an original project, users and devices on events join nothing."""
    client = AsgiClient()
    client.import_events([event({"$user_id": "user-1", "$device_id": "a"})])
    assert clusters(client) == []


NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_any_joins(pairs: list[tuple[str, str]]) -> None:
    """Joins keep clusters disjoint, each shown under one of its own identifiers."""
    identities = Identities(limit=100)
    for first, second in pairs:
        identities.join(first, second)
    members = [item for cluster in identities.clusters() for item in cluster.ids]
    own = [cluster.distinct_id in cluster.ids for cluster in identities.clusters()]
    joined = [identities.canonical(a) == identities.canonical(b) for a, b in pairs]
    assert (len(members), all(own), all(joined)) == (len(set(members)), True, True)


@given(st.lists(st.tuples(NAMES, NAMES)), st.integers(1, 5))
def test_any_joins_within_the_limit(pairs: list[tuple[str, str]], limit: int) -> None:
    """Clusters and index agree within any limit."""
    identities = Identities(limit)
    for first, second in pairs:
        identities.join(first, second)
    from_clusters = [
        (item, id(cluster)) for cluster in identities.clusters() for item in cluster.ids
    ]
    from_index = [(item, id(cluster)) for item, cluster in identities.by_id.items()]
    assert (sorted(from_clusters), len(from_index) <= limit) == (sorted(from_index), True)


@given(st.lists(st.tuples(NAMES, NAMES)), st.integers(2, 5))
def test_any_bindings(pairs: list[tuple[str, str]], limit: int) -> None:
    """A device keeps its first user, and identifiers stay within the limit."""
    bounded, identities = Identities(limit), Identities(limit=100)
    first: dict[str, str] = {}
    for device, user in pairs:
        bounded.bind(f"$device:{device}", user)
        identities.bind(f"$device:{device}", user)
        first.setdefault(f"$device:{device}", user)
    users = {device: identities.canonical(device) for device in first}
    assert (users, len(bounded.by_id) <= limit) == (first, True)
