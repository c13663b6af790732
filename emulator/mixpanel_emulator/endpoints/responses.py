"""Mixpanel's answers, in the two shapes it has: /import's, and the older one of the others."""

from http import HTTPStatus
from typing import Any

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.visit import Answer, Fault, Refused, Visit


def import_refused(rule: str, status: HTTPStatus, error: str) -> Refused:
    """/import takes nothing of this request."""
    body = {"code": status.value, "error": error, "status": say_status(status)}
    return Refused(rule, Answer.json(status, body))


def say_status(status: HTTPStatus) -> str:
    """The status as Mixpanel spells it."""
    # Python calls 413 "Content Too Large" since the RFC was renamed.
    return "Request Entity Too Large" if status == HTTPStatus.CONTENT_TOO_LARGE else status.phrase


def legacy(visit: Visit, error: str | None) -> Answer:
    """`1` or `0`, or the JSON of it for those who asked."""
    status = 1 if error is None else 0
    # strict=1 is documented to answer JSON on /engage and /groups.
    if visit.verbose or visit.query.get("strict") == "1":
        return Answer.json(HTTPStatus.OK, {"error": error, "status": status})
    return Answer(HTTPStatus.OK, b"%d" % status, "text/plain")


def refused(visit: Visit, rule: str, error: str, *, legacy_error: str | None = None) -> Refused:
    """The request cannot be read: 400 on /import, status 0 on the others."""
    if visit.endpoint == "import":
        return import_refused(rule, HTTPStatus.BAD_REQUEST, error)
    return Refused(rule, legacy(visit, legacy_error or error))


def strictly_imported(imported: int, failed: list[dict[str, Any]]) -> Answer:
    """The answer to strict=1: what was imported, and every record that was not."""
    if not failed:
        return Answer.json(
            HTTPStatus.OK, {"code": 200, "num_records_imported": imported, "status": "OK"}
        )
    return validation_failed(imported, failed)


def validation_failed(imported: int, failed: list[Any]) -> Answer:
    """400 with the records at fault; the others are in."""
    body = {
        "code": 400,
        "error": say.SOME_INVALID,
        "status": "Bad Request",
        "num_records_imported": imported,
        "failed_records": failed,
    }
    return Answer.json(HTTPStatus.BAD_REQUEST, body)


def leniently_imported(visit: Visit, imported: int, refused: int) -> Answer:
    """The answer to strict=0, which names no record."""
    status = 1 if imported or not refused else 0
    if not visit.verbose:
        return Answer(HTTPStatus.OK, b"%d" % status, "text/plain")
    body = {
        "code": 200,
        "error": say.SOME_INVALID if refused else None,
        "num_records_imported": imported,
        "status": status,
    }
    return Answer.json(HTTPStatus.OK, body)


def strictly_updated(failed: list[tuple[int, Fault]]) -> Answer:
    """The answer of /engage and /groups to strict=1 when some update is refused."""
    body = {
        "error": failed[0][1].message,
        "status": 0,
        "failed_records": [
            {"index": index, "field": fault.field, "message": fault.message}
            for index, fault in failed
        ],
    }
    return Answer.json(HTTPStatus.OK, body)
