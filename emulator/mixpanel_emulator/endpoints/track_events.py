"""POST /track: nearly every response is success, so every lost event is a violation."""

from collections.abc import Mapping, Sequence
from typing import Any

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.bodies import Batch, read_batch
from mixpanel_emulator.endpoints.event_checks import (
    EVENT_BYTES,
    IDENTITY_EVENTS,
    SECONDS_END,
    EventChecker,
    properties_of,
)
from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange, RecordError
from mixpanel_emulator.endpoints.rate_limits import check_rate_limit
from mixpanel_emulator.endpoints.responses import legacy_response
from mixpanel_emulator.endpoints.store_events import (
    is_too_old_to_track,
    milliseconds_at,
    store_event,
)
from mixpanel_emulator.endpoints.token_endpoints import (
    attribute_to_project,
    find_silent_loss,
    largest_body,
    report_authorization,
    report_partial_rejection,
)
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store

# By project token.
EventCheckers = Mapping[str, EventChecker]


def track_events(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Store the valid events; success unless every record is rejected. Raises RequestRejected."""
    report_authorization(exchange)
    batch = read_batch(exchange, largest_body(projects))
    tokens = (properties_of(record).get("token") for record in batch.records)
    check_rate_limit(exchange, attribute_to_project(exchange, tokens, projects), store)
    checkers = event_checkers(projects, exchange, damaged=batch.damaged)
    rejected = store_valid(exchange, batch, checkers, store)
    if len(rejected) == len(batch.records):
        return legacy_response(exchange, rejected[0][1].message)
    report_partial_rejection(exchange, rejected)
    return legacy_response(exchange, None)


def store_valid(
    exchange: Exchange, batch: Batch, checkers: EventCheckers, store: Store
) -> list[tuple[int, RecordError]]:
    """Store the valid events, and return the errors of those that the response rejects."""
    rejected: list[tuple[int, RecordError]] = []
    for index, record in enumerate(batch.records):
        cut_fraction(properties_of(record), exchange, index)
        if error := exchange.planned_error(index, record) or reported_error(record, checkers):
            rejected.append((index, error))
        elif error := silent_error(record, checkers, exchange):
            exchange.add_violation(error.rule, error.message, index)
        else:
            project = checkers[properties_of(record)["token"]].project
            store_event(record, project, store, exchange, index)
    return rejected


def event_checkers(
    projects: Sequence[Project], exchange: Exchange, *, damaged: bool
) -> EventCheckers:
    """Build the checker of each project, by its token."""
    return {
        project.token: EventChecker(
            project=project,
            now=milliseconds_at(exchange),
            requires_all_fields=False,
            damaged=damaged,
            checks_size=exchange.size >= EVENT_BYTES,
        )
        for project in projects
    }


def cut_fraction(properties: dict[str, Any], exchange: Exchange, index: int) -> None:
    """Truncate a fractional time to whole seconds, which Mixpanel's own clients depend on."""
    time = properties.get("time")
    if isinstance(time, float) and 0 <= time < SECONDS_END:
        exchange.add_violation("E21", "time has a fraction", index)
        properties["time"] = int(time)


def reported_error(record: dict[str, Any], checkers: EventCheckers) -> RecordError | None:
    """Return the error that the response of /track reports."""
    event = record.get("event")
    properties = properties_of(record)
    token = properties.get("token")
    if not isinstance(event, str) or not event.strip():
        return RecordError("E42", "event", messages.EVENT_MISSING)
    if not isinstance(token, str) or not token:
        return RecordError("E42", "properties.token", messages.TRACK_TOKEN_MISSING)
    anonymous = event == "$identify" and not properties.get("distinct_id")
    if anonymous and token in checkers and checkers[token].project.simplified:
        return RecordError("E34", "properties.distinct_id", messages.TRACK_DISTINCT_ID_MISSING)
    return None


def silent_error(
    record: dict[str, Any], checkers: EventCheckers, exchange: Exchange
) -> RecordError | None:
    """Return why the event is lost although the response is success."""
    event, properties = record["event"], properties_of(record)
    checker = checkers.get(properties["token"])
    loss = find_silent_loss(checker.project if checker else None, exchange)
    if checker is None or loss:
        return loss
    if event in IDENTITY_EVENTS and checker.project.simplified:
        return RecordError("E34", "event", messages.IDENTITY_EVENT)
    if event == "$merge":
        return RecordError("E36", "event", messages.MERGE_TRACKED)
    if is_too_old_to_track(properties, exchange):
        return RecordError("E40", "properties.time", messages.TOO_OLD_TO_TRACK)
    return checker.first_error(record)
