"""POST /engage and /groups: updates are applied one after the other, in request order."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.bodies import read_batch
from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange, RecordError
from mixpanel_emulator.endpoints.property_limits import (
    LIMIT,
    PROFILE_VALUE_BYTES,
    large_values,
    truncate_texts,
)
from mixpanel_emulator.endpoints.rate_limits import check_rate_limit
from mixpanel_emulator.endpoints.responses import legacy_response, strict_update_response
from mixpanel_emulator.endpoints.token_endpoints import (
    attribute_to_project,
    find_silent_loss,
    largest_body,
    report_authorization,
    report_partial_rejection,
)
from mixpanel_emulator.endpoints.update_checks import (
    METADATA,
    SUBJECT,
    capacity_error,
    operation_of,
    update_error,
)
from mixpanel_emulator.state.profiles import CREATING, apply_operation
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Profile, Store

# Where Mixpanel locates requests that name no address: at the data centre that sent them.
DATA_CENTRE: Final = "Ashburn"
# Properties that Mixpanel writes on the profiles of users.
RESERVED: Final = ("$distinct_id", "$last_seen", "$mp_first_event_time")
LOCATION_FIELDS: Final = ("$ip", "$latitude", "$longitude")


def update_profiles(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Apply the valid updates and respond in the older shape. Raises RequestRejected."""
    report_authorization(exchange)
    batch = read_batch(exchange, largest_body(projects))
    tokens = (update.get("$token") for update in batch.records)
    check_rate_limit(exchange, attribute_to_project(exchange, tokens, projects), store)
    by_token = {project.token: project for project in projects}
    rejected: list[tuple[int, RecordError]] = []
    for index, update in enumerate(batch.records):
        error = exchange.planned_error(index, update) or update_error(update, exchange.endpoint)
        error = error or process_update(update, by_token, store, exchange, index)
        if error:
            report_error(error, exchange, index)
            rejected.append((index, error))
    return build_response(exchange, rejected, len(batch.records))


def process_update(
    update: dict[str, Any],
    by_token: dict[str, Project],
    store: Store,
    exchange: Exchange,
    index: int,
) -> RecordError | None:
    """Apply a valid update, or record its silent loss; return the error of a full profile."""
    project = by_token.get(update["$token"])
    loss = find_silent_loss(project, exchange)
    if project is None or loss:
        if loss:
            exchange.add_violation(loss.rule, loss.message, index)
        return None
    return apply_update(update, project, store, exchange, index)


def report_error(error: RecordError, exchange: Exchange, index: int) -> None:
    """Record a violation when the real response is unknown or no client should cause it."""
    if error.rule in {"E45", "E47"}:
        exchange.add_violation(error.rule, error.message, index)


def build_response(
    exchange: Exchange, rejected: list[tuple[int, RecordError]], count: int
) -> ApiResponse:
    """Respond with success when an update was valid, or with strict=1 only when all were."""
    if rejected and len(rejected) < count:
        report_partial_rejection(exchange, rejected)
    if rejected and exchange.query.get("strict") == "1":
        return strict_update_response(rejected)
    return legacy_response(exchange, rejected[0][1].message if len(rejected) == count else None)


def apply_update(
    update: dict[str, Any], project: Project, store: Store, exchange: Exchange, index: int
) -> RecordError | None:
    """Apply a valid update, or return the error when the profile would hold too much."""
    profiles = store.profiles if exchange.endpoint == "engage" else store.groups
    key = profile_key(update, project, exchange.endpoint, store)
    operation = operation_of(update)
    if operation == "$delete":
        profiles.pop(key, None)
        add_to_history(update, key, exchange, store)
        return None
    report_location(update, exchange, index)
    report_cuts(update, exchange, index)
    if key not in profiles and operation not in CREATING:
        return None
    profile = profiles.get(key) or Profile()
    if error := write_profile(update, profile, exchange):
        return error
    if key not in profiles:
        store.add_profile(profiles, key, profile)
    add_to_history(update, key, exchange, store)
    return None


