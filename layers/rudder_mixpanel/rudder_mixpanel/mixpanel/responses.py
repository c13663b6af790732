"""A response of Mixpanel is interpreted: an outcome for each operation of the request.

Both status and body are read, because Mixpanel answers 200 for updates that it rejects, and 400 for
batches of which it stored all but one. What a response does not account for is never delivered.
https://developer.mixpanel.com/reference/import-events, …/profile-set
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept, Outcome, Rejected

NO_ERROR: Final = (None, "")
# Values of `status` that say that nothing was accepted.
FAILURES: Final = (0, "error", "Bad Request")
# Bytes. No limit of Mixpanel's is this low: a 413 for less is a fault of Mixpanel or a proxy.
MIN_BODY_LIMIT: Final = 100_000
# Statuses that say that the updates were not read: Mixpanel sends 401 and 429 before it reads them,
# and a 414 or 431 comes instead of reading on after the head, from whichever server reads it first
# (RFC 9110, section 15.5.15; RFC 6585, section 5).
NOT_APPLIED: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    }
)
CODES: Final[Mapping[int, Code]] = {
    HTTPStatus.UNAUTHORIZED: Code.CREDENTIALS_REFUSED,
    HTTPStatus.FORBIDDEN: Code.CREDENTIALS_REFUSED,
    HTTPStatus.NOT_FOUND: Code.WRONG_SERVER,
    HTTPStatus.METHOD_NOT_ALLOWED: Code.WRONG_SERVER,
    HTTPStatus.REQUEST_TIMEOUT: Code.MIXPANEL_UNAVAILABLE,
    HTTPStatus.GONE: Code.WRONG_SERVER,
    HTTPStatus.REQUEST_URI_TOO_LONG: Code.URL_OR_HEADERS_TOO_LONG,
    HTTPStatus.TOO_MANY_REQUESTS: Code.THROTTLED,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: Code.URL_OR_HEADERS_TOO_LONG,
}
# The message of /import about events that it has read, and found invalid.
FAILED_VALIDATION: Final = "some data points in the request failed validation"
REFUSED: Final = "refused without a list of records"


@dataclass(frozen=True, slots=True)
class Split:
    """The response does not say enough: the request must be repeated in two halves.

    `refusal` is the outcome of all operations, should they not be repeated, when Mixpanel refused
    the request without naming records.
    """

    refusal: Kept | None = None


type Verdict = list[Outcome] | Split


@dataclass(frozen=True, slots=True)
class MixpanelResponse:
    """An HTTP response; `retry_after` in seconds, 0 when the header is missing."""

    status: int
    body: bytes
    retry_after: int = 0

    @property
    def summary(self) -> str:
        """The status, under which the response is counted."""
        return str(self.status)


@dataclass(frozen=True, slots=True)
class NoResponse:
    """The request got no response; `sent` unless it is certain that no byte was sent."""

    reason: str
    sent: bool

    @property
    def summary(self) -> str:
        """What requests without a response are counted under."""
        return "no answer"


def interpret_response(request: Request, response: MixpanelResponse | NoResponse) -> Verdict:
    """An outcome for each operation of the request, in order, or Split."""
    match response:
        case NoResponse(reason, sent):
            kept = Kept(Code.MIXPANEL_UNAVAILABLE, reason, not_applied=not sent)
            return [kept] * len(request.operations)
        case MixpanelResponse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            return interpret_too_large(request)
        case MixpanelResponse(HTTPStatus.OK | HTTPStatus.BAD_REQUEST as status, body):
            if request.endpoint == "import":
                return interpret_import(request, status, json_content(body))
            return interpret_update(request, status, json_content(body))
        case MixpanelResponse(status, body, wait):
            code, is_certain = code_of(status, body), status in NOT_APPLIED
            words = complaint_in(json_content(body))
            kept = Kept(code, f"HTTP {status}", not_applied=is_certain, quote=words, wait=wait)
            return [kept] * len(request.operations)


def code_of(status: int, body: bytes) -> Code:
    """The code for operations that are kept because of a response with this status."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Code.MIXPANEL_UNAVAILABLE
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Code.WRONG_SERVER
    if status == HTTPStatus.FORBIDDEN and not isinstance(json_content(body), Mapping):
        # Mixpanel refuses credentials with JSON; a firewall refuses an address with a page.
        return Code.WRONG_SERVER
    return CODES.get(status, Code.UNEXPECTED_ANSWER)


