"""Every fault that can be planned, in one table."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import Transmission
from mixpanel_emulator.endpoints.responses import validation_failed
from mixpanel_emulator.faults.effects import (
    ENVOY,
    RESET,
    ZERO,
    Effect,
    as_usual,
    complaining,
    count_all,
    count_stored,
    ending,
    error_although_stored,
    halving,
    html,
    instead,
    redirecting,
    rejecting,
    rejecting_in_older_shape,
    reporting,
    store_nothing,
    swallow,
    transmitting,
    truncate,
    with_dollars,
)
from mixpanel_emulator.faults.row_effects import (
    break_lines,
    changing_rows,
    cut_row,
    miss_rows,
    name_sent_id,
    repeat_rows,
    rewriting,
    split_line,
    terminating,
    terminating_at_once,
)
from mixpanel_emulator.rules.endpoints import (
    ALL,
    DELETIONS_ONLY,
    EXPORT_ONLY,
    IMPORT_ONLY,
    INGESTION,
    TOKEN_ENDPOINTS,
)


@dataclass(frozen=True, slots=True)
class FaultType:
    """What a client sees of a fault, what is stored, and the effect that causes it."""

    name: str
    endpoints: tuple[str, ...]
    sees: str
    stored: str
    effect: Effect
    # Whether it rejects single records: those that the target selects, or the first.
    rejects_records: bool = False
    reads_body: bool = True
    # The method of the requests that it applies to, if not to all.
    method: str | None = None
    # Whether `event` and `contains` select rows of an export, not requests.
    targets_rows: bool = False
    # Whether the delay is between two rows, not before the response.
    delays_rows: bool = False


NOTHING, USUAL, OTHERS = "nothing", "as usual", "all but the targeted records"
TASK = "201, and in the end {status} instead of SUCCESS"
TASK_STORED = "a task that erases nobody"

# One row a fault, so that it reads as a table.
# fmt: off
ROWS: Final = (
    FaultType("lost_unread", ALL, "the connection is reset before the body is read", NOTHING,
              RESET, reads_body=False),
    FaultType("lost_unapplied", ALL, "the connection is reset after the body was read", NOTHING,
              RESET),
    FaultType("applied_then_lost", ALL, "the connection is reset before the response begins",
              USUAL, transmitting(Transmission.NONE)),
    FaultType("half_answer", ALL, "the connection ends in the middle of the response's body",
              USUAL, halving),
    FaultType("slow", ALL, "the usual response, `delay` seconds late", USUAL, as_usual),
    FaultType("truncated_json", ALL,
              "the usual response, complete for HTTP, but only half of its body", USUAL, truncate),
    FaultType("swallowed", INGESTION, "success", NOTHING, swallow),
    FaultType("envoy_503", ALL, "503, a line of plain text", NOTHING, instead(ENVOY)),
    FaultType("redirect_302", ALL, "302 to another host, as from a proxy that asks for a sign-in",
              NOTHING, redirecting),
    FaultType("html_200", ALL, "200, an HTML page, as from such a proxy", NOTHING,
              html(HTTPStatus.OK)),
    FaultType("html_403", ALL, "403, an HTML page", NOTHING, html(HTTPStatus.FORBIDDEN)),
    FaultType("html_404", ALL, "404, an HTML page", NOTHING, html(HTTPStatus.NOT_FOUND)),
    FaultType("html_405", ALL, "405, an HTML page", NOTHING, html(HTTPStatus.METHOD_NOT_ALLOWED)),
    FaultType("html_410", ALL, "410, an HTML page", NOTHING, html(HTTPStatus.GONE)),
    FaultType("html_413", ALL, "413, an HTML page", NOTHING,
              html(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)),
    FaultType("html_414", ALL, "414, an HTML page", NOTHING,
              html(HTTPStatus.REQUEST_URI_TOO_LONG, "URI Too Long")),
    FaultType("html_431", ALL, "431, an HTML page", NOTHING,
              html(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)),
    FaultType("html_500", ALL, "500, an HTML page", NOTHING,
              html(HTTPStatus.INTERNAL_SERVER_ERROR)),
    FaultType("html_502", ALL, "502, an HTML page", NOTHING, html(HTTPStatus.BAD_GATEWAY)),
    FaultType("html_504", ALL, "504, an HTML page", NOTHING, html(HTTPStatus.GATEWAY_TIMEOUT)),
    FaultType("json_400", INGESTION,
              "400, JSON with an error about the project, which names no record", NOTHING,
              complaining(messages.OVER_QUOTA)),
    FaultType("json_401", ALL, "401, JSON", NOTHING,
              rejecting(HTTPStatus.UNAUTHORIZED, messages.INVALID_CREDENTIALS)),
    FaultType("json_403", ALL, '403, JSON with `"status": "error"`', NOTHING,
              rejecting_in_older_shape(HTTPStatus.FORBIDDEN, messages.REJECTED_BY_FAULT, "error")),
    FaultType("json_404", ALL, '404, JSON with `"status": "error"`', NOTHING,
              rejecting_in_older_shape(HTTPStatus.NOT_FOUND, messages.REJECTED_BY_FAULT, "error")),
    FaultType("json_405", ALL, '405, JSON with `"status": "error"`', NOTHING,
              rejecting_in_older_shape(HTTPStatus.METHOD_NOT_ALLOWED, messages.REJECTED_BY_FAULT,
                                       "error")),
    FaultType("json_410", ALL, '410, JSON with `"status": "error"`', NOTHING,
              rejecting_in_older_shape(HTTPStatus.GONE, messages.REJECTED_BY_FAULT, "error")),
    FaultType("json_408", ALL, "408, JSON", NOTHING,
              rejecting(HTTPStatus.REQUEST_TIMEOUT, messages.REJECTED_BY_FAULT)),
    FaultType("json_413", ALL,
              "413, JSON that names a limit of 2 MB; combine it with `larger_than`", NOTHING,
              rejecting(HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                        messages.TOO_LARGE.format(limit=2_097_152))),
    FaultType("json_429", ALL, "429, JSON", NOTHING,
              rejecting(HTTPStatus.TOO_MANY_REQUESTS, messages.TOO_MANY_REQUESTS)),
    FaultType("json_429_of_old", ALL, '429, JSON with `"status": 0` and no code', NOTHING,
              rejecting_in_older_shape(HTTPStatus.TOO_MANY_REQUESTS, messages.TOO_MANY_REQUESTS,
                                       0)),
    FaultType("json_500", ALL, "500, JSON", NOTHING,
              rejecting(HTTPStatus.INTERNAL_SERVER_ERROR, messages.REJECTED_BY_FAULT)),
    FaultType("json_503", ALL, "503, JSON", NOTHING,
              rejecting(HTTPStatus.SERVICE_UNAVAILABLE, messages.REJECTED_BY_FAULT)),
    FaultType("failed_records", IMPORT_ONLY,
              "400, the rejected records as objects with `insert_id`", OTHERS, as_usual,
              rejects_records=True),
    FaultType("failed_records_with_dollar", IMPORT_ONLY,
              "400, the rejected records as objects with `$insert_id`", OTHERS,
              reporting(with_dollars), rejects_records=True),
    FaultType("failed_records_as_text", IMPORT_ONLY, "400, `failed_records` holds one string",
              NOTHING, instead(validation_failed(0, [messages.IDENTITY_EVENT]))),
    FaultType("fewer_imported", IMPORT_ONLY,
              "200, `num_records_imported` smaller than what was sent", OTHERS,
              reporting(count_stored), rejects_records=True),
    FaultType("records_swallowed", IMPORT_ONLY, "200, all records counted as imported", OTHERS,
              reporting(count_all), rejects_records=True),
    FaultType("error_although_stored", TOKEN_ENDPOINTS, "200, status 0 with an error", OTHERS,
              error_although_stored, rejects_records=True),
    FaultType("status_0", TOKEN_ENDPOINTS, "200, status 0 with an error", NOTHING, store_nothing),
    FaultType("body_0", TOKEN_ENDPOINTS, "200, `0` even where JSON was asked for", NOTHING,
              instead(ZERO)),
    FaultType("task_failure", DELETIONS_ONLY, TASK.format(status="FAILURE"), TASK_STORED,
              ending("FAILURE"), method="POST"),
    FaultType("task_unknown", DELETIONS_ONLY, TASK.format(status="UNKNOWN"), TASK_STORED,
              ending("UNKNOWN"), method="POST"),
    FaultType("task_not_found", DELETIONS_ONLY, TASK.format(status="NOT_FOUND"), TASK_STORED,
              ending("NOT_FOUND"), method="POST"),
    FaultType("task_revoked", DELETIONS_ONLY,
              "201, and REVOKED by somebody else instead of STARTED", TASK_STORED,
              ending("REVOKED"), method="POST"),
    FaultType("terminated_early", EXPORT_ONLY,
              f"200, the first half of the rows, then a line `{messages.EXPORT_TERMINATED}`",
              USUAL, changing_rows(terminating(messages.EXPORT_TERMINATED))),
    FaultType("terminated_early_of_old", EXPORT_ONLY,
              f"the same with a line `{messages.EXPORT_TERMINATED_OF_OLD}`", USUAL,
              changing_rows(terminating(messages.EXPORT_TERMINATED_OF_OLD))),
    FaultType("terminated_at_once", EXPORT_ONLY,
              f"200, nothing but a line `{messages.EXPORT_TERMINATED}`", USUAL,
              changing_rows(terminating_at_once(messages.EXPORT_TERMINATED))),
    FaultType("cut_row", EXPORT_ONLY,
              "the connection ends inside the first targeted row, or the one in the middle",
              USUAL, changing_rows(cut_row, Transmission.PARTIAL), targets_rows=True),
    FaultType("raw_line_breaks", EXPORT_ONLY,
              "line breaks in texts of the targeted rows, or all, are sent raw, so that a row has "
              "several lines", USUAL, changing_rows(rewriting(break_lines)), targets_rows=True),
    FaultType("split_rows", EXPORT_ONLY,
              "the targeted rows, or all, are broken over two lines", USUAL,
              changing_rows(rewriting(split_line)), targets_rows=True),
    FaultType("missing_rows", EXPORT_ONLY, "the targeted rows, or the first, are missing", USUAL,
              changing_rows(miss_rows), targets_rows=True),
    FaultType("repeated_rows", EXPORT_ONLY, "the targeted rows, or the first, appear twice", USUAL,
              changing_rows(repeat_rows), targets_rows=True),
    FaultType("sent_distinct_ids", EXPORT_ONLY,
              "the targeted rows, or all, have the `distinct_id` that was sent", USUAL,
              changing_rows(rewriting(name_sent_id)), targets_rows=True),
    FaultType("slow_rows", EXPORT_ONLY, "the usual rows, `delay` seconds between any two", USUAL,
              as_usual, delays_rows=True),
)
# fmt: on
FAULT_TYPES: Final = {fault_type.name: fault_type for fault_type in ROWS}
