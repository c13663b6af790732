"""What deletion tasks do as time goes by: in the end, people are gone."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from mixpanel_emulator.endpoints.event_checks import device_id
from mixpanel_emulator.state.store import Item, Store
from mixpanel_emulator.state.tasks import Task


def settle(store: Store, now: datetime) -> None:
    """Move the tasks on to where they are by now."""
    for task in store.tasks.advanced(now):
        fulfil(task, store)


def force(task: Task, status: str, store: Store, now: datetime) -> None:
    """Give a task this status, whatever the time."""
    task.enter(status, now)
    fulfil(task, store)


def fulfil(task: Task, store: Store) -> None:
    """Do what the new status of a task means."""
    if task.status == "SUCCESS":
        erase(task.project, task.distinct_ids, store)
    store.tell("deletions", task.described())


def erase(project: str, distinct_ids: Iterable[str], store: Store) -> None:
    """Erase the events and profiles of these people, under all of their identifiers."""
    identities = store.identities_of(project)
    people = {one for given in distinct_ids for one in identities.all_of(given)}

    def is_theirs(item: Item) -> bool:
        return item["project"] == project and not people.isdisjoint(ids_of(item))

    remove(store.events, is_theirs)
    remove(store.updates, is_theirs)
    for one in people:
        store.profiles.pop((project, one), None)
        identities.forget(one)


def remove(items: deque[Item], unwanted: Callable[[Item], bool]) -> None:
    """Take items out of a list, in place."""
    kept = [item for item in items if not unwanted(item)]
    items.clear()
    items.extend(kept)


def ids_of(item: Item) -> set[str]:
    """Every identifier that an event or an update is filed under."""
    properties: dict[str, Any] = item.get("properties", item)
    ids = [properties.get("distinct_id"), properties.get("$user_id")]
    if device := properties.get("$device_id"):
        ids.append(device_id(device))
    return {str(one) for one in ids if one}
