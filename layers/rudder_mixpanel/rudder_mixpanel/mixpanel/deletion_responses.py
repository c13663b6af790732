"""What Mixpanel's responses about deletions mean: status and body, in every shape observed.

https://docs.mixpanel.com/docs/privacy/end-user-data-management; it does not mention that a 409
names the tasks in conflict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse, json_content

UNAUTHORISED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Seconds until a rejected token is tried again: an operator has to fix it first.
UNAUTHORISED_WAIT: Final = 900
# Statuses below 500 that are temporary, whatever the request was about.
TEMPORARY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class TaskCreated:
    """Mixpanel has created a task."""

    task_id: str


@dataclass(frozen=True, slots=True)
class ProfilesDeleted:
    """Mixpanel has deleted the profiles."""


@dataclass(frozen=True, slots=True)
class TaskConflict:
    """Other tasks are about some of these users, and no task was created."""

    ids: frozenset[str]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """The status of a task; `requested` in seconds since 1970, 0 when Mixpanel omits it."""

    status: str
    requested: int
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class TaskRevoked:
    """The task is cancelled."""


@dataclass(frozen=True, slots=True)
class NotRevocable:
    """The task can no longer be cancelled."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The request must be repeated; `certain` when it certainly had no effect.

    `why` contains no personal data. `unauthorised` when the token has to be fixed first.
    """

    why: str
    certain: bool = False
    wait: int = 0
    unauthorised: bool = False


@dataclass(frozen=True, slots=True)
class Invalid:
    """Mixpanel will never accept this request."""

    why: str


def read_creation(
    response: MixpanelResponse | NoResponse,
) -> TaskCreated | TaskConflict | Invalid | RetryLater:
    """What became of a request for a task."""
    completed = completed_response(response)
    if isinstance(completed, RetryLater):
        return completed
    content = json_content(completed.body)
    if completed.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        results = results_of(content)
        task_id = id_text(results.get("task_id")) or id_text(results.get("tracking_id"))
        # A task whose id is missing is found later, by the conflict with it.
        return TaskCreated(task_id) if task_id else RetryLater("a response without a task")
    if completed.status == HTTPStatus.CONFLICT:
        error = object_or_empty(object_or_empty(content).get("error"))
        return TaskConflict(
            frozenset(text_list(error.get("conflicting_distinct_ids"))),
            tuple(text_list(error.get("conflicting_task_ids"))),
        )
    return Invalid(f"HTTP {completed.status}")


def read_status(response: MixpanelResponse | NoResponse) -> TaskStatus | RetryLater:
    """The status of a task; NOT_FOUND when Mixpanel does not know it."""
    completed = completed_response(response)
    if isinstance(completed, RetryLater):
        return completed
    if completed.status == HTTPStatus.NOT_FOUND:
        return TaskStatus("NOT_FOUND", 0, frozenset())
    results = results_of(json_content(completed.body))
    status = results.get("status")
    if completed.status != HTTPStatus.OK or not isinstance(status, str):
        return RetryLater(f"HTTP {completed.status} without a status")
    requested = epoch_seconds(results.get("date_requested"))
    return TaskStatus(status.upper(), requested, frozenset(text_list(results.get("distinct_ids"))))


def read_cancellation(
    response: MixpanelResponse | NoResponse,
) -> TaskRevoked | NotRevocable | RetryLater:
    """Whether a task is cancelled."""
    completed = completed_response(response)
    if isinstance(completed, RetryLater):
        return completed
    if completed.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        return TaskRevoked()
    return NotRevocable()


def read_profile_deletion(
    response: MixpanelResponse | NoResponse,
) -> ProfilesDeleted | Invalid | RetryLater:
    """Whether profiles are deleted: /engage answers 200 for what it rejects, so its body counts."""
    completed = completed_response(response)
    if isinstance(completed, RetryLater):
        return completed
    content = json_content(completed.body)
    status = content.get("status") if isinstance(content, Mapping) else content
    no_error = not object_or_empty(content).get("error")
    # Neither true nor 1.0 is a status of Mixpanel.
    is_number = type(status) is int
    if completed.status == HTTPStatus.OK and is_number and status == 1 and no_error:
        return ProfilesDeleted()
    if (is_number and status == 0) or completed.status == HTTPStatus.BAD_REQUEST:
        return Invalid(f"HTTP {completed.status}, status 0")
    return RetryLater(f"HTTP {completed.status} without a status")


def completed_response(response: MixpanelResponse | NoResponse) -> MixpanelResponse | RetryLater:
    """A response that is about the request; a temporary failure is RetryLater."""
    if isinstance(response, NoResponse):
        return RetryLater(response.reason, certain=not response.sent)
    status = response.status
    if status in UNAUTHORISED:
        return RetryLater(
            "the token is rejected", certain=True, wait=UNAUTHORISED_WAIT, unauthorised=True
        )
    if status in TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        certain = status == HTTPStatus.TOO_MANY_REQUESTS
        return RetryLater(f"HTTP {status}", certain=certain, wait=response.retry_after)
    return response


def results_of(content: Any) -> Mapping[str, Any]:
    """The results in a response, which may be a list of one."""
    results = object_or_empty(content).get("results")
    if isinstance(results, list) and results:
        results = results[0]
    return object_or_empty(results)


def object_or_empty(value: Any) -> Mapping[str, Any]:
    """An object unchanged, anything else as an empty object."""
    return value if isinstance(value, Mapping) else {}


def text_list(value: Any) -> list[str]:
    """The ids in a list; an empty list for anything else."""
    return list(filter(None, map(id_text, value))) if isinstance(value, list) else []


def id_text(value: Any) -> str:
    """An id as text; empty for what is neither text nor a whole number other than 0."""
    return str(value) if value and type(value) in {str, int} else ""


def epoch_seconds(value: Any) -> int:
    """A time in seconds since 1970, in UTC unless it has a zone; 0 for anything else."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return 0
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
