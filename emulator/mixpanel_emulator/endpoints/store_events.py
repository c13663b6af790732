"""Storage of events, and the events that Mixpanel accepts and drops."""

from typing import Any, Final

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.event_checks import (
    DAY,
    is_placeholder,
    properties_of,
    to_milliseconds,
)
from mixpanel_emulator.endpoints.exchange import Exchange
from mixpanel_emulator.endpoints.property_limits import (
    EVENT_VALUE_BYTES,
    LIMIT,
    large_values,
    truncate_texts,
)
from mixpanel_emulator.state.identities import derive_distinct_id, device_id
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store

IGNORED: Final = "$ignore: the event is dropped"
TRACKED_DAYS: Final = 5
HOT_SHARD_EVENT: Final = "$hotshard_events"
IDS: Final = ("distinct_id", "$user_id", "$device_id", "alias")
# Names that Mixpanel uses itself, and most of which it overwrites.
RESERVED: Final = (
    *("bucket", "$bucket", "$event_name", "$time", "$import", "$distinct_id_before_identity"),
    *("$mp_api_endpoint", "$mp_api_timestamp_ms", "$mp_event_size"),
    *("$is_reshuffled", "$preshuffle_distinct_id"),
    *("$failure_reason", "$failure_description", "$identity_failure_reason"),
)


def store_event(
    record: dict[str, Any], project: Project, store: Store, exchange: Exchange, index: int
) -> None:
    """Store a valid event as Mixpanel does, and record what is lost by that."""
    if record["event"] in project.dropped_events:
        return
    properties = properties_of(record)
    if properties.get("$ignore"):
        exchange.add_violation("E39", IGNORED, index)
        return
    report_questionable(properties, exchange, index)
    if truncate_texts(properties) or len(record["event"]) > LIMIT:
        exchange.add_violation("E31", messages.TEXT_TRUNCATED, index)
    set_time(properties, exchange, index)
    if project.simplified and properties.get("distinct_id") is None:
        properties["distinct_id"] = derive_distinct_id(properties)
    if failure := join_identifiers(record["event"], properties, project, store):
        properties["$failure_reason"] = failure
        exchange.add_violation("E35", failure, index)
    name = record["event"][:LIMIT]
    if is_hot(properties, project, store, exchange):
        exchange.add_violation("E53", messages.HOT_SHARD, index)
        # The names of the originals begin so; how they end is unknown.
        originals = {
            "mp_original_event": name,
            "mp_original_distinct_id": properties["distinct_id"],
        }
        name, properties = HOT_SHARD_EVENT, {**properties, **originals, "distinct_id": ""}
    event = {
        "at": exchange.timestamp,
        "project": project.project_id,
        "endpoint": exchange.endpoint,
        "event": name,
        "properties": properties,
    }
    if name in project.hidden_events:
        event["hidden"] = True
    store.add("events", event)


def is_hot(properties: dict[str, Any], project: Project, store: Store, exchange: Exchange) -> bool:
    """Whether the user of this event has more events today than Mixpanel keeps for one user."""
    user, day = properties.get("distinct_id"), exchange.timestamp[:10]
    if not user:
        return False
    return store.users.count(project.project_id, day, str(user)) > project.hot_shard_events


def report_questionable(properties: dict[str, Any], exchange: Exchange, index: int) -> None:
    """Record what Mixpanel accepts silently and does not recommend."""
    for name in RESERVED:
        if name in properties:
            exchange.add_violation("E39", f"{name} is a reserved property", index)
    for name in IDS:
        if len(str(properties.get(name, ""))) > LIMIT:
            exchange.add_violation("E52", f"{name} is truncated: users may become one", index)
    for name in ("$user_id", "$device_id"):
        if properties.get(name) is not None and is_placeholder(properties[name]):
            exchange.add_violation("E28", f"{name} is a placeholder", index)
    for name in large_values(properties, EVENT_VALUE_BYTES):
        exchange.add_violation("E33", f"properties.{name} is larger than 8 KB", index)


def set_time(properties: dict[str, Any], exchange: Exchange, index: int) -> None:
    """Set the time of arrival on an event from the future, and on /track if it has no time."""
    now = milliseconds_at(exchange)
    time = properties.get("time")
    if time is None:
        if exchange.endpoint == "track":
            properties["time"] = now // 1000
    elif to_milliseconds(time) > now:
        exchange.add_violation("E23", "time is in the future; stored as now", index)
        properties["time"] = now if time == to_milliseconds(time) else now // 1000


def join_identifiers(
    event: str, properties: dict[str, Any], project: Project, store: Store
) -> str | None:
    """Join the identifiers that the event names, or return why they are not joined."""
    identities = store.identities_of(project.project_id)
    if project.simplified:
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


def is_too_old_to_track(properties: dict[str, Any], exchange: Exchange) -> bool:
    """Whether /track drops the event because of its age."""
    time = properties.get("time")
    oldest = milliseconds_at(exchange) - TRACKED_DAYS * DAY
    return type(time) is int and to_milliseconds(time) < oldest


def milliseconds_at(exchange: Exchange) -> int:
    """Return the time of the request in milliseconds since the epoch."""
    # Without a float, which may round down to the millisecond before.
    return int(exchange.at.timestamp()) * 1000 + exchange.at.microsecond // 1000
