"""The data-deletions API, v3.0: people are erased in a while, unless it is called off."""

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import orjson

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.visit import EXCERPT, Answer, Refused, Visit
from mixpanel_emulator.state.project import GdprToken, Project
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.state.tasks import Task

IDS_LIMIT: Final = 1999
IDS_AND_GROUPS: Final = 2000
COMPLIANCE_TYPES: Final = ("GDPR", "CCPA")


def receive_deletions(visit: Visit, projects: Sequence[Project], store: Store) -> Answer:
    """Create, show or cancel a deletion task, or `Refused`."""
    visit.size, visit.excerpt = len(visit.body), visit.body[:EXCERPT]
    project, owner = project_and_owner(visit, projects)
    visit.project = project.project_id
    rest(visit, project, store)
    match visit.method, visit.task_id:
        case "POST", "":
            return created(visit, project, owner, store)
        case "GET", tracking_id if tracking_id:
            return shown(tracking_id, project, store)
        case "DELETE", tracking_id if tracking_id:
            return cancelled(visit, tracking_id, project, store)
    raise refused("E2", HTTPStatus.METHOD_NOT_ALLOWED, say.WRONG_METHOD)


def project_and_owner(visit: Visit, projects: Sequence[Project]) -> tuple[Project, GdprToken]:
    """The project in the query and whose token came with it, or `Refused`."""
    scheme, _, bearer = visit.headers.get("authorization", "").partition(" ")
    owners = {
        owner.token: owner
        for project in projects
        for owner in project.gdpr_tokens
        if owner.expires is None or visit.at < owner.expires
    }
    if scheme.lower() != "bearer" or bearer.strip() not in owners:
        raise refused("G2", HTTPStatus.UNAUTHORIZED, say.GDPR_TOKEN_INVALID)
    owner = owners[bearer.strip()]
    for project in projects:
        if project.token == visit.query.get("token") and owner in project.gdpr_tokens:
            if visit.is_elsewhere(project.region):
                raise refused("E12", HTTPStatus.FORBIDDEN, say.GDPR_PROJECT_UNKNOWN)
            return project, owner
    raise refused("G3", HTTPStatus.FORBIDDEN, say.GDPR_PROJECT_UNKNOWN)


def rest(visit: Visit, project: Project, store: Store) -> None:
    """Refuse who asks again too soon."""
    before = store.tasks.asked.get(project.project_id)
    pause = timedelta(seconds=project.deletion_rest_seconds)
    if before is not None and visit.at < before + pause:
        answer = Answer(HTTPStatus.TOO_MANY_REQUESTS, say.GDPR_TOO_FAST.encode(), "text/plain")
        raise Refused("G6", answer)
    store.tasks.asked[project.project_id] = visit.at


def created(visit: Visit, project: Project, owner: GdprToken, store: Store) -> Answer:
    """A new task for the people named, or `Refused`."""
    distinct_ids, compliance_type = named(visit, project)
    refuse_conflicts(distinct_ids, store.tasks.running(project.project_id))
    task = Task(
        tracking_id=store.tasks.new_id(),
        project=project.project_id,
        requesting_user=owner.user,
        compliance_type=compliance_type,
        requested=visit.at,
        distinct_ids=distinct_ids,
        stage=timedelta(seconds=project.deletion_stage_seconds),
    )
    store.tasks.add(task)
    store.tell("deletions", task.described())
    results = result(task) | {"task_id": task.tracking_id, "distinct_id_count": len(distinct_ids)}
    shape = [results] if project.deletion_results_as_list else results
    return Answer.json(HTTPStatus.CREATED, {"status": "ok", "results": shape})


def named(visit: Visit, project: Project) -> tuple[list[str], str]:
    """Who is to be deleted, and under which law, or `Refused`."""
    limit = min(IDS_LIMIT, IDS_AND_GROUPS // (len(project.data_groups) + 1))
    try:
        asked = orjson.loads(visit.body)
    except orjson.JSONDecodeError:
        asked = None
    ids = asked.get("distinct_ids") if isinstance(asked, dict) else None
    if not isinstance(ids, list) or not all(isinstance(one, str) and one for one in ids):
        raise refused("G4", HTTPStatus.BAD_REQUEST, say.GDPR_IDS_UNREADABLE)
    visit.records = len(ids)
    if not 1 <= len(ids) <= limit:
        raise refused("G4", HTTPStatus.BAD_REQUEST, say.GDPR_IDS_COUNT.format(limit=limit))
    compliance_type = asked.get("compliance_type", COMPLIANCE_TYPES[0])
    if str(compliance_type).upper() not in COMPLIANCE_TYPES:
        raise refused("G5", HTTPStatus.BAD_REQUEST, say.GDPR_COMPLIANCE_TYPE)
    return ids, compliance_type.upper()


def refuse_conflicts(distinct_ids: list[str], running: list[Task]) -> None:
    """Refuse all of them when one is already on its way."""
    asked = set(distinct_ids)
    conflicting = {task.tracking_id: asked.intersection(task.distinct_ids) for task in running}
    taken = set().union(*conflicting.values())
    if taken:
        error = {
            "conflicting_distinct_ids": [i for i in dict.fromkeys(distinct_ids) if i in taken],
            "conflicting_task_ids": [task_id for task_id, ids in conflicting.items() if ids],
            "error": say.GDPR_CONFLICT,
        }
        raise Refused("G7", Answer.json(HTTPStatus.CONFLICT, {"status": "error", "error": error}))


def shown(tracking_id: str, project: Project, store: Store) -> Answer:
    """How far a task has come, or `Refused`."""
    if task := store.tasks.find(tracking_id, project.project_id):
        return Answer.json(HTTPStatus.OK, {"status": "ok", "results": result(task)})
    if project.unknown_deletion_status == 404:  # noqa: PLR2004 - as the setting says
        raise refused("G9", HTTPStatus.NOT_FOUND, say.GDPR_TASK_UNKNOWN)
    nothing: dict[str, Any] = {
        "tracking_id": tracking_id,
        "status": "NOT_FOUND",
        "requesting_user": "",
        "compliance_type": "",
        "project_id": number(project.project_id),
        "date_requested": "",
        "distinct_ids": [],
    }
    return Answer.json(HTTPStatus.OK, {"status": "ok", "results": nothing})


def cancelled(visit: Visit, tracking_id: str, project: Project, store: Store) -> Answer:
    """Nothing, once the task is called off, or `Refused`."""
    task = store.tasks.find(tracking_id, project.project_id)
    if task is None or not task.cancellable:
        raise refused("G10", HTTPStatus.METHOD_NOT_ALLOWED, say.GDPR_NOT_CANCELLABLE)
    task.enter("REVOKED", visit.at)
    store.tell("deletions", task.described())
    return Answer(HTTPStatus.NO_CONTENT, b"")


def result(task: Task) -> dict[str, Any]:
    """A task as the API describes it."""
    described = task.described()
    del described["history"]
    return described | {"project_id": number(described.pop("project"))}


def number(project_id: str) -> int | str:
    """A project's id as the API spells it."""
    return int(project_id) if project_id.isdecimal() else project_id


def refused(rule: str, status: HTTPStatus, error: str) -> Refused:
    """The app API's way to say no."""
    return Refused(rule, Answer.json(status, {"error": error, "status": "error"}))
