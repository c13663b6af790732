"""Everything that is known about one regulation, as the JSON that a report consists of."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from rudder_mixpanel import __version__
from rudder_mixpanel.regulations.chunk import KEPT_AFTER_FAILURE, SECONDS_A_DAY, Chunk
from rudder_mixpanel.regulations.model import FINAL, Cancellation, RegulationState
from rudder_mixpanel.regulations.report.limits import leaves_in_mixpanel, not_covered
from rudder_mixpanel.regulations.task import ERASED, Task
from rudder_mixpanel.regulations.views import RegulationView, iso_seconds

# How long the queues keep a message, and how long DynamoDB's backups keep a deleted item.
QUEUE_DAYS: Final = 14
BACKUP_DAYS: Final = 35


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


def build_report(
    chunk: Chunk,
    regulation: RegulationView,
    suppressed: SuppressedEvents,
    now: int,
    *,
    log_days: int = 0,
) -> RegulationView:
    """Report everything that is known about one regulation, with the version that reports it."""
    deletes = regulation["deletes"]
    return {
        "version": __version__,
        "reportedAt": iso_seconds(now),
        "regulation": {name: value for name, value in regulation.items() if name != "pseudonyms"},
        "pseudonyms": list(chunk.pseudonyms_of(regulation["id"])),
        "suppression": report_suppression(chunk, regulation, suppressed),
        "deletion": report_deletion(chunk, regulation),
        "remains": {
            **report_remains(chunk, regulation["id"], now),
            **report_profile_times(chunk.tasks_of(regulation["id"])),
            "messageIdsInLogsUntil": report_logs(chunk, suppressed, log_days),
        },
        "notCovered": not_covered(deletes),
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


def report_deletion(chunk: Chunk, regulation: RegulationView) -> RegulationView:
    """What Mixpanel was asked to delete, what that leaves, and every request and response."""
    tasks = chunk.tasks_of(regulation["id"])
    return {
        "state": regulation["state"],
        "deletes": regulation["deletes"],
        "leaves": leaves_in_mixpanel(regulation["deletes"]),
        "expectedCompletionAt": iso_seconds(chunk.expected_completion_at(regulation["id"])),
        "endedAt": iso_seconds(ended_at(tasks)),
        "nextRequestAt": iso_seconds(next_request_at(tasks)),
        "tasks": [report_task(task) for task in tasks if task.requested_at],
        "history": [report_note(note) for note in notes_of(tasks)],
    }


def next_request_at(tasks: list[Task]) -> int:
    """When the next of these tasks is requested; 0 if none waits for that."""
    waiting = (task.due for task in tasks if task.state is RegulationState.WAITING)
    return min(waiting, default=0)


def notes_of(tasks: list[Task]) -> list[Mapping[str, Any]]:
    """The notes of these tasks in the order of time; what parts of a task repeat is there once."""
    notes: dict[tuple[int, str], Mapping[str, Any]] = {}
    for note in (note for task in tasks for note in task.history):
        name = (note["at"], note["what"])
        notes[name] = max(notes.get(name, note), note, key=last_time)
    return sorted(notes.values(), key=lambda note: int(note["at"]))


def report_task(task: Task) -> RegulationView:
    """What one request asked of Mixpanel, for which project, and the last status there."""
    return {
        "userDeletionApi": "engage" if task.by_engage else "task",
        "project": task.project,
        "region": task.region,
        "law": task.law,
        "requestedAt": iso_seconds(task.requested_at),
        "taskId": task.task_id,
        "atMixpanel": task.status,
    }


def report_note(note: Mapping[str, Any]) -> RegulationView:
    """A note of a task's history, with count and last time if it was repeated."""
    view: RegulationView = {"at": iso_seconds(note["at"]), "what": note["what"]}
    if "times" in note:
        view |= {"times": note["times"], "lastAt": iso_seconds(last_time(note))}
    return view


def last_time(note: Mapping[str, Any]) -> int:
    """When the event of a note happened last."""
    return int(note.get("last", note["at"]))


def report_remains(chunk: Chunk, regulation: str, now: int) -> RegulationView:
    """Until when the tables, queues and backups may still hold data about the user.

    The times of the backups and of the identifiers are the latest that are certain: they move
    while the regulation is not final.
    """
    stored = not chunk.people[regulation].is_forgotten
    until = identifiers_until(chunk, regulation)
    last = final_change(chunk, regulation) if chunk.state_of(regulation) in FINAL else now
    return {
        "identifiersStored": stored,
        "identifiersUntil": iso_seconds(until) if stored else None,
        "rejectedQueueUntil": days_after(chunk.effective_at, QUEUE_DAYS),
        "deadLetterQueueUntil": days_after(chunk.effective_at, QUEUE_DAYS),
        "undeliveredByEventBridgeQueueUntil": days_after(chunk.effective_at, QUEUE_DAYS),
        "backupsOfTheRegulationUntil": days_after(max(last, until), BACKUP_DAYS),
    }


def report_profile_times(tasks: list[Task]) -> RegulationView:
    """When it was deleted at what times the profile was updated, and until when backups have that.

    The first time counts: since then nothing of it has been stored.
    """
    notes = (note["at"] for task in tasks for note in task.history if note["what"] == ERASED)
    erased_at = min(map(int, notes), default=0)
    return {
        "profileUpdateTimesDeletedAt": iso_seconds(erased_at),
        "backupsOfProfileUpdateTimesUntil": days_after(erased_at, BACKUP_DAYS),
    }


def report_logs(chunk: Chunk, suppressed: SuppressedEvents, log_days: int) -> str | None:
    """Until when logs hold the ids of the user's messages; None if that is not known."""
    if not (chunk.effective_at and log_days):
        return None
    return days_after(max(chunk.effective_at, suppressed.last_event_at), log_days)


def identifiers_until(chunk: Chunk, regulation: str) -> int:
    """When the identifiers of a failed regulation are deleted; 0 for another one."""
    if chunk.state_of(regulation) is not RegulationState.FAILED:
        return 0
    return ended_at(chunk.tasks_of(regulation)) + KEPT_AFTER_FAILURE


def days_after(seconds: int, days: int) -> str | None:
    """A time some days later in ISO 8601; None for 0."""
    return iso_seconds(seconds + days * SECONDS_A_DAY) if seconds else None


def ended_at(tasks: list[Task]) -> int:
    """When the last of these tasks ended; 0 while one has not, or if there is none."""
    if any(task.state not in FINAL for task in tasks):
        return 0
    # A task that ended under an earlier version has no time of its own, but a last note.
    return max((task.ended_at or last_note_at(task) for task in tasks), default=0)


def last_note_at(task: Task) -> int:
    """When the last event of a task's history happened; 0 without any."""
    return max(map(last_time, task.history), default=0)


def final_change(chunk: Chunk, regulation: str) -> int:
    """When a final regulation last changed."""
    cancellation = chunk.cancellation(regulation) or Cancellation("", 0)
    notes = map(last_note_at, chunk.tasks_of(regulation))
    return max([chunk.effective_at, cancellation.lifted_at, *notes])
