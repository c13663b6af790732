"""Finds, shows, reports and cancels one regulation."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.ports import Caller, RegulationsDependencies
from rudder_mixpanel.regulations.report.about import report_about
from rudder_mixpanel.regulations.report.record import build_report
from rudder_mixpanel.regulations.requests import ErrorCode, RequestError
from rudder_mixpanel.regulations.views import RegulationView, view_regulation

ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def find_chunk(regulation: str, dependencies: RegulationsDependencies) -> Chunk:
    """Find the chunk of a regulation; raises RequestError when there is none."""
    if ID.fullmatch(regulation) is None:
        raise no_regulation()
    name = dependencies.repository.entries([regulation]).get(regulation)
    chunk = dependencies.repository.load(name) if name else None
    if chunk is None or regulation not in chunk.members:
        raise no_regulation()
    return chunk


def no_regulation() -> RequestError:
    """The error for an id without a regulation."""
    message = "There is no regulation with this id, or its record was deleted."
    return RequestError(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND, message)


def get_regulation(
    regulation: str, caller: Caller, dependencies: RegulationsDependencies
) -> RegulationView:
    """Show one regulation; raises RequestError when there is none."""
    chunk = find_chunk(regulation, dependencies)
    now = dependencies.now()
    return view_regulation(chunk, regulation, now=now, show_user=caller.sees_users)


def report_regulation(
    regulation: str,
    caller: Caller,
    dependencies: RegulationsDependencies,
    given: Mapping[str, str] | None = None,
) -> RegulationView:
    """Report one regulation, and whether it is about a given user.

    Raises RequestError when there is none.
    """
    chunk, show, now = find_chunk(regulation, dependencies), caller.sees_users, dependencies.now()
    view = view_regulation(chunk, regulation, now=now, show_user=show)
    suppressed, log_days = (
        dependencies.suppressions.get(regulation),
        dependencies.log_retention_days,
    )
    report = build_report(chunk, view, suppressed, now, log_days=log_days)
    if given is None:
        return report
    pseudonym = dependencies.pseudonym
    return report | report_about(chunk, regulation, given, pseudonym, show_user=show)


def cancel_regulation(
    regulation: str, caller: Caller, dependencies: RegulationsDependencies
) -> RegulationView:
    """Record that a regulation is to be cancelled; the worker carries it out.

    Raises RequestError when there is no such regulation, or when it is still being accepted.
    """
    chunk = find_chunk(regulation, dependencies)
    while not record_cancellation(chunk, regulation, caller, dependencies):
        chunk = find_chunk(regulation, dependencies)
    dependencies.wake()
    now = dependencies.now()
    return view_regulation(chunk, regulation, now=now, show_user=caller.sees_users)


def record_cancellation(
    chunk: Chunk, regulation: str, caller: Caller, dependencies: RegulationsDependencies
) -> bool:
    """Write a cancellation into a chunk; False when another writer has changed the chunk since.

    Raises RequestError when the regulation is still being accepted.
    """
    if not chunk.effective_at:
        raise RequestError(HTTPStatus.CONFLICT, ErrorCode.STILL_ACCEPTING)
    if chunk.cancellation(regulation) is not None:
        return True
    chunk.request_cancellation(regulation, caller.name, dependencies.now())
    return dependencies.repository.save(chunk)
