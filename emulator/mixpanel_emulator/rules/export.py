"""The rules of the raw export."""

from typing import Final

from mixpanel_emulator import messages
from mixpanel_emulator.rules.endpoints import EVENTS, EXPORT_ONLY
from mixpanel_emulator.rules.rule import DOC, DOC_INF, DOC_LIVE, INF, LIVE, LIVE_INF, Rule, V

EXPORT_PAGE: Final = "reference/raw-data-export-api"
EXPORT_OPENAPI: Final = "export OpenAPI"

# One row a rule, so that it reads as a table.
# fmt: off
EXPORT_RULES: Final = (
    Rule("X1", EXPORT_ONLY, "GET by a service account with `project_id`, whatever its role, or by "
         "the project's secret",
         "200, text/plain: a line of JSON for each event, `{event, properties}`, in no documented "
         "order, and nothing that marks the end", f"{EXPORT_OPENAPI}, {EXPORT_PAGE}", DOC_LIVE),
    Rule("X2", EXPORT_ONLY, "any other credentials; the project's token is none",
         "401 `{error, status: error}`", f"{EXPORT_PAGE}-authentication", DOC_INF),
    Rule("X3", EXPORT_ONLY, "`from_date` or `to_date` is missing or not as `2026-01-31`, or the "
         "range ends before it begins", "400 `{error, status: error}`", EXPORT_OPENAPI, DOC_INF,
         V),
    Rule("X4", EXPORT_ONLY, "`to_date` after today, by the days of X8",
         f"400, the error is `{messages.EXPORT_LATER_THAN_TODAY}`", "observed", LIVE_INF),
    Rule("X5", EXPORT_ONLY, "`limit` is not a number from 1 to 100000, `event` is not a JSON "
         "array of names, or `time_in_ms` is neither true nor false",
         "400 `{error, status: error}`", f"{EXPORT_OPENAPI}, docs-legacy#961", DOC_INF, V),
    Rule("X6", EXPORT_ONLY, "`where`, an expression that Mixpanel evaluates",
         f"400 `{messages.EXPORT_WHERE}`", EXPORT_OPENAPI, DOC, V),
    Rule("X7", EXPORT_ONLY, "`event` or `limit`", "only events of these names, at most this many",
         EXPORT_OPENAPI, DOC),
    Rule("X8", EXPORT_ONLY, "`from_date` and `to_date`, both inclusive",
         "the events whose own time, not that of arrival, is on these days: days of UTC, or of "
         "`timezone` for a project `created` by 1 January 2023", EXPORT_OPENAPI, DOC),
    Rule("X9", EXPORT_ONLY, "`time` in a row",
         "seconds, or milliseconds with `time_in_ms=true`; for a project `created` by 1 January "
         "2023, what a clock of `timezone` shows, as if it were UTC",
         f"{EXPORT_OPENAPI}, export-methods, docs-legacy#1460", DOC),
    Rule("X10", EXPORT_ONLY, "properties that a row has in addition",
         "`$import` if imported, `$mp_api_endpoint`, `$mp_api_timestamp_ms`, "
         "`mp_processing_time_ms` and `$mp_event_size`", "property-reference/default-properties",
         DOC),
    Rule("X11", EXPORT_ONLY, "properties that a row lacks",
         "`token`, and `ip`: the event is located, in Ashburn", "observed", LIVE),
    Rule("X12", EXPORT_ONLY, "`distinct_id` in a row",
         "the one that the user is shown under at the time of the export; if another one was sent, "
         "`$distinct_id_before_identity` has it", "observed", LIVE),
    Rule("X13", EXPORT_ONLY, "an event that arrived several times", "a row for each, `$insert_id` "
         "as sent", f"{EXPORT_PAGE}, observed", DOC_LIVE),
    Rule("X14", EXPORT_ONLY, "`hidden_events`", "exported; the query view lacks them",
         "data-pipelines", DOC),
    Rule("X15", EVENTS, "`dropped_events`", "success, and nothing is stored, as the project wants "
         "it", "guessed", INF),
    Rule("X16", EXPORT_ONLY, "events that a deletion has erased", "no rows once the task has "
         "status SUCCESS", "guessed", INF),
    Rule("X17", EXPORT_ONLY, "events that have just arrived",
         "each shows after a part of `export_delay_seconds`, which differs from event to event; "
         "all do after the whole", "observed", LIVE),
    Rule("X18", EXPORT_ONLY, "more than `exports_per_hour`, `exports_per_second` or, while "
         "responses are being sent, `concurrent_exports` of a project; rejected ones do not count",
         f"429 `{messages.EXPORT_TOO_MANY}`, without `Retry-After`", "rate-limits, observed",
         DOC_LIVE),
    Rule("X19", EXPORT_ONLY, "`Accept-Encoding: gzip`", "compressed if longer than 1,400 bytes",
         EXPORT_OPENAPI, DOC),
)
# fmt: on
