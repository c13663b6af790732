"""POST /import: every event is checked and accounted for."""

from collections.abc import Sequence
from typing import Any

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.authorization import authorize_import
from mixpanel_emulator.endpoints.bodies import FORM, Batch, media_type, read_batch
from mixpanel_emulator.endpoints.event_checks import (
    EVENT_BYTES,
    IDENTITY_EVENTS,
    EventChecker,
    failed_record,
)
from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange
from mixpanel_emulator.endpoints.rate_limits import check_rate_limit
from mixpanel_emulator.endpoints.responses import (
    lenient_import_response,
    strict_import_response,
    validation_failed,
)
from mixpanel_emulator.endpoints.store_events import milliseconds_at, store_event
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store


def import_events(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Store the valid events and report the others. Raises RequestRejected."""
    project = authorize_import(exchange, projects)
    strict = is_strict(exchange)
    exchange.project = project.project_id
    batch = read_batch(exchange, project.max_body)
    check_rate_limit(exchange, project, store)
    if strict and project.simplified and any(map(is_identity_event, batch.records)):
        return validation_failed(0, [messages.IDENTITY_EVENT])
    failed = store_valid(exchange, batch, project, store)
    imported = len(batch.records) - len(failed)
    if strict:
        return strict_import_response(imported, failed)
    if failed and imported:
        message = f"strict=0 does not report that {len(failed)} records were rejected"
        exchange.add_violation("E38", message)
    return lenient_import_response(exchange, imported, len(failed))


def is_strict(exchange: Exchange) -> bool:
    """Whether the response must list each rejected event."""
    if "strict" not in exchange.query:
        exchange.add_violation("E15", "strict is missing in the query")
    # Older clients send forms and expect the response from before `strict` existed.
    default = "0" if media_type(exchange) == FORM else "1"
    return exchange.query.get("strict", default) != "0"


def is_identity_event(record: dict[str, Any]) -> bool:
    """Whether the record joins identifiers instead of describing an action."""
    return record.get("event") in IDENTITY_EVENTS


def store_valid(
    exchange: Exchange, batch: Batch, project: Project, store: Store
) -> list[dict[str, Any]]:
    """Store the valid events, and return the reports of the rejected ones in request order."""
    checker = EventChecker(
        project=project,
        now=milliseconds_at(exchange),
        requires_all_fields=True,
        damaged=batch.damaged,
        checks_size=exchange.size >= EVENT_BYTES,
    )
    failed = []
    for index, record in enumerate(batch.records):
        if project.simplified and is_identity_event(record):
            # Documented to be ignored with strict=0; strict=1 rejects the batch before.
            exchange.add_violation("E34", messages.IDENTITY_EVENT, index)
        elif error := exchange.planned_error(index, record) or checker.first_error(record):
            failed.append(failed_record(index, record, error))
        else:
            store_event(record, project, store, exchange, index)
    return failed
