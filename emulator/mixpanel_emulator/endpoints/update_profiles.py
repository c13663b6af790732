"""POST /engage and /groups: updates are applied one after the other, as they came."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from mixpanel_emulator.endpoints.answers import legacy, strictly_updated
from mixpanel_emulator.endpoints.bodies import batch
from mixpanel_emulator.endpoints.open_endpoints import (
    file_under,
    largest_body,
    loss,
    note_authorization,
    note_mixed,
)
from mixpanel_emulator.endpoints.rates import refuse_excess
from mixpanel_emulator.endpoints.shapes import cut
from mixpanel_emulator.endpoints.update_checks import (
    METADATA,
    SUBJECT,
    full_fault,
    operation_of,
    update_fault,
)
from mixpanel_emulator.endpoints.visit import Answer, Fault, Visit
from mixpanel_emulator.state.profiles import CREATING, apply
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Profile, Store

# Where requests without an address of their own are located: at the data centre they came from.
DATA_CENTRE: Final = "Ashburn"
PLACES: Final = ("$ip", "$latitude", "$longitude")


def receive_updates(visit: Visit, projects: Sequence[Project], store: Store) -> Answer:
    """Apply what is valid, and say in the older way how it went, or `Refused`."""
    note_authorization(visit)
    arrived = batch(visit, largest_body(projects))
    tokens = (update.get("$token") for update in arrived.records)
    refuse_excess(visit, file_under(visit, tokens, projects), store)
    by_token = {project.token: project for project in projects}
    refused: list[tuple[int, Fault]] = []
    for index, update in enumerate(arrived.records):
        fault = visit.refuses(index, update) or update_fault(update, visit.endpoint)
        if fault is None:
            if lost := loss(by_token.get(update["$token"]), visit):
                visit.breaks(lost.rule, lost.message, index)
                continue
            fault = apply_update(update, by_token[update["$token"]], store, visit, index)
        if fault:
            note(fault, visit, index)
            refused.append((index, fault))
    return answer(visit, refused, len(arrived.records))


def note(fault: Fault, visit: Visit, index: int) -> None:
    """Note a refusal whose answer is not known, or that no client should meet."""
    if fault.rule in {"E45", "E47"}:
        visit.breaks(fault.rule, fault.message, index)


def answer(visit: Visit, refused: list[tuple[int, Fault]], sent: int) -> Answer:
    """Success when some update was valid, but with strict=1 only when all were."""
    if refused and len(refused) < sent:
        note_mixed(visit, refused)
    if refused and visit.query.get("strict") == "1":
        return strictly_updated(refused)
    return legacy(visit, refused[0][1].message if len(refused) == sent else None)


def apply_update(
    update: dict[str, Any], project: Project, store: Store, visit: Visit, index: int
) -> Fault | None:
    """Do the one operation of a valid update, unless the profile would hold too much."""
    profiles = store.profiles if visit.endpoint == "engage" else store.groups
    key = (project.project_id, *(text(update[name]) for name in SUBJECT[visit.endpoint]))
    operation = operation_of(update)
    if operation == "$delete":
        profiles.pop(key, None)
        remember(update, key, visit, store)
        return None
    if visit.endpoint == "engage" and is_unplaced(update, visit):
        visit.breaks("E48", "neither $ip nor ip=0: located at the data centre", index)
    profile = profiles.get(key)
    if profile is None:
        if operation not in CREATING:
            return None
        profile = Profile()
    value = update[operation]
    if fault := full_fault(operation, value, profile.properties):
        return fault
    if isinstance(value, dict):
        cut(value)
    apply(operation, value, profile.properties)
    describe(profile, update, visit)
    if key not in profiles:
        store.keep(profiles, key, profile)
    remember(update, key, visit, store)
    return None


def remember(update: dict[str, Any], key: tuple[str, ...], visit: Visit, store: Store) -> None:
    """Write the update into the history of its profile."""
    operation = operation_of(update)
    names = ("project", *(name.removeprefix("$") for name in SUBJECT[visit.endpoint]))
    subject = dict(zip(names, key, strict=True))
    done = {"at": visit.moment, "operation": operation, "value": update[operation]}
    store.add("updates", subject | done)


def describe(profile: Profile, update: dict[str, Any], visit: Visit) -> None:
    """Keep what the update says beside its operation, and where and when it came."""
    profile.metadata.update({name: update[name] for name in METADATA if name in update})
    if not update.get("$ignore_time"):
        profile.metadata["$last_seen"] = visit.at.isoformat(timespec="seconds")
    if visit.endpoint == "engage" and is_unplaced(update, visit):
        placed = update.get("$set")
        if not isinstance(placed, dict) or "$city" not in placed:
            profile.properties["$city"] = DATA_CENTRE


def is_unplaced(update: dict[str, Any], visit: Visit) -> bool:
    """Whether the profile would be located where the request came from."""
    return visit.query.get("ip") != "0" and not any(name in update for name in PLACES)


def text(identifier: Any) -> str:
    """An identifier as Mixpanel keeps it."""
    return identifier if isinstance(identifier, str) else orjson.dumps(identifier).decode()
