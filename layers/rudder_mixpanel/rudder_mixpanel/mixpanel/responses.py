"""Mixpanel's answer to a request becomes an outcome for each of its operations.

Status and body are both read, because Mixpanel answers 200 for updates that it refuses, and 400 for
batches of which it stored all but one. What an answer does not account for is never delivered.
https://developer.mixpanel.com/reference/import-events, …/profile-set
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request


@dataclass(frozen=True, slots=True)
class Delivered:
    """Mixpanel has it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It can never be delivered; `quote` is Mixpanel's, may repeat data, and is never logged."""

    code: Code
    message: str
    field: str = ""
    quote: str = ""

    @property
    def reason(self) -> str:
        """All that is known of the reason, for the rejected queue."""
        return ": ".join(filter(None, (self.message, self.quote)))


@dataclass(frozen=True, slots=True)
class Kept:
    """It is tried again later; `untouched` when it is certain that nothing of it was applied.

    `wait` is in seconds, when Mixpanel has asked for some.
    """

    code: Code
    message: str
    not_applied: bool = False
    quote: str = ""
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It is about somebody whose data must not be sent, and ends here."""


type Outcome = Delivered | Rejected | Kept | Suppressed


@dataclass(frozen=True, slots=True)
class Split:
    """The answer says too little about this request; two smaller ones will say more."""


type Verdict = list[Outcome] | Split


@dataclass(frozen=True, slots=True)
class MixpanelResponse:
    """What came back over HTTP; `retry_after` in seconds, 0 when nothing is said of it."""

    status: int
    body: bytes
    retry_after: int = 0


@dataclass(frozen=True, slots=True)
class NoResponse:
    """Nothing came back; `sent` unless it is certain that no byte left."""

    reason: str
    sent: bool


DELIVERED: Final = Delivered()
NO_ERROR: Final = (None, "")
# How a body says that nothing was taken.
FAILURES: Final = (0, "error", "Bad Request")
# Bytes of a body that no limit of Mixpanel's is below; who says otherwise is not well.
SMALL: Final = 100_000
SUPPRESSED: Final = Suppressed()
# Mixpanel decides these before it reads the updates.
NOT_APPLIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})


def interpret_response(request: Request, answer: MixpanelResponse | NoResponse) -> Verdict:
    """An outcome for each operation of the request, in order, or a wish to ask in halves."""
    match answer:
        case NoResponse(reason, sent):
            kept = Kept(Code.MIXPANEL_UNAVAILABLE, reason, not_applied=not sent)
            return [kept] * len(request.operations)
        case MixpanelResponse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            return too_large(request)
        case MixpanelResponse(HTTPStatus.OK | HTTPStatus.BAD_REQUEST as status, body):
            if request.endpoint == "import":
                return interpret_import(request, status, json_content(body))
            return interpret_update(request, status, json_content(body))
        case MixpanelResponse(status, _, wait):
            kept = Kept(
                code_of(status), f"HTTP {status}", not_applied=status in NOT_APPLIED, wait=wait
            )
            return [kept] * len(request.operations)


def code_of(status: int) -> Code:
    """Why everything is kept that was answered with this status."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Code.CREDENTIALS_REFUSED
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Code.THROTTLED
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Code.MIXPANEL_UNAVAILABLE
    return Code.UNEXPECTED_ANSWER