def json_content(body: bytes) -> Any:
    """The JSON of a response; None when it is not JSON: proxies in front of Mixpanel send HTML."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def interpret_too_large(request: Request) -> Verdict:
    """Interpret a 413: split the request; a single operation is rejected."""
    if len(request.operations) > 1:
        return Split()
    if len(request.body) < MIN_BODY_LIMIT:
        return [Kept(Code.UNEXPECTED_ANSWER, "HTTP 413 for a small request", not_applied=True)]
    message = f"Mixpanel accepts no request of {len(request.body)} bytes"
    return [Rejected(Code.TOO_LARGE, message)]


def interpret_import(request: Request, status: int, content: Any) -> Verdict:
    """Interpret a response of /import, which counts the stored events and lists the others."""
    if not isinstance(content, Mapping):
        return unexplained(request, "")
    count, complaint = len(request.operations), first_complaint(content)
    if failed_validation(status, content) or rejects_all(request, status, content):
        return [rejected_by_mixpanel(complaint)] * count
    failed = failed_records(request, content.get("failed_records") or [])
    is_contradiction = contradicts_status(content, status)
    if failed is None or is_contradiction or not accounts_for(content, count - len(failed)):
        return unexplained(request, complaint)
    if not failed and (status != HTTPStatus.OK or content.get("error") not in NO_ERROR):
        return unexplained(request, complaint)
    return [failed.get(index, DELIVERED) for index in range(count)]


def accounts_for(content: Mapping[str, Any], stored: int) -> bool:
    """Whether a response counts as many stored events as it does not list; none need no count."""
    imported = content.get("num_records_imported", 0 if stored == 0 else None)
    return type(imported) is int and imported == stored


def contradicts_status(content: Mapping[str, Any], status: int) -> bool:
    """Whether a body names another status than its response has."""
    failure = status == HTTPStatus.OK and content.get("status") in FAILURES
    return failure or content.get("code", status) != status


def failed_validation(status: int, content: Mapping[str, Any]) -> bool:
    """Whether a response without strict mode, which lists nothing, finds all events invalid."""
    keys = ("code", "status", "num_records_imported", "error", "failed_records")
    found = (HTTPStatus.OK, 0, 0, FAILED_VALIDATION, None)
    return status == HTTPStatus.OK and tuple(map(content.get, keys)) == found


def rejects_all(request: Request, status: int, content: Mapping[str, Any]) -> bool:
    """Whether plain sentences instead of records reject a single event, or identity events.

    That is how a project with simplified merge responds to identity events. It rejects all of them,
    and halves of the request would get the same response.
    """
    listed = content.get("failed_records")
    only_text = isinstance(listed, list) and all(isinstance(item, str) for item in listed)
    if not only_text or content.get("num_records_imported") != 0:
        return False
    is_about_all = len(request.operations) == 1 or request.operations[0].lane == "identity"
    return bool(listed) and is_about_all and not contradicts_status(content, status)


def failed_records(request: Request, listed: Any) -> dict[int, Outcome] | None:
    """The rejections by index in the request; None unless all can be matched for certain."""
    if not isinstance(listed, list):
        return None
    failed: dict[int, Outcome] = {}
    for record in listed:
        index = record.get("index") if isinstance(record, Mapping) else None
        if type(index) is not int or not is_same_event(request, index, record) or index in failed:
            return None
        failed[index] = rejected_by_mixpanel(
            text_of(record.get("message")), text_of(record.get("field"))
        )
    return failed


def is_same_event(request: Request, index: int, record: Mapping[str, Any]) -> bool:
    """Whether a failed record is the operation at that index, by either spelling of its id."""
    if not 0 <= index < len(request.operations):
        return False
    own_id = request.operations[index].payload.get("properties", {}).get("$insert_id")
    id_ = record.get("insert_id") or record.get("$insert_id") or own_id
    return bool(id_ == own_id)


def first_complaint(content: Mapping[str, Any]) -> str:
    """Mixpanel's message about a request, preferring that of a failed record; empty if none."""
    listed = content.get("failed_records")
    if isinstance(listed, list) and listed:
        record = listed[0]
        return text_of(record.get("message", record) if isinstance(record, Mapping) else record)
    return text_of(content.get("error"))


def complaint_in(content: Any) -> str:
    """Mixpanel's message in a response; empty for a page, which is not Mixpanel's."""
    return first_complaint(content) if isinstance(content, Mapping) else ""


def text_of(value: Any) -> str:
    """A value of a response as text; None is empty."""
    return "" if value is None else str(value)


def interpret_update(request: Request, status: int, content: Any) -> Verdict:
    """Interpret a response of /engage, /groups or /track: 1 when at least one update was good."""
    if type(content) is int and content in (0, 1):
        content = {"status": content}
    if not isinstance(content, Mapping):
        return unexplained(request, "")
    if status == HTTPStatus.OK and all_accepted(request, content):
        return [DELIVERED] * len(request.operations)
    # The only response that says for certain that nothing was applied, and so can reject a counter.
    none_was_good = type(content.get("status")) is int and content["status"] == 0
    certain = none_was_good and len(request.operations) == 1
    if certain or (request.repeatable and (none_was_good or status == HTTPStatus.BAD_REQUEST)):
        failed = failed_records(request, content.get("failed_records") or [])
        if failed is not None and len(failed) == len(request.operations):
            return [failed[index] for index in range(len(failed))]
    complaint = first_complaint(content) or ("status 0" if none_was_good else "")
    return unexplained(request, complaint, certain=certain)


def all_accepted(request: Request, content: Mapping[str, Any]) -> bool:
    """Whether a response says that all updates were good, and nothing else in it contradicts."""
    count = len(request.operations)
    return (
        is_number(content.get("status"), 1)
        and content.get("error") in NO_ERROR
        and is_number(content.get("num_good_events", count), count)
        and not content.get("failed_records")
        and content.get("code", HTTPStatus.OK) == HTTPStatus.OK
    )


def is_number(value: Any, expected: int) -> bool:
    """Whether a value is this whole number; true and 1.0 are equal to 1, and come from others."""
    return type(value) is int and value == expected


def unexplained(request: Request, complaint: str, *, certain: bool = False) -> Verdict:
    """The outcomes when a response does not say which operations it is about.

    It rejects nothing: even about a single operation, a complaint can be about the project.
    `certain` when nothing was applied.
    """
    refusal = Kept(Code.REFUSED_FOR_NOW, REFUSED, not_applied=certain, quote=complaint)
    if len(request.operations) > 1 and request.repeatable:
        return Split(refusal if complaint else None)
    if len(request.operations) == 1 and complaint and (certain or request.repeatable):
        return [refusal]
    kept = Kept(Code.UNEXPECTED_ANSWER, "the response does not account for it", quote=complaint)
    return [kept] * len(request.operations)


def rejected_by_mixpanel(quote: str, field: str = "") -> Rejected:
    """The outcome of an operation that Mixpanel rejected with this message."""
    return Rejected(Code.REFUSED_BY_MIXPANEL, "", field, quote=quote)
