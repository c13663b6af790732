"""POST /track: nearly every answer is success, so what is lost becomes a violation."""

from collections.abc import Mapping, Sequence
from typing import Any

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.answers import legacy
from mixpanel_emulator.endpoints.bodies import batch
from mixpanel_emulator.endpoints.event_checks import (
    EVENT_BYTES,
    IDENTITY_EVENTS,
    SECONDS_END,
    Examiner,
    properties_of,
)
from mixpanel_emulator.endpoints.open_endpoints import (
    file_under,
    largest_body,
    loss,
    note_authorization,
    note_mixed,
)
from mixpanel_emulator.endpoints.rates import refuse_excess
from mixpanel_emulator.endpoints.store_events import (
    is_too_old_to_track,
    milliseconds_at,
    store_event,
)
from mixpanel_emulator.endpoints.visit import Answer, Fault, Visit
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store

type Examiners = Mapping[str, Examiner]


def receive_track(visit: Visit, projects: Sequence[Project], store: Store) -> Answer:
    """Store what is valid; success unless nothing was readable, or `Refused`."""
    note_authorization(visit)
    arrived = batch(visit, largest_body(projects))
    tokens = (properties_of(record).get("token") for record in arrived.records)
    refuse_excess(visit, file_under(visit, tokens, projects), store)
    examiners = examiners_of(projects, visit, damaged=arrived.damaged)
    refused: list[tuple[int, Fault]] = []
    for index, record in enumerate(arrived.records):
        cut_fraction(properties_of(record), visit, index)
        if fault := visit.refuses(index, record) or answered_fault(record, examiners):
            refused.append((index, fault))
        elif lost := silent_fault(record, examiners, visit):
            visit.breaks(lost.rule, lost.message, index)
        else:
            project = examiners[properties_of(record)["token"]].project
            store_event(record, project, store, visit, index)
    if len(refused) == len(arrived.records):
        return legacy(visit, refused[0][1].message)
    note_mixed(visit, refused)
    return legacy(visit, None)


def examiners_of(projects: Sequence[Project], visit: Visit, *, damaged: bool) -> Examiners:
    """The examiner of each project, by its token."""
    return {
        project.token: Examiner(
            project=project,
            now=milliseconds_at(visit),
            complete=False,
            damaged=damaged,
            weigh=visit.size >= EVENT_BYTES,
        )
        for project in projects
    }


def cut_fraction(properties: dict[str, Any], visit: Visit, index: int) -> None:
    """Take a time in seconds and fractions for whole seconds, which Mixpanel's own clients need."""
    time = properties.get("time")
    if isinstance(time, float) and 0 <= time < SECONDS_END:
        visit.breaks("E21", "time has a fraction", index)
        properties["time"] = int(time)


def answered_fault(record: dict[str, Any], examiners: Examiners) -> Fault | None:
    """What /track says is missing."""
    event = record.get("event")
    properties = properties_of(record)
    token = properties.get("token")
    if not isinstance(event, str) or not event.strip():
        return Fault("E42", "event", say.EVENT_MISSING)
    if not isinstance(token, str) or not token:
        return Fault("E42", "properties.token", say.TRACK_TOKEN_MISSING)
    if event == "$identify" and not properties.get("distinct_id") and simplified(token, examiners):
        return Fault("E34", "properties.distinct_id", say.TRACK_DISTINCT_ID_MISSING)
    return None


def simplified(token: str, examiners: Examiners) -> bool:
    """Whether this is the token of a project with simplified identities."""
    examiner = examiners.get(token)
    return examiner is not None and examiner.project.id_mode == "simplified"


def silent_fault(record: dict[str, Any], examiners: Examiners, visit: Visit) -> Fault | None:
    """Why the event is lost although the answer is success."""
    event, properties = record["event"], properties_of(record)
    examiner = examiners.get(properties["token"])
    lost = loss(examiner.project if examiner else None, visit)
    if examiner is None or lost:
        return lost
    if event in IDENTITY_EVENTS and examiner.project.id_mode == "simplified":
        return Fault("E34", "event", say.IDENTITY_EVENT)
    if event == "$merge":
        return Fault("E36", "event", say.MERGE_TRACKED)
    if is_too_old_to_track(properties, visit):
        return Fault("E40", "properties.time", say.TOO_OLD_TO_TRACK)
    return examiner.fault(record)
