"""The data-deletions API, v3.0: tasks that erase users after some time, unless cancelled."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import (
    EXCERPT_BYTES,
    ApiResponse,
    Exchange,
    RequestRejected,
)
from mixpanel_emulator.state.deletion_tasks import DeletionTask
from mixpanel_emulator.state.project import GdprToken, Project
from mixpanel_emulator.state.store import Store

IDS_LIMIT: Final = 1999
IDS_AND_GROUPS: Final = 2000
COMPLIANCE_TYPES: Final = ("GDPR", "CCPA")


def handle_deletions(exchange: Exchange, projects: Sequence[Project], store: Store) -> ApiResponse:
    """Create, show or cancel a deletion task. Raises RequestRejected."""
    exchange.size, exchange.excerpt = len(exchange.body), exchange.body[:EXCERPT_BYTES]
    project, owner = authorize(exchange, projects)
    exchange.project = project.project_id
    check_interval(exchange, project, store)
    match exchange.method, exchange.resource:
        case "POST", "":
            return create_task(exchange, project, owner, store)
        case "GET", tracking_id if tracking_id:
            return show_task(tracking_id, project, store)
        case "DELETE", tracking_id if tracking_id:
            return cancel_task(exchange, tracking_id, project, store)
    raise rejection("E2", HTTPStatus.METHOD_NOT_ALLOWED, messages.WRONG_METHOD)


def authorize(exchange: Exchange, projects: Sequence[Project]) -> tuple[Project, GdprToken]:
    """Return the project in the query and the OAuth token used. Raises RequestRejected."""
    owner = find_owner(exchange, projects)
    for project in projects:
        if project.token == exchange.query.get("token") and owner in project.gdpr_tokens:
            if exchange.is_for_another_region(project.region):
                raise rejection("E12", HTTPStatus.FORBIDDEN, messages.GDPR_PROJECT_UNKNOWN)
            return project, owner
    raise rejection("G3", HTTPStatus.FORBIDDEN, messages.GDPR_PROJECT_UNKNOWN)


def find_owner(exchange: Exchange, projects: Sequence[Project]) -> GdprToken:
    """Find the OAuth token of the request. Raises RequestRejected when it is not valid."""
    scheme, _, bearer = exchange.headers.get("authorization", "").partition(" ")
    owners = {
        owner.token: owner
        for project in projects
        for owner in project.gdpr_tokens
        if owner.expires is None or exchange.at < owner.expires
    }
    if scheme.lower() != "bearer" or bearer.strip() not in owners:
        raise rejection("G2", HTTPStatus.UNAUTHORIZED, messages.GDPR_TOKEN_INVALID)
    return owners[bearer.strip()]


def check_interval(exchange: Exchange, project: Project, store: Store) -> None:
    """Raise RequestRejected when the request follows the previous one too soon."""
    previous = store.tasks.last_request.get(project.project_id)
    interval = timedelta(seconds=project.deletion_rest_seconds)
    if previous is not None and exchange.at < previous + interval:
        text = messages.GDPR_TOO_FAST.encode()
        response = ApiResponse(HTTPStatus.TOO_MANY_REQUESTS, text, "text/plain")
        raise RequestRejected("G6", response)
    store.tasks.last_request[project.project_id] = exchange.at


def create_task(
    exchange: Exchange, project: Project, owner: GdprToken, store: Store
) -> ApiResponse:
    """Create a task for the named users. Raises RequestRejected."""
    distinct_ids, compliance_type = parse_request(exchange, project)
    check_conflicts(distinct_ids, store.tasks.running(project.project_id))
    task = DeletionTask(
        tracking_id=store.tasks.new_id(),
        project=project.project_id,
        requesting_user=owner.user,
        compliance_type=compliance_type,
        requested=exchange.at,
        distinct_ids=distinct_ids,
        stage=timedelta(seconds=project.deletion_stage_seconds),
        planned_end=exchange.planned_end,
    )
    store.tasks.add(task)
    store.publish("deletions", task.to_json())
    ids = {"task_id": task.tracking_id, "distinct_id_count": len(distinct_ids)}
    results = api_task(task) | ids
    body = {"status": "ok", "results": [results] if project.deletion_results_as_list else results}
    return ApiResponse.json(HTTPStatus.CREATED, body)


def parse_request(exchange: Exchange, project: Project) -> tuple[list[str], str]:
    """Read the identifiers and the compliance type. Raises RequestRejected."""
    body = parse_body(exchange.body)
    ids = body.get("distinct_ids")
    if not isinstance(ids, list) or not all(isinstance(item, str) and item for item in ids):
        raise rejection("G4", HTTPStatus.BAD_REQUEST, messages.GDPR_IDS_UNREADABLE)
    exchange.records = len(ids)
    limit = min(IDS_LIMIT, IDS_AND_GROUPS // (len(project.data_groups) + 1))
    if not 1 <= len(ids) <= limit:
        raise rejection("G4", HTTPStatus.BAD_REQUEST, messages.GDPR_IDS_COUNT.format(limit=limit))
    compliance_type = str(body.get("compliance_type", COMPLIANCE_TYPES[0])).upper()
    if compliance_type not in COMPLIANCE_TYPES:
        raise rejection("G5", HTTPStatus.BAD_REQUEST, messages.GDPR_COMPLIANCE_TYPE)
    return ids, compliance_type


def parse_body(body: bytes) -> dict[str, Any]:
    """Parse a JSON object; anything else counts as an empty one."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def check_conflicts(distinct_ids: list[str], running: list[DeletionTask]) -> None:
    """Raise RequestRejected when a running task already names one of these identifiers."""
    requested = set(distinct_ids)
    common = {task.tracking_id: requested.intersection(task.distinct_ids) for task in running}
    conflicting = set().union(*common.values())
    if not conflicting:
        return
    error = {
        "conflicting_distinct_ids": [
            item for item in dict.fromkeys(distinct_ids) if item in conflicting
        ],
        "conflicting_task_ids": [task_id for task_id, ids in common.items() if ids],
        "error": messages.GDPR_CONFLICT,
    }
    body = {"status": "error", "error": error}
    raise RequestRejected("G7", ApiResponse.json(HTTPStatus.CONFLICT, body))


