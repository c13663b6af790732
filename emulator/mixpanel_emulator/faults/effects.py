"""The effect of each fault on the response to a request."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import (
    ApiResponse,
    Exchange,
    RecordError,
    Transmission,
)
from mixpanel_emulator.endpoints.exported_rows import ExportedRows
from mixpanel_emulator.endpoints.responses import (
    imported_response,
    legacy_response,
    status_text,
    validation_failed,
)
from mixpanel_emulator.faults.row_effects import Respond, cut_row
from mixpanel_emulator.rules.endpoints import IMPORT

Effect = Callable[[Exchange, Respond], ApiResponse]

PLANNED_ERROR: Final = RecordError("", "properties", messages.REJECTED_BY_FAULT)


def as_usual(exchange: Exchange, respond: Respond) -> ApiResponse:
    """Handle the request as without a fault."""
    return respond(exchange)


def instead(response: ApiResponse) -> Effect:
    """Give this response without handling the request."""
    return lambda _exchange, _respond: response


def transmitting(transmission: Transmission) -> Effect:
    """Handle the request, and transmit only part of the response."""
    return lambda exchange, respond: replace(respond(exchange), transmission=transmission)


def halving(exchange: Exchange, respond: Respond) -> ApiResponse:
    """Handle the request, and end the connection in the middle of the body."""
    # The server halves a body.
    response = replace(respond(exchange), transmission=Transmission.PARTIAL)
    return response if response.rows is None else halve_rows(response, response.rows)


def html(status: HTTPStatus, text: str | None = None) -> Effect:
    """Respond with an HTML page, as the proxies before Mixpanel do."""
    title = f"{status.value} {text or status_text(status)}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return instead(ApiResponse(status, body.encode(), "text/html"))


def redirecting(exchange: Exchange, respond: Respond) -> ApiResponse:
    """Redirect to a page that asks for a sign-in, as proxies do."""
    response = html(HTTPStatus.FOUND)(exchange, respond)
    return replace(response, headers={"Location": "https://proxy.example/sign-in"})


def ending(status: str) -> Effect:
    """Create a deletion task as usual, which ends in this status instead of SUCCESS."""

    def effect(exchange: Exchange, respond: Respond) -> ApiResponse:
        exchange.planned_end = status
        return respond(exchange)

    return effect


def rejecting(status: HTTPStatus, error: str) -> Effect:
    """Reject the request in the shape of /import."""
    body = {"code": status.value, "error": error, "status": status_text(status)}
    return instead(ApiResponse.json(status, body))


def rejecting_in_older_shape(status: HTTPStatus, error: str, value: int | str) -> Effect:
    """Reject the request in the older shape, with this value as its `status`."""
    return instead(ApiResponse.json(status, {"error": error, "status": value}))


def complaining(error: str) -> Effect:
    """Reject the request with a 400 that names no record, in the shape of its endpoint."""

    def effect(exchange: Exchange, respond: Respond) -> ApiResponse:
        if exchange.endpoint == IMPORT:
            return rejecting(HTTPStatus.BAD_REQUEST, error)(exchange, respond)
        return rejecting_in_older_shape(HTTPStatus.BAD_REQUEST, error, 0)(exchange, respond)

    return effect


def reporting(report: Callable[[dict[str, Any]], ApiResponse]) -> Effect:
    """Handle the request, and report the rejected records in another shape."""

    def effect(exchange: Exchange, respond: Respond) -> ApiResponse:
        response = respond(exchange)
        body = orjson.loads(response.body)
        # A request that is rejected as a whole keeps its response.
        return report(body) if isinstance(body, dict) and "failed_records" in body else response

    return effect


def with_dollars(body: dict[str, Any]) -> ApiResponse:
    """Report the insert id under the name that it has in events."""
    failed = [
        {"$insert_id" if name == "insert_id" else name: value for name, value in record.items()}
        for record in body["failed_records"]
    ]
    return validation_failed(body["num_records_imported"], failed)


def count_stored(body: dict[str, Any]) -> ApiResponse:
    """Respond with success and the number of stored records."""
    return imported_response(body["num_records_imported"])


def count_all(body: dict[str, Any]) -> ApiResponse:
    """Respond with success and the number of all records, rejected ones included."""
    return imported_response(body["num_records_imported"] + len(body["failed_records"]))


def error_although_stored(exchange: Exchange, respond: Respond) -> ApiResponse:
    """Handle the request, and respond with the error of the rejected records."""
    respond(exchange)
    return legacy_response(exchange, messages.REJECTED_BY_FAULT)


def store_nothing(exchange: Exchange, _respond: Respond) -> ApiResponse:
    """Respond with status 0 in the shape that the client asked for."""
    return legacy_response(exchange, messages.REJECTED_BY_FAULT)


def truncate(exchange: Exchange, respond: Respond) -> ApiResponse:
    """Handle the request, and send the first half of the body as if it were all."""
    response = respond(exchange)
    if response.rows is not None:
        return halve_rows(response, response.rows)
    return replace(response, body=response.body[: len(response.body) // 2])


def halve_rows(response: ApiResponse, rows: ExportedRows) -> ApiResponse:
    """End an export in the middle of the row in the middle."""
    return replace(response, rows=cut_row(rows, None))


def swallow(exchange: Exchange, respond: Respond) -> ApiResponse:
    """Respond with success, and store nothing."""
    if exchange.endpoint != IMPORT:
        return legacy_response(exchange, None)
    exchange.planned_error = lambda _index, _record: PLANNED_ERROR
    return reporting(count_all)(exchange, respond)


RESET: Final = instead(ApiResponse(0, b"", transmission=Transmission.NONE))
ENVOY: Final = ApiResponse(
    HTTPStatus.SERVICE_UNAVAILABLE,
    b"upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    "text/plain",
)
ZERO: Final = ApiResponse(HTTPStatus.OK, b"0", "text/plain")
