"""What Mixpanel's responses about deletions mean: status and body, in every shape observed.

https://docs.mixpanel.com/docs/privacy/end-user-data-management; it does not mention that a 409
names the tasks in conflict.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse, json_content

UNAUTHORISED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
# Seconds until a rejected token, or an address without Mixpanel's API, is tried again: an operator
# has to fix it first.
OPERATOR_WAIT: Final = 900
# Statuses below 500 that are temporary, whatever the request was about.
TEMPORARY: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
SUCCESSFUL: Final = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
# Statuses by which Mixpanel rejects the ids of a request.
REJECTED: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
# The fields in which Mixpanel says something; the first that has a text counts.
WORDS: Final = ("error", "result", "message", "reason")
# Characters of an id, which Mixpanel limits to 255 bytes, with room.
LONGEST_ID: Final = 1_000
# Characters of Mixpanel's words that are kept.
LONGEST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class TaskCreated:
    """Mixpanel has created a task."""

    task_id: str


@dataclass(frozen=True, slots=True)
class ProfilesDeleted:
    """Mixpanel has deleted the profiles, as far as its response says."""


@dataclass(frozen=True, slots=True)
class TaskConflict:
    """Other tasks are about some of these users, and no task was created."""

    ids: frozenset[str]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """The status of a task; `requested` in seconds since 1970, 0 when Mixpanel omits it.

    `words`: what Mixpanel says about it, without the ids of the task. `misdirected` when a wrong
    address would answer alike.
    """

    status: str
    requested: int
    ids: frozenset[str]
    words: str = ""
    misdirected: bool = False


@dataclass(frozen=True, slots=True)
class TaskRevoked:
    """The task is cancelled."""


@dataclass(frozen=True, slots=True)
class NotRevocable:
    """Perhaps the task can no longer be cancelled, or is cancelled already: its status tells."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The request must be repeated; `certain` when it certainly had no effect.

    `why` contains no personal data. `unauthorised` when the token has to be fixed first,
    `misdirected` when something else than Mixpanel's API has responded.
    """

    why: str
    certain: bool = False
    wait: int = 0
    unauthorised: bool = False
    misdirected: bool = False


@dataclass(frozen=True, slots=True)
class Invalid:
    """Mixpanel rejects what the request names; `why` contains no personal data."""

    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of Mixpanel's API about the request, with its JSON."""

    status: int
    content: Any

    def describe(self, ids: Iterable[str]) -> str:
        """The status with Mixpanel's words, without the ids of the request."""
        words = words_of(object_or_empty(self.content), ids)
        return f"HTTP {self.status}: {words}" if words else f"HTTP {self.status}"


def read_creation(
    response: MixpanelResponse | NoResponse, ids: Iterable[str]
) -> TaskCreated | TaskConflict | Invalid | RetryLater:
    """What became of a request for a task about these ids."""
    answer = read_answer(response)
    if isinstance(answer, RetryLater):
        return answer
    if answer.status in SUCCESSFUL:
        results = results_of(answer.content)
        task_id = id_text(results.get("task_id")) or id_text(results.get("tracking_id"))
        # A task whose id is missing is found later, by the conflict with it.
        return TaskCreated(task_id) if task_id else RetryLater("a response without a task")
    if answer.status == HTTPStatus.CONFLICT:
        error = object_or_empty(object_or_empty(answer.content).get("error"))
        return TaskConflict(
            frozenset(text_list(error.get("conflicting_distinct_ids"))),
            tuple(text_list(error.get("conflicting_task_ids"))),
        )
    return (
        Invalid(answer.describe(ids)) if answer.status in REJECTED else misdirected(answer.status)
    )


def read_status(
    response: MixpanelResponse | NoResponse, ids: Iterable[str] = ()
) -> TaskStatus | RetryLater:
    """The status of a task about these ids; NOT_FOUND when Mixpanel does not know it.

    A 404 in JSON is either that, or a wrong address. A new task is requested only after days, in
    which an address can be corrected, and asking a wrong address for it does no harm.
    """
    if is_unknown_task(response):
        return TaskStatus("NOT_FOUND", 0, frozenset(), misdirected=True)
    answer = read_answer(response)
    if isinstance(answer, RetryLater):
        return answer
    if answer.status not in SUCCESSFUL:
        return misdirected(answer.status)
    results = results_of(answer.content)
    status = results.get("status")
    if not isinstance(status, str):
        return RetryLater(f"HTTP {answer.status} without a status")
    requested = epoch_seconds(results.get("date_requested"))
    named = frozenset(text_list(results.get("distinct_ids")))
    return TaskStatus(status.upper(), requested, named, words_of(results, {*ids, *named}))


