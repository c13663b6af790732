"""Mixpanel's responses, in their two shapes: the one of /import and the older one of the others."""

from http import HTTPStatus
from typing import Any, Final

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import (
    ApiResponse,
    Exchange,
    RecordError,
    RequestRejected,
)

# Mixpanel keeps this name; Python 3.13 follows the newer RFC and says "Content Too Large".
ENTITY_TOO_LARGE: Final = "Request Entity Too Large"


def import_rejection(rule: str, status: HTTPStatus, error: str) -> RequestRejected:
    """Build the rejection of a whole request in the shape of /import."""
    body = {"code": status.value, "error": error, "status": status_text(status)}
    return RequestRejected(rule, ApiResponse.json(status, body))


def status_text(status: HTTPStatus) -> str:
    """Name a status as Mixpanel does."""
    return ENTITY_TOO_LARGE if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else status.phrase


def legacy_response(exchange: Exchange, error: str | None) -> ApiResponse:
    """Build the response `1` or `0`, or its JSON form for a client that asked for it."""
    status = 1 if error is None else 0
    # strict=1 is documented to give JSON on /engage and /groups.
    if exchange.verbose or exchange.query.get("strict") == "1":
        return ApiResponse.json(HTTPStatus.OK, {"error": error, "status": status})
    return ApiResponse(HTTPStatus.OK, b"%d" % status, "text/plain")


def unreadable_rejection(
    exchange: Exchange, rule: str, error: str, *, legacy_error: str | None = None
) -> RequestRejected:
    """Build the rejection of an unreadable request: 400 on /import, status 0 on the others."""
    if exchange.endpoint == "import":
        return import_rejection(rule, HTTPStatus.BAD_REQUEST, error)
    return RequestRejected(rule, legacy_response(exchange, legacy_error or error))


def strict_import_response(imported: int, failed: list[dict[str, Any]]) -> ApiResponse:
    """Build the response to strict=1: how many records were imported, and which were not."""
    return validation_failed(imported, failed) if failed else imported_response(imported)


def imported_response(imported: int) -> ApiResponse:
    """Build the 200 that reports the number of imported records."""
    body = {"code": 200, "num_records_imported": imported, "status": "OK"}
    return ApiResponse.json(HTTPStatus.OK, body)


def validation_failed(imported: int, failed: list[Any]) -> ApiResponse:
    """Build the 400 that lists the rejected records; the others are stored."""
    body = {
        "code": 400,
        "error": messages.SOME_INVALID,
        "status": "Bad Request",
        "num_records_imported": imported,
        "failed_records": failed,
    }
    return ApiResponse.json(HTTPStatus.BAD_REQUEST, body)


def lenient_import_response(exchange: Exchange, imported: int, rejected: int) -> ApiResponse:
    """Build the response to strict=0, which lists no records."""
    status = 1 if imported or not rejected else 0
    if not exchange.verbose:
        return ApiResponse(HTTPStatus.OK, b"%d" % status, "text/plain")
    body = {
        "code": 200,
        "error": messages.SOME_INVALID if rejected else None,
        "num_records_imported": imported,
        "status": status,
    }
    return ApiResponse.json(HTTPStatus.OK, body)


def strict_update_response(failed: list[tuple[int, RecordError]]) -> ApiResponse:
    """Build the response of /engage and /groups to strict=1 when an update is rejected."""
    body = {
        "error": failed[0][1].message,
        "status": 0,
        "failed_records": [
            {"index": index, "field": error.field, "message": error.message}
            for index, error in failed
        ],
    }
    return ApiResponse.json(HTTPStatus.OK, body)
