"""A regulation as the API shows it, in RudderStack's shape."""

from datetime import UTC, datetime
from typing import Any

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState, RegulationType

type RegulationView = dict[str, Any]


def view_regulation(
    chunk: Chunk,
    regulation: str,
    *,
    now: int,
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
        "deletes": deleted_data(chunk, regulation),
        **({"deletionContinues": True} if chunk.deletion_continues(regulation, now) else {}),
    }


def deleted_data(chunk: Chunk, regulation: str) -> str:
    """What Mixpanel was asked to delete: "profile", or "profile and events"; empty before that.

    Whoever shows the state `completed` to people shows this beside it: a profile is not all.
    """
    requested = [task for task in chunk.tasks_of(regulation) if task.requested_at]
    if any(task.by_engage for task in requested):
        return "profile"
    return "profile and events" if requested else ""


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
