"""How events are stored, and which of them Mixpanel takes but does not keep."""

from typing import Any, Final

from mixpanel_emulator.endpoints.event_checks import (
    DAY,
    derived_distinct_id,
    device_id,
    is_junk,
    milliseconds,
    properties_of,
)
from mixpanel_emulator.endpoints.shapes import cut, large_values
from mixpanel_emulator.endpoints.visit import Visit
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store

IGNORED: Final = "$ignore: the event is dropped"
TRACKED_DAYS: Final = 5


def store_event(
    record: dict[str, Any], project: Project, store: Store, visit: Visit, index: int
) -> None:
    """Store a valid event as Mixpanel does, and note what this loses."""
    properties = properties_of(record)
    if properties.get("$ignore"):
        visit.breaks("E39", IGNORED, index)
        return
    note_oddities(properties, visit, index)
    settle_time(properties, visit, index)
    if project.id_mode == "simplified" and properties.get("distinct_id") is None:
        properties["distinct_id"] = derived_distinct_id(properties)
    if failure := join(record["event"], properties, project, store):
        properties["$failure_reason"] = failure
        visit.breaks("E35", failure, index)
    cut(properties)
    store.add(
        "events",
        {
            "at": visit.moment,
            "project": project.project_id,
            "event": record["event"][:255],
            "properties": properties,
        },
    )


def note_oddities(properties: dict[str, Any], visit: Visit, index: int) -> None:
    """Note what Mixpanel takes without a word, and does not mean well."""
    for name in ("bucket", "$bucket"):
        if name in properties:
            visit.breaks("E39", f"{name} is a reserved property", index)
    for name in ("$user_id", "$device_id"):
        if properties.get(name) is not None and is_junk(properties[name]):
            visit.breaks("E28", f"{name} is a placeholder", index)
    for name in large_values(properties):
        visit.breaks("E33", f"properties.{name} is larger than 8 KB", index)


def settle_time(properties: dict[str, Any], visit: Visit, index: int) -> None:
    """Give the event the time of arrival when it is ahead of it, or has none on /track."""
    now = milliseconds_at(visit)
    time = properties.get("time")
    if time is None:
        if visit.endpoint == "track":
            properties["time"] = now // 1000
    elif milliseconds(time) > now:
        visit.breaks("E23", "time is ahead; stored as now", index)
        properties["time"] = now if time == milliseconds(time) else now // 1000


def join(event: str, properties: dict[str, Any], project: Project, store: Store) -> str | None:
    """Join the identifiers that the event joins, in the project's way, or say why not."""
    identities = store.identities_of(project.project_id)
    if project.id_mode == "simplified":
        user, device = properties.get("$user_id"), properties.get("$device_id")
        if user and device:
            identities.bind(device_id(device), str(user))
        return None
    match event:
        case "$identify":
            return identities.identify(properties)
        case "$create_alias":
            return identities.alias(properties)
        case "$merge":
            return identities.merge(properties)
        case _:
            return None


def is_too_old_to_track(properties: dict[str, Any], visit: Visit) -> bool:
    """Whether /track drops the event for its age."""
    time = properties.get("time")
    return type(time) is int and milliseconds(time) < milliseconds_at(visit) - TRACKED_DAYS * DAY


def milliseconds_at(visit: Visit) -> int:
    """When the request came, as Mixpanel counts."""
    # Not the fraction of a float, which may fall one short.
    return int(visit.at.timestamp()) * 1000 + visit.at.microsecond // 1000