def is_unknown_task(response: MixpanelResponse | NoResponse) -> bool:
    """Whether a response about a task may say that there is none, rather than no such address."""
    if isinstance(response, NoResponse) or response.status != HTTPStatus.NOT_FOUND:
        return False
    return isinstance(json_content(response.body), Mapping)


def read_cancellation(
    response: MixpanelResponse | NoResponse,
) -> TaskRevoked | NotRevocable | RetryLater:
    """Whether a task is cancelled; 405 is Mixpanel's answer for one that has started."""
    status = response.status if isinstance(response, MixpanelResponse) else 0
    if status == HTTPStatus.NO_CONTENT:
        return TaskRevoked()
    if status == HTTPStatus.METHOD_NOT_ALLOWED or is_unknown_task(response):
        return NotRevocable()
    answer = read_answer(response)
    if isinstance(answer, RetryLater):
        return answer
    # A success of another kind is no proof: the status of the task is.
    known = answer.status in REJECTED | SUCCESSFUL
    return NotRevocable() if known else misdirected(answer.status)


def read_profile_deletion(
    response: MixpanelResponse | NoResponse, ids: Iterable[str]
) -> ProfilesDeleted | Invalid | RetryLater:
    """Whether profiles are deleted: /engage answers 200 for what it rejects, so its body counts."""
    answer = read_answer(response)
    if isinstance(answer, RetryLater):
        return answer
    content = answer.content
    status = content.get("status") if isinstance(content, Mapping) else content
    no_error = not object_or_empty(content).get("error")
    # Neither true nor 1.0 is a status of Mixpanel.
    is_number = type(status) is int
    if answer.status == HTTPStatus.OK and is_number and status == 1 and no_error:
        return ProfilesDeleted()
    if (is_number and status == 0) or answer.status in REJECTED:
        return Invalid(answer.describe(ids))
    return RetryLater(f"HTTP {answer.status} without a status")


def read_answer(response: MixpanelResponse | NoResponse) -> Answer | RetryLater:
    """A response that is about what the request names; any other is RetryLater."""
    if isinstance(response, NoResponse):
        return RetryLater(response.reason, certain=not response.sent)
    status = response.status
    if status in UNAUTHORISED:
        return RetryLater(
            "Mixpanel rejects the token", certain=True, wait=OPERATOR_WAIT, unauthorised=True
        )
    if status in TEMPORARY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        certain = status == HTTPStatus.TOO_MANY_REQUESTS
        return RetryLater(f"HTTP {status}", certain=certain, wait=response.retry_after)
    content = json_content(response.body)
    if content is None or is_wrong_address(status):
        return misdirected(status)
    return Answer(status, content)


def is_wrong_address(status: int) -> bool:
    """Whether a status says that there is no such API at the address: redirects as well."""
    redirects = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    missing = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE}
    return redirects or status in missing


def misdirected(status: int) -> RetryLater:
    """The result of a response that says nothing about what the request names."""
    # A proxy's page in place of a success may hide that Mixpanel has carried the request out.
    certain = status >= HTTPStatus.MULTIPLE_CHOICES
    why = f"HTTP {status}, which is not an answer of Mixpanel's API to this request"
    return RetryLater(why, certain=certain, wait=OPERATOR_WAIT, misdirected=True)


def words_of(content: Mapping[str, Any], ids: Iterable[str]) -> str:
    """What Mixpanel says in a response, without the ids that it is about; empty if nothing."""
    words = next((text for name in WORDS if isinstance(text := content.get(name), str)), "")
    if not words:
        return ""
    named = "|".join(map(re.escape, sorted(ids, key=len, reverse=True)))
    hidden = re.sub(rf"(?<!\w)(?:{named})(?!\w)", "[id]", words) if named else words
    return " ".join(hidden.split())[:LONGEST_WORDS]


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
    """An id as text; empty for what is neither text nor a whole number but 0, or is too long."""
    text = str(value) if value and type(value) in {str, int} else ""
    return text if len(text) <= LONGEST_ID else ""


def epoch_seconds(value: Any) -> int:
    """A time in seconds since 1970, in UTC unless it has a zone; 0 for anything else."""
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return 0
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