def json_content(body: bytes) -> Any:
    """The answer's JSON, or None where it is none: proxies in front of Mixpanel speak HTML."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def too_large(request: Request) -> Verdict:
    """Halve it; one operation alone that is too large will always be."""
    if len(request.operations) > 1:
        return Split()
    if len(request.body) < SMALL:
        return [Kept(Code.UNEXPECTED_ANSWER, "HTTP 413 for what is small", not_applied=True)]
    return [Rejected(Code.TOO_LARGE, f"Mixpanel took none of its {len(request.body)} bytes")]


def interpret_import(request: Request, status: int, said: Any) -> Verdict:
    """Judge /import, which counts what it stored and lists what it did not."""
    if not isinstance(said, Mapping):
        return unexplained(request, "")
    if contradicts(said, status):
        return unexplained(request, first_complaint(said))
    count, imported = len(request.operations), said.get("num_records_imported")
    listed = said.get("failed_records") or []
    if imported == 0 and refuses_identity_events(request, listed):
        return [rejected_by_mixpanel(listed[0])] * count
    failed = failed_records(request, listed)
    if failed is None or type(imported) is not int or imported != count - len(failed):
        return unexplained(request, first_complaint(said))
    if not failed and (status != HTTPStatus.OK or said.get("error") not in NO_ERROR):
        return unexplained(request, first_complaint(said))
    return [failed.get(index, DELIVERED) for index in range(count)]


def contradicts(said: Mapping[str, Any], status: int) -> bool:
    """Whether a body tells of another status than its answer has."""
    failure = status == HTTPStatus.OK and said.get("status") in FAILURES
    return failure or said.get("code", status) != status


def refuses_identity_events(request: Request, listed: Any) -> bool:
    """Whether plain sentences refuse a request of identity events, and so each of them.

    That is how a project with simplified merge answers, and asking in halves would tell no more.
    """
    only_words = isinstance(listed, list) and all(isinstance(one, str) for one in listed)
    return only_words and bool(listed) and request.operations[0].lane == "identity"


def failed_records(request: Request, listed: Any) -> dict[int, Outcome] | None:
    """The refusals by their place in the request; None unless each can be told for certain."""
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
    """Whether a failed record is the operation at that place, by both spellings of its id."""
    if not 0 <= index < len(request.operations):
        return False
    own = request.operations[index].payload["properties"].get("$insert_id")
    told = record.get("insert_id") or record.get("$insert_id") or own
    return bool(told == own)


def first_complaint(said: Mapping[str, Any]) -> str:
    """Mixpanel's words about the whole request, the most specific ones first; none, maybe."""
    listed = said.get("failed_records")
    if isinstance(listed, list) and listed:
        one = listed[0]
        return text_of(one.get("message", one) if isinstance(one, Mapping) else one)
    return text_of(said.get("error"))


def text_of(value: Any) -> str:
    """What Mixpanel put where a text is expected."""
    return "" if value is None else str(value)


def interpret_update(request: Request, status: int, said: Any) -> Verdict:
    """Judge /engage, /groups and /track, which say 1 when at least one update was good."""
    if said in (0, 1) and not isinstance(said, bool):
        said = {"status": said}
    if not isinstance(said, Mapping):
        return unexplained(request, "")
    if status == HTTPStatus.OK and all_accepted(request, said):
        return [DELIVERED] * len(request.operations)
    # The one answer that says for certain that nothing was applied; no other refuses a counter.
    none_was_good = type(said.get("status")) is int and said["status"] == 0
    complaint = first_complaint(said) or ("status 0" if none_was_good else "")
    return unexplained(request, complaint, certain=none_was_good)


def all_accepted(request: Request, said: Mapping[str, Any]) -> bool:
    """Whether an answer says of all updates that they were good, and nothing else in it differs."""
    count = len(request.operations)
    return (
        said.get("status") == 1
        and said.get("error") in NO_ERROR
        and said.get("num_good_events", count) == count
        and not said.get("failed_records")
        and said.get("code", HTTPStatus.OK) == HTTPStatus.OK
    )


def unexplained(request: Request, complaint: str, *, certain: bool = False) -> Verdict:
    """What to make of an answer that does not say which operations it is about."""
    if len(request.operations) > 1 and request.repeatable:
        return Split()
    if len(request.operations) == 1 and complaint and (certain or request.repeatable):
        return [rejected_by_mixpanel(complaint)]
    kept = Kept(Code.UNEXPECTED_ANSWER, "an answer that does not account for it", quote=complaint)
    return [kept] * len(request.operations)


def rejected_by_mixpanel(words: str, field: str = "") -> Rejected:
    """Refused by Mixpanel, in its own words."""
    return Rejected(Code.REFUSED_BY_MIXPANEL, "", field, quote=words)
