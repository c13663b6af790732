"""POST /import: each event is checked and accounted for."""

from collections.abc import Sequence
from typing import Any

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.access import project_of
from mixpanel_emulator.endpoints.answers import (
    leniently_imported,
    strictly_imported,
    validation_failed,
)
from mixpanel_emulator.endpoints.bodies import FORM, Batch, batch, media_type
from mixpanel_emulator.endpoints.event_checks import (
    EVENT_BYTES,
    IDENTITY_EVENTS,
    Examiner,
    failed_record,
)
from mixpanel_emulator.endpoints.rates import refuse_excess
from mixpanel_emulator.endpoints.store_events import milliseconds_at, store_event
from mixpanel_emulator.endpoints.visit import Answer, Visit
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store


def receive_import(visit: Visit, projects: Sequence[Project], store: Store) -> Answer:
    """Store the valid events and report the others, or `Refused`."""
    project = project_of(visit, projects)
    strict = is_strict(visit)
    visit.project = project.project_id
    arrived = batch(visit, project.max_body)
    refuse_excess(visit, project, store)
    simplified = project.id_mode == "simplified"
    if strict and simplified and any(map(is_identity_event, arrived.records)):
        return validation_failed(0, [say.IDENTITY_EVENT])
    failed = store_valid(visit, arrived, project, store)
    imported = len(arrived.records) - len(failed)
    if strict:
        return strictly_imported(imported, failed)
    if failed and imported:
        visit.breaks("E38", f"strict=0 does not say that {len(failed)} records were refused")
    return leniently_imported(visit, imported, len(failed))


def is_strict(visit: Visit) -> bool:
    """Whether each refused event is to be named."""
    if "strict" not in visit.query:
        visit.breaks("E15", "strict is missing in the query")
    # Older clients send forms, and wait for the answer that was given before there was `strict`.
    return visit.query.get("strict", "0" if media_type(visit) == FORM else "1") != "0"


def is_identity_event(record: dict[str, Any]) -> bool:
    """Whether the record joins identities instead of telling what happened."""
    return record.get("event") in IDENTITY_EVENTS


def store_valid(
    visit: Visit, arrived: Batch, project: Project, store: Store
) -> list[dict[str, Any]]:
    """Store each valid event; the report of those refused, in the order they came."""
    examiner = Examiner(
        project=project,
        now=milliseconds_at(visit),
        complete=True,
        damaged=arrived.damaged,
        weigh=visit.size >= EVENT_BYTES,
    )
    simplified = project.id_mode == "simplified"
    failed = []
    for index, record in enumerate(arrived.records):
        if simplified and is_identity_event(record):
            # Documented to be ignored, where strict=1 would have refused the batch.
            visit.breaks("E34", say.IDENTITY_EVENT, index)
        elif fault := visit.refuses(index, record) or examiner.fault(record):
            failed.append(failed_record(index, record, fault))
        else:
            store_event(record, project, store, visit, index)
    return failed
