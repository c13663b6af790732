"""What Mixpanel says about deletions, read: status and body, in every shape that was seen.

https://docs.mixpanel.com/docs/privacy/end-user-data-management, and what it does not tell:
a 409 names the tasks that are in the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.mixpanel.responses import Answer, NoAnswer, content

UNAUTHORISED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Seconds until a token is tried again that somebody has to mend.
MENDING: Final = 900
# What passes by itself, whatever it was about.
PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Created:
    """Mixpanel has a task of this id."""

    task_id: str


@dataclass(frozen=True, slots=True)
class Done:
    """Mixpanel has done it."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Other tasks are at these users, and nothing was created."""

    ids: frozenset[str]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """How far a task is; `requested` in seconds since 1970, 0 when it is not told."""

    status: str
    requested: int
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Revoked:
    """The task is called off."""


@dataclass(frozen=True, slots=True)
class TooLate:
    """The task cannot be called off any more."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """Ask again; `certain` when nothing was done. `why` has nobody's data.

    `unauthorised` when somebody has to mend the token first.
    """

    why: str
    certain: bool = False
    wait: int = 0
    unauthorised: bool = False


@dataclass(frozen=True, slots=True)
class NotThus:
    """Mixpanel will never take this request."""

    why: str


def trouble(answer: Answer | NoAnswer) -> NotNow | None:
    """What has nothing to do with the question."""
    if isinstance(answer, NoAnswer):
        return NotNow(answer.reason, certain=not answer.sent)
    if answer.status in UNAUTHORISED:
        return NotNow("the token is refused", certain=True, wait=MENDING, unauthorised=True)
    if answer.status in PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        certain = answer.status == HTTPStatus.TOO_MANY_REQUESTS
        return NotNow(f"HTTP {answer.status}", certain=certain, wait=answer.retry_after)
    return None


def judge_creation(answer: Answer | NoAnswer) -> Created | Conflict | NotThus | NotNow:
    """What became of a request for a task."""
    if (found := trouble(answer)) is not None or isinstance(answer, NoAnswer):
        return found or NotNow("no answer")
    said = content(answer.body)
    if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        results = results_of(said)
        task_id = results.get("task_id") or results.get("tracking_id")
        # A task whose id is not told is found by the conflict with it.
        return Created(str(task_id)) if task_id else NotNow("an answer without a task")
    if answer.status == HTTPStatus.CONFLICT:
        error = as_object(as_object(said).get("error"))
        return Conflict(
            frozenset(texts(error.get("conflicting_distinct_ids"))),
            tuple(texts(error.get("conflicting_task_ids"))),
        )
    return NotThus(f"HTTP {answer.status}")


def judge_status(answer: Answer | NoAnswer) -> Told | NotNow:
    """How far a task is."""
    if (found := trouble(answer)) is not None or isinstance(answer, NoAnswer):
        return found or NotNow("no answer")
    if answer.status == HTTPStatus.NOT_FOUND:
        return Told("NOT_FOUND", 0, frozenset())
    results = results_of(content(answer.body))
    status = results.get("status")
    if answer.status != HTTPStatus.OK or not isinstance(status, str):
        return NotNow(f"HTTP {answer.status} without a status")
    requested = moment(results.get("date_requested"))
    return Told(status.upper(), requested, frozenset(texts(results.get("distinct_ids"))))


def judge_cancellation(answer: Answer | NoAnswer) -> Revoked | TooLate | NotNow:
    """Whether a task is called off."""
    if (found := trouble(answer)) is not None or isinstance(answer, NoAnswer):
        return found or NotNow("no answer")
    if answer.status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        return Revoked()
    return TooLate()


def judge_profiles(answer: Answer | NoAnswer) -> Done | NotThus | NotNow:
    """Whether profiles are deleted: /engage answers 200 for what it refuses, so its body counts."""
    if (found := trouble(answer)) is not None or isinstance(answer, NoAnswer):
        return found or NotNow("no answer")
    said = content(answer.body)
    status = said if said in (0, 1) else as_object(said).get("status")
    if answer.status == HTTPStatus.OK and status == 1 and not as_object(said).get("error"):
        return Done()
    if status == 0 or answer.status == HTTPStatus.BAD_REQUEST:
        return NotThus(f"HTTP {answer.status}, status 0")
    return NotNow(f"HTTP {answer.status} without a status")


def results_of(said: Any) -> Mapping[str, Any]:
    """The results of an answer, which may stand in a list."""
    results = as_object(said).get("results")
    if isinstance(results, list) and results:
        results = results[0]
    return as_object(results)


def as_object(value: Any) -> Mapping[str, Any]:
    """An object as it is, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def texts(value: Any) -> list[str]:
    """The texts of a list; none of anything else."""
    return [str(one) for one in value] if isinstance(value, list) else []


def moment(value: Any) -> int:
    """A time in seconds since 1970; without a zone it is taken for UTC. 0 for what is none."""
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return 0
    return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
