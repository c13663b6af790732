"""The effects of deletion tasks over time: in the end, users are erased."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from mixpanel_emulator.state.deletion_tasks import DeletionTask
from mixpanel_emulator.state.identities import device_id
from mixpanel_emulator.state.store import Item, Store


def advance_tasks(store: Store, now: datetime) -> None:
    """Move every task to the status it has at this time."""
    for task in store.tasks.advance(now):
        apply_status(task, store)


def force_status(task: DeletionTask, status: str, store: Store, now: datetime) -> None:
    """Give a task this status, whatever the time."""
    task.enter(status, now)
    apply_status(task, store)


def apply_status(task: DeletionTask, store: Store) -> None:
    """Erase the users of a task that succeeded, and publish the task."""
    if task.status == "SUCCESS":
        erase(task.project, task.distinct_ids, store)
    store.publish("deletions", task.to_json())


def erase(project: str, distinct_ids: Iterable[str], store: Store) -> None:
    """Erase the events and profiles of these users, under all of their identifiers."""
    identities = store.identities_of(project)
    erased = {identifier for given in distinct_ids for identifier in identities.all_of(given)}

    def is_erased(item: Item) -> bool:
        return item["project"] == project and not erased.isdisjoint(ids_of(item))

    remove(store.events, is_erased)
    remove(store.updates, is_erased)
    for identifier in erased:
        store.profiles.pop((project, identifier), None)
        identities.forget(identifier)


def remove(items: deque[Item], unwanted: Callable[[Item], bool]) -> None:
    """Remove the unwanted items, in place."""
    remaining = [item for item in items if not unwanted(item)]
    items.clear()
    items.extend(remaining)


def ids_of(item: Item) -> set[str]:
    """Return every identifier that an event or an update belongs to."""
    properties: dict[str, Any] = item.get("properties", item)
    ids = [properties.get("distinct_id"), properties.get("$user_id")]
    if device := properties.get("$device_id"):
        ids.append(device_id(device))
    return {str(identifier) for identifier in ids if identifier}
