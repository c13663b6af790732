"""A regulation as the API shows it: in RudderStack's shape, and as a report."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any, Final, Protocol

from rudder_mixpanel import __version__
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import FINAL, Cancellation, RegulationState, RegulationType
from rudder_mixpanel.regulations.task import Task

type RegulationView = dict[str, Any]

SECONDS_A_DAY: Final = 86_400
# How long the queues keep a message, and how long DynamoDB's backups keep a deleted item.
QUEUE_DAYS: Final = 14
BACKUP_DAYS: Final = 35
EVENTS_STAY: Final = (
    "Events that Mixpanel already has: userDeletionApi is engage, which deletes only profiles."
)
NOT_COVERED: Final = (
    "Anonymous ids that no regulation names: they cannot be linked to this user.",
    "Data that reached Mixpanel by another way than this stack, or after the deletion was done.",
    "Messages that cannot be parsed: their user is unknown; they are deleted after 14 days.",
    "Copies outside Mixpanel: warehouses, exports, other destinations of RudderStack.",
)


class SuppressedEvents(Protocol):
    """How many events a regulation has suppressed, and when the last one arrived."""

    @property
    def events(self) -> int:
        """The number of events."""
        ...

    @property
    def last_event_at(self) -> int:
        """Seconds since 1970; 0 for never."""
        ...


def view_regulation(
    chunk: Chunk,
    regulation: str,
    *,
    attributes: dict[str, str] | None = None,
    show_user: bool = False,
) -> RegulationView:
    """Show a regulation; the user's identifiers only if allowed, and only while they are stored."""
    if attributes is None and show_user and not chunk.people[regulation].is_forgotten:
        attributes = chunk.people[regulation].attributes
    user: RegulationView = {"attributes": attributes or {}}
    if attributes is None:
        user["pseudonyms"] = chunk.pseudonyms_of(regulation)
    return {
        "id": regulation,
        "workspaceId": "",
        "canceled": chunk.cancellation(regulation) is not None,
        "regulationType": str(chunk.type),
        **user,
        **view_scope(chunk),
        "requestId": chunk.request_id,
        "reference": chunk.reference,
        "submittedAt": iso_seconds(chunk.requested_at),
        "submittedBy": chunk.requested_by,
        "effectiveAt": iso_seconds(chunk.effective_at),
        "expectedCompletionAt": iso_seconds(chunk.expected_completion_at(regulation)),
        "completedAt": iso_seconds(completed_at(chunk, regulation)),
        "state": str(chunk.state_of(regulation)),
    }


def view_scope(chunk: Chunk) -> RegulationView:
    """The sources or destinations that a regulation is about."""
    if chunk.type is RegulationType.SUPPRESS:
        return {"sourceIds": chunk.source_ids, "suppressedSources": "all"}
    elsewhere = {"notHandledHere": chunk.not_handled_here} if chunk.not_handled_here else {}
    return {"destinationIds": chunk.destination_ids, **elsewhere}


def completed_at(chunk: Chunk, regulation: str) -> int:
    """When Mixpanel reported the last deletion as done; 0 while one is not, or nobody noted it."""
    if chunk.state_of(regulation) is not RegulationState.COMPLETED:
        return 0
    return max((task.ended_at for task in chunk.tasks_of(regulation)), default=0)


def iso_seconds(seconds: int) -> str | None:
    """A time in ISO 8601; None for 0."""
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def build_report(
    chunk: Chunk, regulation: RegulationView, suppressed: SuppressedEvents, now: int
) -> RegulationView:
    """Report everything that is known about one regulation, with the version that reports it."""
    task = next(iter(chunk.tasks_of(regulation["id"])), None)
    uncovered = [EVENTS_STAY] if task is not None and task.by_engage else []
    return {
        "version": __version__,
        "regulation": regulation,
        "reportedAt": iso_seconds(now),
        "suppression": report_suppression(chunk, regulation, suppressed),
        "deletion": {"state": regulation["state"], **report_deletion(task)},
        "remains": report_remains(chunk, regulation["id"], now),
        "notCovered": [*uncovered, *NOT_COVERED],
    }


def report_suppression(
    chunk: Chunk, regulation: RegulationView, suppressed: SuppressedEvents
) -> RegulationView:
    """Since when the user is suppressed, who cancelled that, and how many events were not sent."""
    cancellation = chunk.cancellation(regulation["id"]) or Cancellation("", 0)
    return {
        "effectiveAt": regulation["effectiveAt"],
        "canceledBy": cancellation.by or None,
        "canceledAt": iso_seconds(cancellation.at),
        "liftedAt": iso_seconds(cancellation.lifted_at),
        "eventsNotSent": suppressed.events,
        "lastEventNotSentAt": iso_seconds(suppressed.last_event_at),
    }


def report_deletion(task: Task | None) -> RegulationView:
    """What was requested of Mixpanel, and how it responded."""
    if task is None:
        return {"atMixpanel": "", "userDeletionApi": "", "taskId": "", "history": []}
    api = "engage" if task.by_engage else "task"
    return {
        "atMixpanel": task.status,
        "userDeletionApi": api if task.requested_at else "",
        "taskId": task.task_id,
        "history": [view_note(note) for note in task.history],
    }


def report_remains(chunk: Chunk, regulation: str, now: int) -> RegulationView:
    """Until when queues and backups may still hold data about the user."""
    queues = iso_seconds(chunk.effective_at + QUEUE_DAYS * SECONDS_A_DAY)
    in_queues = queues if chunk.effective_at else None
    last = final_change(chunk, regulation) if chunk.state_of(regulation) in FINAL else now
    return {
        "rejectedQueueUntil": in_queues,
        "deadLetterQueueUntil": in_queues,
        "undeliveredByEventBridgeQueueUntil": in_queues,
        "backupsOfTheRegulationUntil": iso_seconds(last + BACKUP_DAYS * SECONDS_A_DAY),
    }


def final_change(chunk: Chunk, regulation: str) -> int:
    """When a final regulation last changed."""
    cancellation = chunk.cancellation(regulation)
    notes = [note for task in chunk.tasks_of(regulation) for note in task.history]
    lifted_at = 0 if cancellation is None else cancellation.lifted_at
    return max([chunk.effective_at, lifted_at, *map(last_time, notes)])


def last_time(note: Mapping[str, Any]) -> int:
    """When the event of a note happened last."""
    return int(note.get("last", note["at"]))


def view_note(note: Mapping[str, Any]) -> RegulationView:
    """A note of a task's history, with count and last time if it was repeated."""
    view: RegulationView = {"at": iso_seconds(note["at"]), "what": note["what"]}
    if "times" in note:
        view |= {"times": note["times"], "lastAt": iso_seconds(note["last"])}
    return view


def report_page(report: RegulationView) -> str:
    """A report as a page to print."""
    rows = "".join(html_row(name, value) for name, value in report.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Regulation</title>'
        "<style>body{font:11pt sans-serif;max-width:50em;margin:2em auto}"
        "th{text-align:left;vertical-align:top;padding-right:1em;font-weight:600}</style>"
        f"<h1>Regulation {escape(report['regulation']['id'])}</h1><table>{rows}</table></html>"
    )


def html_row(name: str, value: Any) -> str:
    """A field of a report as a row of a table."""
    return f"<tr><th>{escape(name)}</th><td>{html_cell(value)}</td></tr>"


def html_cell(value: Any) -> str:
    """A value of a report as HTML."""
    if isinstance(value, dict):
        rows = "".join(html_row(str(name), inner) for name, inner in value.items())
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return "<br>".join(html_cell(item) for item in value)
    return "" if value is None else escape(str(value))
