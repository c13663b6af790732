"""Which identifiers become one person."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixpanel_emulator.state.identities import Identities
from tests.unit.emulator.asgi_client import SIMPLIFIED, AsgiClient, event, tracked

UUID_4 = "0d3c3f52-7b1e-4f0a-9c55-4f1b0f6f7a10"
OTHER_UUID = "7d3c3f52-7b1e-4f0a-8c55-4f1b0f6f7a10"


def identify(user: Any, anonymous: Any) -> Any:
    """An `$identify` for /import."""
    return event({"$identified_id": user, "$anon_id": anonymous}, name="$identify")


def alias(distinct_id: Any, other: Any) -> Any:
    """A `$create_alias` for /import."""
    return event({"distinct_id": distinct_id, "alias": other}, name="$create_alias")


def merge(*ids: Any) -> Any:
    """A `$merge` for /import."""
    return {"event": "$merge", "properties": {"$distinct_ids": list(ids)}}


def clusters(client: AsgiClient) -> list[tuple[str, list[str]]]:
    """The people known by several identifiers."""
    return [(one["distinct_id"], one["ids"]) for one in client.list_items("identities")]


def failures(client: AsgiClient) -> list[Any]:
    """Why each stored event joined nothing, None where it did."""
    return [one.get("$failure_reason") for one in client.stored()]


@pytest.mark.parametrize(
    ("record", "cluster"),
    [
        (identify("user-1", UUID_4), ("user-1", ["user-1", UUID_4])),
        (alias("user-1", "a"), ("user-1", ["user-1", "a"])),
        (merge("user-1", "anything"), ("user-1", ["user-1", "anything"])),
    ],
)
def test_e35_identities_are_joined(record: Any, cluster: tuple[str, list[str]]) -> None:
    """Each identity event joins two identifiers, and does so again without harm."""
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
    """The last of these is answered with success and joins nothing, as it says itself later."""
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
    """A person is known by 500 identifiers at most."""
    client = AsgiClient()
    client.import_events([merge("user-1", f"device-{n}") for n in range(count)])
    [(_, ids)] = clusters(client)
    assert (len(ids), client.violations() == []) == (500, joined)


def test_e35_clusters_are_merged() -> None:
    """Two people become one, under the first one's identifier."""
    client = AsgiClient()
    client.import_events([identify("user-1", UUID_4), identify("user-2", OTHER_UUID)])
    client.import_events([merge("user-1", OTHER_UUID)])
    assert clusters(client) == [("user-1", ["user-1", UUID_4, "user-2", OTHER_UUID])]


def test_e35_identify_on_track() -> None:
    """Track joins them as well."""
    client = AsgiClient()
    client.track(tracked({"$identified_id": "user-1", "$anon_id": UUID_4}, name="$identify"))
    assert clusters(client) == [("user-1", ["user-1", UUID_4])]


def test_query_shows_events_under_the_one_identifier() -> None:
    """What happened before two identifiers were joined is the same person's in a query."""
    client = AsgiClient()
    client.import_events([event({"distinct_id": UUID_4}), event({"$insert_id": "i-2"})])
    client.import_events([identify("user-1", UUID_4)])
    seen = [one["distinct_id"] for one in client.list_items("events", view="query")]
    assert seen == ["user-1", "user-1", "user-1"]


def test_simplified_first_write_wins() -> None:
    """A device is its first user's; a user may have several."""
    client = AsgiClient(SIMPLIFIED)
    pairs = [("user-1", "a"), ("user-2", "a"), ("user-1", "$device:b"), ("user-3", None)]
    client.import_events(
        [event({"$user_id": user, "$device_id": device}) for user, device in pairs]
    )
    assert clusters(client) == [("user-1", ["user-1", "$device:a", "$device:b"])]


def test_simplified_device_before_its_user() -> None:
    """What a device did before anybody signed in is its user's, too."""
    client = AsgiClient(SIMPLIFIED)
    ids = [{"$device_id": "a"}, {"$device_id": "a", "$user_id": "user-1"}, {"$device_id": "b"}]
    many = enumerate(ids)
    client.import_events(
        [event({"distinct_id": None, "$insert_id": f"i{n}"} | one) for n, one in many]
    )
    seen = [one["distinct_id"] for one in client.list_items("events", view="query")]
    assert seen == ["user-1", "user-1", "$device:b"]


def test_original_project_joins_no_devices() -> None:
    """Users and devices on events mean nothing there."""
    client = AsgiClient()
    client.import_events([event({"$user_id": "user-1", "$device_id": "a"})])
    assert clusters(client) == []


NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_any_joins(pairs: list[tuple[str, str]]) -> None:
    """Whatever is joined, nobody is two people, and each is shown under an identifier of theirs."""
    identities = Identities(limit=100)
    for first, second in pairs:
        identities.join(first, second)
    members = [one for cluster in identities.clusters() for one in cluster.ids]
    own = [cluster.distinct_id in cluster.ids for cluster in identities.clusters()]
    joined = [identities.canonical(a) == identities.canonical(b) for a, b in pairs]
    assert (len(members), all(own), all(joined)) == (len(set(members)), True, True)


@given(st.lists(st.tuples(NAMES, NAMES)), st.integers(1, 5))
def test_any_joins_within_the_limit(pairs: list[tuple[str, str]], limit: int) -> None:
    """However few identifiers are remembered, what is remembered fits together."""
    identities = Identities(limit)
    for first, second in pairs:
        identities.join(first, second)
    filed = [(one, id(cluster)) for cluster in identities.clusters() for one in cluster.ids]
    known = [(one, id(cluster)) for one, cluster in identities.by_id.items()]
    assert (sorted(filed), len(known) <= limit) == (sorted(known), True)


@given(st.lists(st.tuples(NAMES, NAMES)), st.integers(2, 5))
def test_any_bindings(pairs: list[tuple[str, str]], limit: int) -> None:
    """A device keeps its first user, and no more identifiers are remembered than the limit."""
    bounded, identities = Identities(limit), Identities(limit=100)
    first: dict[str, str] = {}
    for device, user in pairs:
        bounded.bind(f"$device:{device}", user)
        identities.bind(f"$device:{device}", user)
        first.setdefault(f"$device:{device}", user)
    users = {device: identities.canonical(device) for device in first}
    assert (users, len(bounded.by_id) <= limit) == (first, True)
