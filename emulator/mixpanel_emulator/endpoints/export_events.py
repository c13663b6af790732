"""GET /api/2.0/export: a row for each event of some days."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import Final
from zlib import crc32

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.app_api import app_rejection
from mixpanel_emulator.endpoints.authorization import find_by_account, parse_basic
from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange, RequestRejected
from mixpanel_emulator.endpoints.export_query import ExportQuery, read_export_query
from mixpanel_emulator.endpoints.export_row import RowFormat, arrival_of, time_of
from mixpanel_emulator.endpoints.exported_rows import ExportedRows
from mixpanel_emulator.endpoints.store_events import milliseconds_at
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Item, Store

HASHES: Final = 2**32


def export_events(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Respond with the rows that show by now. Raises RequestRejected."""
    project = authorize_export(exchange, projects)
    exchange.project = project.project_id
    if not store.exports.admit(project, exchange.at):
        raise app_rejection("X18", HTTPStatus.TOO_MANY_REQUESTS, messages.EXPORT_TOO_MANY)
    query = read_export_query(exchange, project.export_zone)
    events = select_events(query, project, store, milliseconds_at(exchange))
    exchange.records = len(events)
    row_format = RowFormat(project, store.identities_of(project.project_id), query.in_milliseconds)
    return ApiResponse(
        HTTPStatus.OK,
        b"",
        "text/plain",
        rows=ExportedRows(events, row_format.render),
        while_sent=partial(store.exports.sending, project),
    )


def authorize_export(exchange: Exchange, projects: Sequence[Project]) -> Project:
    """Return the project to export. Raises RequestRejected when access is denied."""
    try:
        project = find_exported_project(exchange, projects)
    except RequestRejected as rejection:
        raise denied("X2") from rejection
    if exchange.is_for_another_region(project.region):
        raise denied("E12")
    return project


def find_exported_project(exchange: Exchange, projects: Sequence[Project]) -> Project:
    """Find the project by a service account or by its secret. Raises RequestRejected."""
    username, secret = parse_basic(exchange.headers.get("authorization", ""))
    project_id = exchange.query.get("project_id")
    for project in projects:
        if username == project.api_secret and project_id in {None, project.project_id}:
            return project
    return find_by_account(username, secret, project_id, projects)


def denied(rule: str) -> RequestRejected:
    """Build the 401."""
    return app_rejection(rule, HTTPStatus.UNAUTHORIZED, messages.INVALID_CREDENTIALS)


def select_events(query: ExportQuery, project: Project, store: Store, now: int) -> list[Item]:
    """Return the events that a query is about and that show by now."""

    def is_wanted(event: Item) -> bool:
        return (
            event["project"] == project.project_id
            and (query.names is None or event["event"] in query.names)
            and query.start <= time_of(event) < query.end
            and shows(event, project.export_delay_seconds, now)
        )

    return list(islice(filter(is_wanted, store.events), query.limit))


def shows(event: Item, delay_seconds: float, now: int) -> bool:
    """Whether an event has arrived long enough ago; each takes another part of the delay."""
    identity = f"{event['properties'].get('$insert_id')}{event['at']}"
    part = crc32(identity.encode(errors="replace")) / HASHES
    return arrival_of(event) + delay_seconds * 1000 * part <= now
