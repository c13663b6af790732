"""The lists that the admin API shows."""

from collections.abc import Callable
from typing import Final

from mixpanel_emulator.endpoints.event_checks import to_milliseconds
from mixpanel_emulator.state.store import Item, Profiles, Store

USER_KEY: Final = ("project", "distinct_id")
GROUP_KEY: Final = ("project", "group_key", "group_id")


def show_deletions(store: Store) -> list[Item]:
    """List the deletion tasks."""
    return [task.to_json() for task in store.tasks.by_id.values()]


def show_identities(store: Store) -> list[Item]:
    """List the users with several identifiers."""
    return [
        {"project": project, "distinct_id": cluster.distinct_id, "ids": cluster.ids}
        for project, identities in store.identities.items()
        for cluster in identities.clusters()
    ]


VIEWS: Final[dict[str, Callable[[Store], list[Item]]]] = {
    "events": lambda store: list(store.events),
    "updates": lambda store: list(store.updates),
    "profiles": lambda store: show_profiles(store.profiles, USER_KEY),
    "groups": lambda store: show_profiles(store.groups, GROUP_KEY),
    "identities": show_identities,
    "deletions": show_deletions,
    "violations": lambda store: list(store.violations),
    "requests": lambda store: list(store.requests),
    "counts": lambda store: list(store.traffic.minutes.values()),
}


def show_list(
    store: Store, name: str, *, project: str | None = None, queried: bool = False
) -> list[Item]:
    """Return a list of all projects or of one. Raises KeyError for an unknown name."""
    items = queried_events(store) if queried and name == "events" else VIEWS[name](store)
    return [item for item in items if project in {None, item["project"]}]


def show_profile(store: Store, distinct_id: str, project: str | None) -> Item:
    """Return a user's profile with its updates. Raises KeyError when it never existed."""
    history = [
        update
        for update in store.updates
        if update.get("distinct_id") == distinct_id and project in {None, update["project"]}
    ]
    for profile in show_list(store, "profiles", project=project):
        if profile["distinct_id"] == distinct_id:
            return with_updates(profile, history)
    if not history:
        raise KeyError(distinct_id)
    deleted = {"project": history[-1]["project"], "distinct_id": distinct_id}
    return with_updates(deleted | {"properties": None, "metadata": None}, history)


def with_updates(profile: Item, history: list[Item]) -> Item:
    """Add the updates of the profile's project."""
    project = profile["project"]
    return profile | {"updates": [update for update in history if update["project"] == project]}


def queried_events(store: Store) -> list[Item]:
    """Return the events as a query sees them: without duplicates, under the canonical id."""
    latest: dict[object, Item] = {}
    for event in store.events:
        if event.get("hidden"):
            continue
        key = deduplication_key(event)
        # The latest duplicate keeps its own position in the order of arrival.
        latest.pop(key, None)
        latest[key] = event
    return [event | {"distinct_id": canonical_id(event, store)} for event in latest.values()]


def canonical_id(event: Item, store: Store) -> str:
    """Return the identifier that an event is shown under."""
    distinct_id = event["properties"].get("distinct_id")
    if distinct_id is None:
        return ""
    return store.identities_of(event["project"]).canonical(str(distinct_id))


def deduplication_key(event: Item) -> object:
    """Return what duplicates share; an event without `$insert_id` has no duplicates."""
    properties = event["properties"]
    insert_id = properties.get("$insert_id")
    if not insert_id:
        return id(event)
    time = properties.get("time")
    return (
        event["project"],
        event["event"],
        str(properties.get("distinct_id")),
        None if time is None else to_milliseconds(time),
        str(insert_id),
    )


def show_profiles(profiles: Profiles, key_names: tuple[str, ...]) -> list[Item]:
    """List profiles with the parts of their keys as fields."""
    return [
        dict(zip(key_names, key, strict=True))
        | {"properties": profile.properties, "metadata": profile.metadata}
        for key, profile in profiles.items()
    ]
