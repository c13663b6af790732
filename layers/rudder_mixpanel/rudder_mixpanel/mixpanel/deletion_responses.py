"""What Mixpanel says about deletions, read: status and body, in every shape that was seen.

https://docs.mixpanel.com/docs/privacy/end-user-data-management, and what it does not tell:
a 409 names the tasks that are in the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse, json_content

UNAUTHORISED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Seconds until a token is tried again that somebody has to mend.
MENDING: Final = 900
# What passes by itself, whatever it was about.
PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class TaskCreated:
    """Mixpanel has a task of this id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class ProfilesDeleted:
    """Mixpanel has done it."""


@dataclass(frozen=True, slots=True)
class TaskConflict:
    """Other tasks are at these users, and nothing was created."""

    ids: frozenset[str]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """How far a task is; `requested` in seconds since 1970, 0 when it is not told."""

    status: str
    requested: int
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class TaskRevoked:
    """The task is called off."""


@dataclass(frozen=True, slots=True)
class NotRevocable:
    """The task cannot be called off any more."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Ask again; `certain` when nothing was done. `why` has nobody's data.

    `unauthorised` when somebody has to mend the token first.
    """

    why: str
    certain: bool = False
    wait: int = 0
    unauthorised: bool = False


@dataclass(frozen=True, slots=True)
class Invalid:
    """Mixpanel will never take this request."""

    why: str


def transient_failure(answer: MixpanelResponse | NoResponse) -> RetryLater | None:
    """What has nothing to do with the question."""
    if isinstance(answer, NoResponse):
        return RetryLater(answer.reason, certain=not answer.sent)
    if answer.status in UNAUTHORISED:
        return RetryLater("the token is refused", certain=True, wait=MENDING, unauthorised=True)
    if answer.status in PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        certain = answer.status == HTTPStatus.TOO_MANY_REQUESTS
        return RetryLater(f"HTTP {answer.status}", certain=certain, wait=answer.retry_after)
    return None


def read_creation(
    answer: MixpanelResponse | NoResponse,
) -> TaskCreated | TaskConflict | Invalid | RetryLater:
    """What became of a request for a task."""
    if (found := transient_failure(answer)) is not None or isinstance(answer, NoResponse):
        return found or RetryLater("no answer")
    said = json_content(answer.body)
    if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        results = results_of(said)
        task_id = results.get("task_id") or results.get("tracking_id")
        # A task whose id is not told is found by the conflict with it.
        return TaskCreated(str(task_id)) if task_id else RetryLater("an answer without a task")
    if answer.status == HTTPStatus.CONFLICT:
        error = object_or_empty(object_or_empty(said).get("error"))
        return TaskConflict(
            frozenset(text_list(error.get("conflicting_distinct_ids"))),
            tuple(text_list(error.get("conflicting_task_ids"))),
        )
    return Invalid(f"HTTP {answer.status}")


def read_status(answer: MixpanelResponse | NoResponse) -> TaskStatus | RetryLater:
    """How far a task is."""
    if (found := transient_failure(answer)) is not None or isinstance(answer, NoResponse):
        return found or RetryLater("no answer")
    if answer.status == HTTPStatus.NOT_FOUND:
        return TaskStatus("NOT_FOUND", 0, frozenset())
    results = results_of(json_content(answer.body))
    status = results.get("status")
    if answer.status != HTTPStatus.OK or not isinstance(status, str):
        return RetryLater(f"HTTP {answer.status} without a status")
    requested = epoch_seconds(results.get("date_requested"))
    return TaskStatus(status.upper(), requested, frozenset(text_list(results.get("distinct_ids"))))


def read_cancellation(
    answer: MixpanelResponse | NoResponse,
) -> TaskRevoked | NotRevocable | RetryLater:
    """Whether a task is called off."""
    if (found := transient_failure(answer)) is not None or isinstance(answer, NoResponse):
        return found or RetryLater("no answer")
    if answer.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        return TaskRevoked()
    return NotRevocable()


def read_profile_deletion(
    answer: MixpanelResponse | NoResponse,
) -> ProfilesDeleted | Invalid | RetryLater:
    """Whether profiles are deleted: /engage answers 200 for what it refuses, so its body counts."""
    if (found := transient_failure(answer)) is not None or isinstance(answer, NoResponse):
        return found or RetryLater("no answer")
    said = json_content(answer.body)
    status = said if said in (0, 1) else object_or_empty(said).get("status")
    if answer.status == HTTPStatus.OK and status == 1 and not object_or_empty(said).get("error"):
        return ProfilesDeleted()
    if status == 0 or answer.status == HTTPStatus.BAD_REQUEST:
        return Invalid(f"HTTP {answer.status}, status 0")
    return RetryLater(f"HTTP {answer.status} without a status")


def results_of(said: Any) -> Mapping[str, Any]:
    """The results of an answer, which may stand in a list."""
    results = object_or_empty(said).get("results")
    if isinstance(results, list) and results:
        results = results[0]
    return object_or_empty(results)


def object_or_empty(value: Any) -> Mapping[str, Any]:
    """An object as it is, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def text_list(value: Any) -> list[str]:
    """The texts of a list; none of anything else."""
    return [str(one) for one in value] if isinstance(value, list) else []


def epoch_seconds(value: Any) -> int:
    """A time in seconds since 1970; without a zone it is taken for UTC. 0 for what is none."""
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return 0
    return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
