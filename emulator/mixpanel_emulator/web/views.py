"""What the emulator shows of what it remembers, as JSON."""

from collections.abc import Callable
from typing import Any, Final

from mixpanel_emulator.endpoints.event_checks import milliseconds
from mixpanel_emulator.state.store import Item, Profiles, Store

USER: Final = ("project", "distinct_id")
GROUP: Final = ("project", "group_key", "group_id")


def users(store: Store) -> list[Item]:
    """The users' profiles."""
    return described(store.profiles, USER)


def groups(store: Store) -> list[Item]:
    """The groups' profiles."""
    return described(store.groups, GROUP)


def deletions(store: Store) -> list[Item]:
    """The deletion tasks."""
    return [task.described() for task in store.tasks.by_id.values()]


def identities(store: Store) -> list[Item]:
    """The people who are known by several identifiers."""
    return [
        {"project": project, "distinct_id": cluster.distinct_id, "ids": cluster.ids}
        for project, known in store.identities.items()
        for cluster in known.clusters()
    ]


VIEWS: Final[dict[str, Callable[[Store], list[Item]]]] = {
    "events": lambda store: list(store.events),
    "updates": lambda store: list(store.updates),
    "profiles": users,
    "groups": groups,
    "identities": identities,
    "deletions": deletions,
    "violations": lambda store: list(store.violations),
    "requests": lambda store: list(store.requests),
    "counts": lambda store: list(store.traffic.minutes.values()),
}


def view(store: Store, name: str, *, project: str | None = None, queried: bool = False) -> Any:
    """One of the lists by its name, of all projects or one; KeyError when there is none."""
    shown = queried_events(store) if queried and name == "events" else VIEWS[name](store)
    return [item for item in shown if project in {None, item["project"]}]


def profile(store: Store, distinct_id: str, project: str | None) -> Item:
    """A user's profile with every update that made it; KeyError when there never was one."""
    history = [
        update
        for update in store.updates
        if update.get("distinct_id") == distinct_id and project in {None, update["project"]}
    ]
    for shown in view(store, "profiles", project=project):
        if shown["distinct_id"] == distinct_id:
            return {**shown, "updates": [u for u in history if u["project"] == shown["project"]]}
    if not history:
        raise KeyError(distinct_id)
    latest = history[-1]["project"]
    gone = {"project": latest, "distinct_id": distinct_id, "properties": None, "metadata": None}
    return gone | {"updates": [update for update in history if update["project"] == latest]}


def queried_events(store: Store) -> list[Item]:
    """The events as a query sees them: of several copies the latest, under the person's one id."""
    seen: dict[object, Item] = {}
    for event in store.events:
        identity = same_event(event)
        # The latest takes the place where it arrived.
        seen.pop(identity, None)
        seen[identity] = event
    return [event | {"distinct_id": person(event, store)} for event in seen.values()]


def person(event: Item, store: Store) -> str:
    """The identifier that an event is shown under."""
    distinct_id = event["properties"].get("distinct_id")
    if distinct_id is None:
        return ""
    return store.identities_of(event["project"]).canonical(str(distinct_id))


def same_event(event: Item) -> object:
    """What two copies of an event have in common; without `$insert_id` an event has no copies."""
    properties = event["properties"]
    insert_id = properties.get("$insert_id")
    if not insert_id:
        return id(event)
    time = properties.get("time")
    return (
        event["project"],
        event["event"],
        str(properties.get("distinct_id")),
        None if time is None else milliseconds(time),
        str(insert_id),
    )


def described(profiles: Profiles, names: tuple[str, ...]) -> list[Item]:
    """Profiles with their keys spelled out."""
    return [
        dict(zip(names, key, strict=True))
        | {"properties": profile.properties, "metadata": profile.metadata}
        for key, profile in profiles.items()
    ]