def show_task(tracking_id: str, project: Project, store: Store) -> ApiResponse:
    """Respond with the status of a task. Raises RequestRejected."""
    task = store.tasks.find(tracking_id, project.project_id)
    if task is None and project.unknown_deletion_status == 404:  # noqa: PLR2004 - the setting's value
        raise rejection("G9", HTTPStatus.NOT_FOUND, messages.GDPR_TASK_UNKNOWN)
    results = api_task(task) if task else unknown_task(tracking_id, project)
    return ApiResponse.json(HTTPStatus.OK, {"status": "ok", "results": results})


def unknown_task(tracking_id: str, project: Project) -> dict[str, Any]:
    """Describe a task that does not exist as the API does."""
    return {
        "tracking_id": tracking_id,
        "status": "NOT_FOUND",
        "requesting_user": "",
        "compliance_type": "",
        "project_id": numeric_id(project.project_id),
        "date_requested": "",
        "distinct_ids": [],
    }


def cancel_task(
    exchange: Exchange, tracking_id: str, project: Project, store: Store
) -> ApiResponse:
    """Cancel a task, with an empty response. Raises RequestRejected when it is too late."""
    task = store.tasks.find(tracking_id, project.project_id)
    if task is None or not task.cancellable:
        raise rejection("G10", HTTPStatus.METHOD_NOT_ALLOWED, messages.GDPR_NOT_CANCELLABLE)
    task.enter("REVOKED", exchange.at)
    store.publish("deletions", task.to_json())
    return ApiResponse(HTTPStatus.NO_CONTENT, b"")


def api_task(task: DeletionTask) -> dict[str, Any]:
    """Describe a task as the API does."""
    fields = task.to_json()
    del fields["history"]
    return fields | {"project_id": numeric_id(fields.pop("project"))}


def numeric_id(project_id: str) -> int | str:
    """Convert a project's id to the number that the API uses, where it is one."""
    return int(project_id) if project_id.isdecimal() else project_id


def rejection(rule: str, status: HTTPStatus, error: str) -> RequestRejected:
    """Build a rejection in the shape of Mixpanel's app API."""
    return RequestRejected(rule, ApiResponse.json(status, {"error": error, "status": "error"}))
