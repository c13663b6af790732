"""A regulation as it is shown: in RudderStack's shape, and as a report."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, Final, Protocol

from rudder_mixpanel.regulations.model import FINAL, Cancellation, Chunk, RegulationType

type RegulationView = dict[str, Any]

SECONDS_A_DAY: Final = 86_400
# How long queues keep a message, and DynamoDB what its tables have forgotten.
QUEUE_DAYS: Final = 14
BACKUP_DAYS: Final = 35
EVENTS_STAY: Final = (
    "Events that were at Mixpanel before: userDeletionApi is engage, which deletes profiles alone."
)
NOT_COVERED: Final = (
    "Anonymous ids that no regulation has named: nobody can know that they are this user's.",
    "What reached Mixpanel by another way than through this stack after the deletion was done.",
    "Messages that cannot be read: nobody can tell whom they are about; gone in 14 days.",
    "Copies outside of Mixpanel: warehouses, exports, other destinations of RudderStack.",
)


class SuppressedEvents(Protocol):
    """How many events a regulation has held back, and when the last of them came."""

    @property
    def events(self) -> int:
        """Their number."""
        ...

    @property
    def last_event_at(self) -> int:
        """Seconds since 1970; 0 for never."""
        ...


def view_regulation(
    chunk: Chunk,
    regulation: str,
    *,
    names: Sequence[str] = (),
    attributes: dict[str, str] | None = None,
    caller_sees: bool = False,
) -> RegulationView:
    """A regulation, with its user in plain only for who may see, and as long as it is known."""
    if attributes is None and caller_sees and regulation in chunk.people:
        attributes = chunk.people[regulation].attributes
    whom: RegulationView = {"attributes": attributes or {}}
    if attributes is None:
        whom["pseudonyms"] = list(names)
    state = chunk.state_of(regulation)
    handled: RegulationView = {}
    if chunk.type is RegulationType.SUPPRESS:
        handled = {"sourceIds": chunk.source_ids, "suppressedSources": "all"}
    else:
        handled = {"destinationIds": chunk.destination_ids}
        if chunk.not_handled_here:
            handled["notHandledHere"] = chunk.not_handled_here
    return {
        "id": regulation,
        "workspaceId": "",
        "canceled": chunk.cancellation(regulation) is not None,
        "regulationType": str(chunk.type),
        **whom,
        **handled,
        "requestId": chunk.request_id,
        "createdAt": iso_seconds(chunk.asked_at),
        "createdBy": chunk.asked_by,
        "effectiveAt": iso_seconds(chunk.effective_at),
        "state": str(state),
    }


def iso_seconds(seconds: int) -> str | None:
    """A time as text; None for none."""
    return (
        datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds else None
    )


def build_report(
    chunk: Chunk, regulation: RegulationView, held_back: SuppressedEvents, now: int
) -> RegulationView:
    """All that is known of one regulation, for whoever has to show it."""
    task = chunk.task_of(regulation["id"])
    history = [] if task is None else task.history
    canceled = chunk.cancellation(regulation["id"]) or Cancellation("", 0)
    over = chunk.state_of(regulation["id"]) in FINAL
    last = max([chunk.effective_at, canceled.lifted_at, *map(last_seen, history)]) if over else now
    in_queues = iso_seconds(chunk.effective_at + QUEUE_DAYS * SECONDS_A_DAY) if chunk.effective_at else None
    by_engage = task is not None and task.by_engage
    was_asked = task is not None and task.asked_at
    return {
        "regulation": regulation,
        "reportedAt": iso_seconds(now),
        "suppression": {
            "effectiveAt": regulation["effectiveAt"],
            "canceledBy": canceled.by or None,
            "canceledAt": iso_seconds(canceled.at),
            "liftedAt": iso_seconds(canceled.lifted_at),
            "eventsNotSent": held_back.events,
            "lastEventNotSentAt": iso_seconds(held_back.last_event_at),
        },
        "deletion": {
            "state": regulation["state"],
            "atMixpanel": "" if task is None else task.status,
            "userDeletionApi": "" if not was_asked else "engage" if by_engage else "task",
            "taskId": "" if task is None else task.task_id,
            "history": [view_note(one) for one in history],
        },
        "remains": {
            "rejectedQueueUntil": in_queues,
            "deadLetterQueueUntil": in_queues,
            "undeliveredByEventBridgeQueueUntil": in_queues,
            "backupsOfTheRegulationUntil": iso_seconds(last + BACKUP_DAYS * SECONDS_A_DAY),
        },
        "notCovered": [*([EVENTS_STAY] if by_engage else []), *NOT_COVERED],
    }


def last_seen(note: Mapping[str, Any]) -> int:
    """When what a note tells happened last."""
    return int(note.get("last", note["at"]))


def view_note(note: Mapping[str, Any]) -> RegulationView:
    """A note of a task's history; of what happened often, when it did so first and last."""
    told: RegulationView = {"at": iso_seconds(note["at"]), "what": note["what"]}
    if "times" in note:
        told |= {"times": note["times"], "lastAt": iso_seconds(note["last"])}
    return told


def report_page(told: RegulationView) -> str:
    """A report as a page to print."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{html_cell(told[name])}</td></tr>" for name in told
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Regulation</title>'
        "<style>body{font:11pt sans-serif;max-width:50em;margin:2em auto}"
        "th{text-align:left;vertical-align:top;padding-right:1em;font-weight:600}</style>"
        f"<h1>Regulation {escape(told['regulation']['id'])}</h1><table>{rows}</table></html>"
    )


def html_cell(value: Any) -> str:
    """A value of a report as HTML."""
    if isinstance(value, dict):
        rows = "".join(
            f"<tr><th>{escape(str(name))}</th><td>{html_cell(one)}</td></tr>"
            for name, one in value.items()
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return "<br>".join(html_cell(one) for one in value)
    return "" if value is None else escape(str(value))
