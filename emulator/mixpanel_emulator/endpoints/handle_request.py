"""A request comes in, is judged, remembered and answered: all of Mixpanel but the network."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Final

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.answers import import_refused
from mixpanel_emulator.endpoints.delete_users import receive_deletions
from mixpanel_emulator.endpoints.import_events import receive_import
from mixpanel_emulator.endpoints.track_events import receive_track
from mixpanel_emulator.endpoints.update_profiles import receive_updates
from mixpanel_emulator.endpoints.visit import EXCERPT, Answer, Loss, Refused, Visit
from mixpanel_emulator.faults.plan import Fault
from mixpanel_emulator.rules import OPEN, RULES
from mixpanel_emulator.state.erasure import settle
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store

type Receiver = Callable[[Visit, Sequence[Project], Store], Answer]

RECEIVERS: Final[dict[str, Receiver]] = {
    "import": receive_import,
    "track": receive_track,
    "engage": receive_updates,
    "groups": receive_updates,
    "deletions": receive_deletions,
}
NOTED: Final = frozenset(rule.id for rule in RULES if rule.violation)
SECRET_HEADERS: Final = frozenset({"authorization"})


def receive(
    visit: Visit, projects: Sequence[Project], store: Store, fault: Fault | None = None
) -> Answer:
    """Answer one request, which a planned fault may strike, and remember all that it broke."""

    def as_usual(visit: Visit) -> Answer:
        return answered(visit, projects, store)

    settle(store, visit.at)
    answer = fault.strike(visit, as_usual) if fault else as_usual(visit)
    for violation in visit.violations:
        store.add("violations", violation)
    store.traffic.note(visit, answer.status)
    store.add(
        "requests",
        {
            "at": visit.moment,
            "project": visit.project,
            "method": visit.method,
            "path": visit.path,
            "query": dict(visit.query),
            "size": visit.size,
            "records": visit.records,
            # None when nobody heard one.
            "status": None if answer.lost is Loss.ALL else answer.status,
            "fault": fault.fault if fault else None,
            "headers": {
                name: "***" if name in SECRET_HEADERS else value
                for name, value in visit.headers.items()
            },
            "body": visit.excerpt.decode(errors="replace"),
            "answer": answer.body[:EXCERPT].decode(errors="replace"),
        },
    )
    return answer


def answered(visit: Visit, projects: Sequence[Project], store: Store) -> Answer:
    """The answer when nothing is planned, refusals included."""
    try:
        return judged(visit, projects, store)
    except Refused as refusal:
        if refusal.rule in NOTED:
            visit.breaks(refusal.rule, f"refused with status {refusal.answer.status}")
        return refusal.answer


def judged(visit: Visit, projects: Sequence[Project], store: Store) -> Answer:
    """The answer of the endpoint that was asked, or `Refused`."""
    receiver = RECEIVERS.get(visit.endpoint)
    if receiver is None:
        raise import_refused("E1", HTTPStatus.NOT_FOUND, say.UNKNOWN_PATH)
    if visit.method == "GET" and visit.endpoint in OPEN and "data" in visit.query:
        visit.breaks("E2", "GET is no longer documented")
    elif visit.method != "POST" and visit.endpoint != "deletions":
        raise import_refused("E2", HTTPStatus.METHOD_NOT_ALLOWED, say.WRONG_METHOD)
    return receiver(visit, projects, store)