def profile_key(
    update: dict[str, Any], project: Project, endpoint: str, store: Store
) -> tuple[str, ...]:
    """Return the key of an update's profile in the store; ids are truncated as any text."""
    ids = [identifier_text(update[name])[:LIMIT] for name in SUBJECT[endpoint]]
    if endpoint == "engage" and not project.simplified and not names_duplicate(update):
        identities = store.identities_of(project.project_id)
        ids = [identities.canonical(identifier) for identifier in ids]
    return (project.project_id, *ids)


def names_duplicate(update: dict[str, Any]) -> bool:
    """Whether an update deletes the profile under the id itself, and not under the user's."""
    return operation_of(update) == "$delete" and update.get("$ignore_alias") is True


def report_location(update: dict[str, Any], exchange: Exchange, index: int) -> None:
    """Record a violation when the user would be located at the sender's data centre."""
    # A page sends from its user's own address.
    by_page = "origin" in exchange.headers
    if exchange.endpoint == "engage" and not by_page and lacks_location(update, exchange):
        message = "neither $ip nor ip=0: located at the data centre"
        exchange.add_violation("E48", message, index)


def report_cuts(update: dict[str, Any], exchange: Exchange, index: int) -> None:
    """Truncate the texts of an update, and record what Mixpanel does not keep of it."""
    for name in SUBJECT[exchange.endpoint]:
        if len(identifier_text(update[name])) > LIMIT:
            exchange.add_violation("E52", f"{name} is truncated: users may become one", index)
    value = update[operation_of(update)]
    if not isinstance(value, dict):
        return
    if exchange.endpoint == "engage":
        for name in value.keys() & set(RESERVED):
            exchange.add_violation("E39", f"{name} is a reserved property", index)
    for name in large_values(value, PROFILE_VALUE_BYTES):
        exchange.add_violation("E33", f"{name} is larger than 256 KB", index)
    if truncate_texts(value):
        exchange.add_violation("E31", messages.TEXT_TRUNCATED, index)


def write_profile(
    update: dict[str, Any], profile: Profile, exchange: Exchange
) -> RecordError | None:
    """Change the profile as the update says, or return the error when it would hold too much."""
    operation = operation_of(update)
    value = update[operation]
    if error := capacity_error(operation, value, profile.properties):
        return error
    apply_operation(operation, value, profile.properties)
    set_metadata(profile, update, exchange)
    return None


def add_to_history(
    update: dict[str, Any], key: tuple[str, ...], exchange: Exchange, store: Store
) -> None:
    """Add the update to the history of its profile."""
    operation = operation_of(update)
    names = ("project", *(name.removeprefix("$") for name in SUBJECT[exchange.endpoint]))
    subject = dict(zip(names, key, strict=True))
    change = {"at": exchange.timestamp, "operation": operation, "value": update[operation]}
    store.add("updates", subject | change)


def set_metadata(profile: Profile, update: dict[str, Any], exchange: Exchange) -> None:
    """Set what the update says beside its operation, and the city when it names no location."""
    profile.metadata.update({name: update[name] for name in METADATA if name in update})
    if not update.get("$ignore_time"):
        profile.metadata["$last_seen"] = exchange.at.isoformat(timespec="seconds")
    if exchange.endpoint == "engage" and lacks_location(update, exchange):
        values = update.get("$set")
        if not isinstance(values, dict) or "$city" not in values:
            profile.properties["$city"] = DATA_CENTRE


def lacks_location(update: dict[str, Any], exchange: Exchange) -> bool:
    """Whether Mixpanel would locate the profile where the request came from."""
    return exchange.query.get("ip") != "0" and not any(name in update for name in LOCATION_FIELDS)


def identifier_text(identifier: Any) -> str:
    """Convert an identifier to the text that Mixpanel stores."""
    return identifier if isinstance(identifier, str) else orjson.dumps(identifier).decode()
