"""Every rule the emulator keeps, in one table; docs/emulator.md is printed from it."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mixpanel_emulator import texts as say

IMPORT, TRACK, ENGAGE, GROUPS = "import", "track", "engage", "groups"
EVENTS: Final = (IMPORT, TRACK)
UPDATES: Final = (ENGAGE, GROUPS)
OPEN: Final = (TRACK, ENGAGE, GROUPS)  # to anyone who knows the token
ALL: Final = (IMPORT, TRACK, ENGAGE, GROUPS)
DELETIONS: Final = "deletions"
EVERYWHERE: Final = (*ALL, DELETIONS)
DELETING: Final = (DELETIONS,)

# How sure we are: documented, seen in published exchanges, said by its makers, concluded.
DOC, LIVE, EMP, INF = "DOC", "LIVE", "EMP", "INF"
DOC_LIVE, DOC_EMP, DOC_INF = "DOC, LIVE", "DOC, EMP", "DOC, INF"
LIVE_INF, EMP_INF = "LIVE, INF", "EMP, INF"


@dataclass(frozen=True, slots=True)
class Rule:
    """What Mixpanel does when something happens; `violation` says that we also take note of it."""

    id: str
    endpoints: tuple[str, ...]
    trigger: str
    answer: str
    source: str
    grade: str
    violation: bool = False


V: Final = True
LOST: Final = "success, and nothing is stored"
IMPORT_PAGE: Final = "reference/import-events"
TRACK_PAGE: Final = "reference/track-event"
PROFILE_PAGE: Final = "reference/profile-set"
LIMITS_PAGE: Final = "user-profile-limits"
OPENAPI: Final = "ingestion OpenAPI"
GDPR_PAGE: Final = "gdpr-api"
GDPR_OPENAPI: Final = "gdpr OpenAPI"

# One row a rule, so that it reads as a table.
# fmt: off
RULES: Final = (
    Rule("E1", EVERYWHERE, "a path other than the endpoints, with or without a trailing slash, "
         "or another host's endpoint", "404", "reference/overview", INF, V),
    Rule("E2", EVERYWHERE, "a method other than POST; for deletions also GET and DELETE of a task",
         "405; on track, engage and groups a GET with `data` in its query: as the form of it",
         f"{OPENAPI}, mixpanel-node", EMP_INF, V),
    Rule("E3", EVENTS, "a `Content-Encoding` other than gzip, or a gzip body that does not open",
         "400", OPENAPI, INF, V),
    Rule("E4", UPDATES, "any `Content-Encoding`", "400", PROFILE_PAGE, DOC, V),
    Rule("E5", ALL, "more decoded bytes than `max_body`", f"413 `{say.TOO_LARGE}`",
         "troubleshooting/errors/413", DOC),
    Rule("E6", ALL, "a content type other than JSON, form or (import only) NDJSON",
         f"import: 400; others: status 0, `{say.DATA_MISSING}`", IMPORT_PAGE, DOC_INF, V),
    Rule("E7", (IMPORT,), "no Basic authorization", f"401 `{say.INVALID_CREDENTIALS}`",
         OPENAPI, DOC),
    Rule("E8", (IMPORT,), "an unknown service account, a wrong secret, or a token of no project",
         f"401 `{say.UNKNOWN_ACCOUNT}`, `{say.WRONG_ACCOUNT_SECRET}` or `{say.INVALID_SECRET}`",
         "observed", LIVE),
    Rule("E9", (IMPORT,), "a service account that is not in the project",
         "401, the text holds `not a project member`", "observed", LIVE),
    Rule("E10", (IMPORT,), "a service account without `project_id`",
         f"401 `{say.INVALID_CREDENTIALS}`", IMPORT_PAGE, DOC, V),
    Rule("E11", (IMPORT,), "a token or API secret with another project's `project_id`",
         f"401 `{say.OTHER_PROJECT}`", "observed", LIVE),
    Rule("E12", EVERYWHERE, "a project of another region than the host's or the path's",
         f"import: 401 `{say.INVALID_CREDENTIALS}`; deletions: 403; others: {LOST} (violation)",
         "troubleshooting/errors/401, troubleshooting/sending-data", DOC_INF),
    Rule("E13", OPEN, "an Authorization header, which may lose the data", "as without it",
         "mixpanel-python changelog", EMP, V),
    Rule("E14", ALL, "more than `bytes_per_minute` or `records_per_minute` of a project in any "
         "minute; refused records count, requests refused for this do not",
         f"429 `{say.TOO_MANY_REQUESTS}`, with `code` on import, status 0 on the others",
         f"{IMPORT_PAGE}, rate-limits, observed", DOC_LIVE),
    Rule("E15", (IMPORT,), "no `strict` in the query",
         "as `strict=1`; a form, which older clients send, as `strict=0`",
         f"{OPENAPI}, mixpanel-python", DOC_EMP, V),
    Rule("E16", ALL, "more than 2000 records", "import: 400; others: status 0",
         f"{IMPORT_PAGE}, {LIMITS_PAGE}", DOC_INF, V),
    Rule("E17", ALL, "an empty array, or on import one JSON object outside an array",
         "empty: 400 on import, status 0 on the others; one object: as an array of it", OPENAPI,
         DOC_INF, V),
    Rule("E18", ALL, "a body that is not an object or an array of objects",
         f"import: 400; others: status 0, `{say.DATA_MISSING}`", OPENAPI, INF, V),
    Rule("E19", (IMPORT,), "`event` missing, not text, or blank",
         f"record refused: `{say.EVENT_BLANK}`", "observed", LIVE),
    Rule("E20", (IMPORT,), "`time` missing; identity events need none",
         f"record refused: `{say.TIME_MISSING}`", "observed", LIVE),
    Rule("E21", EVENTS, "`time` not a whole number, or negative",
         f"import: record refused: `{say.TIME_UNREADABLE}`; track: a fraction of seconds is cut "
         f"off, otherwise {LOST} (violation)", f"{OPENAPI}, mixpanel-python", DOC_EMP),
    Rule("E22", EVENTS, "`time` more than an hour ahead",
         f"import: record refused: `{say.TIME_IN_FUTURE}`; track: {LOST} (violation)", "observed",
         LIVE_INF),
    Rule("E23", EVENTS, "`time` up to an hour ahead", "stored with the time of arrival",
         IMPORT_PAGE, DOC, V),
    Rule("E24", (IMPORT,), "`time` before 1971, or older than `retention_days`",
         f"record refused: `{say.TIME_PAST_RETENTION}`", f"{IMPORT_PAGE}, observed", DOC_LIVE),
    Rule("E25", (IMPORT,),
         "`distinct_id` absent, and no `$user_id` or `$device_id` that stands for it "
         "in a simplified project; identity events need none",
         f"record refused: `{say.DISTINCT_ID_MISSING}`", "observed", LIVE),
    Rule("E26", EVENTS, "`distinct_id` is empty text", "stored, no user's", IMPORT_PAGE, DOC),
    Rule("E27", EVENTS,
         "`distinct_id` or `$insert_id` is a placeholder such as `null` or `anonymous`",
         f"import: record refused; track: {LOST} (violation)", IMPORT_PAGE, DOC_EMP),
    Rule("E28", EVENTS, "`$user_id` or `$device_id` is a placeholder", "stored", "id-management",
         EMP, V),
    Rule("E29", EVENTS, "`$insert_id` missing (import only), longer than 36 bytes, or of other "
         "characters; identity events need none",
         f"import: record refused, characters: `{say.INSERT_ID_CHARACTERS}`; "
         f"track: {LOST} (violation)", IMPORT_PAGE, DOC_LIVE),
    Rule("E30", EVENTS,
         "255 properties, keys or elements, deeper than `max_depth`, or 1,000,000 bytes",
         f"import: record refused; track: {LOST} (violation)", IMPORT_PAGE, DOC),
    Rule("E31", ALL, "text longer than 255 characters", "stored, cut to 255", IMPORT_PAGE, DOC),
    Rule("E32", EVENTS, "text that is not UTF-8",
         f"import: record refused: `{say.NOT_UTF8}`; track: {LOST} (violation)", IMPORT_PAGE, DOC),
    Rule("E33", EVENTS, "a list or object of more than 8 KB", "stored",
         "property-reference/data-type", DOC, V),
    Rule("E34", EVENTS, "`$identify`, `$create_alias` or `$merge` in a simplified project",
         f"import: the whole batch refused, 400, `failed_records` is [`{say.IDENTITY_EVENT}`]; "
         f"with strict=0 and on track: {LOST} (violation), or on track without `distinct_id` "
         f"status 0, `{say.TRACK_DISTINCT_ID_MISSING}`", "observed", LIVE),
    Rule("E35", EVENTS, "in an original project `$identify` with an `$anon_id` that is no version "
         "4 UUID or already merged, an alias that is somebody's, a `$merge` of other than two "
         "identifiers, or a cluster of more than 500",
         "success; nothing is joined, and the event is stored with `$failure_reason`",
         "reference/create-identity, observed", DOC_LIVE, V),
    Rule("E36", (TRACK,), "`$merge`", LOST, "reference/identity-merge", DOC, V),
    Rule("E37", (IMPORT,), "strict=1 and some record refused",
         "400, the valid ones stored, `failed_records` in request order", IMPORT_PAGE, DOC_LIVE),
    Rule("E38", (IMPORT,), "strict=0 and some record refused",
         "200 without `failed_records`, status 0 only when all are refused; "
         "only a mixed batch is a violation", "observed", LIVE_INF, V),
    Rule("E39", EVENTS, "`$ignore` is true; a property is named `bucket` or `$bucket`",
         f"`$ignore`: {LOST}; `bucket`: stored", "reserved-properties", DOC, V),
    Rule("E40", (TRACK,), "`time` older than 5 days", LOST, TRACK_PAGE, DOC, V),
    Rule("E41", OPEN, "a token of no project", LOST, f"{OPENAPI}, observed", LIVE, V),
    Rule("E42", (TRACK,), "no event, token or data",
         f"status 0, `{say.EVENT_MISSING}`, `{say.TRACK_TOKEN_MISSING}` or `{say.DATA_MISSING}`",
         "observed", LIVE),
    Rule("E43", (ENGAGE,), "no `$token` or `$distinct_id`",
         "status 0, `$token, missing or empty` or `$distinct_id, missing or empty`", "observed",
         LIVE),
    Rule("E44", (GROUPS,), "no `$token`, `$group_key` or `$group_id`",
         "status 0, `$group_key, missing or empty` and so on", "observed on /engage", INF),
    Rule("E45", UPDATES, "no operation, several, an unknown one, `$add` or `$append` on groups, "
         "or a value of the wrong type", "status 0", PROFILE_PAGE, DOC_INF, V),
    Rule("E46", OPEN, "a batch of valid and refused records",
         "the valid ones stored; status 1, or with strict=1 status 0, the first error and "
         "`failed_records`", OPENAPI, INF, V),
    Rule("E47", UPDATES, "more than 2000 properties in a profile, or an update over 1 MB",
         "status 0", LIMITS_PAGE, DOC, V),
    Rule("E48", (ENGAGE,), "neither `$ip`, coordinates nor `ip=0`",
         "located where the request came from: `$city` is Ashburn", PROFILE_PAGE, DOC, V),
    Rule("E49", OPEN, "no `verbose`", "text, `1` or `0`", PROFILE_PAGE, DOC),
    Rule("E50", UPDATES, "the same update twice", "applied twice", PROFILE_PAGE, DOC),
    Rule("E51", EVENTS, "the same event name, distinct_id, time and `$insert_id` twice",
         "stored twice; the query view shows the latest", "event-deduplication", DOC),
    Rule("G1", DELETING, "1 or more `distinct_ids`",
         "201, a task that is PENDING, under `task_id` and `tracking_id`; in a list with "
         "`deletion_results_as_list`", f"{GDPR_OPENAPI}, observed", DOC_LIVE),
    Rule("G2", DELETING, "no Bearer authorization, or a token that is unknown or expired",
         "401 `{error, status: error}`", GDPR_PAGE, DOC),
    Rule("G3", DELETING, "`token` in the query is missing, or not of a project of this owner",
         "403 `{error, status: error}`", GDPR_OPENAPI, INF),
    Rule("G4", DELETING, "no ids, ids that are not text, or more than 1999 of them, with data "
         "groups more than 2000 / (groups + 1)", "400 `{error, status: error}`", GDPR_PAGE,
         DOC_INF),
    Rule("G5", DELETING, "`compliance_type` neither GDPR nor CCPA, in any case; GDPR when absent",
         "400 `{error, status: error}`", GDPR_PAGE, DOC_INF),
    Rule("G6", DELETING, "a call less than `deletion_rest_seconds` after another",
         f"429, text `{say.GDPR_TOO_FAST}`", f"{GDPR_PAGE}, observed", DOC_LIVE),
    Rule("G7", DELETING, "an id that a task on its way (PENDING, STAGING, STARTED) already names",
         "409 for all of them, with `conflicting_distinct_ids` and `conflicting_task_ids`",
         "observed", LIVE),
    Rule("G8", DELETING, "ids that nobody has", "as others", "observed", LIVE),
    Rule("G9", DELETING, "GET of a task",
         "200: PENDING, STAGING, STARTED for `deletion_stage_seconds` each, then SUCCESS; a task "
         "that is not the project's: NOT_FOUND, or `unknown_deletion_status` 404", GDPR_OPENAPI,
         DOC_INF),
    Rule("G10", DELETING, "DELETE of a task",
         "PENDING and STAGING: 204, the task is REVOKED; any other, also unknown: 405", GDPR_PAGE,
         DOC_INF),
    Rule("G11", DELETING, "a task comes to SUCCESS",
         "events and profiles of its ids are erased, and those of the same people's other ids; "
         "what arrives later is new", GDPR_PAGE, DOC),
)
# fmt: on

MARK: Final = "<!-- Below: printed by `python -m mixpanel_emulator.rules docs/emulator.md`. -->\n"


def printed() -> str:
    """The table of rules as Markdown."""
    rows = [
        "| Rule | Endpoints | When | Then | Source | Grade | Violation |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {rule.id} | {', '.join(rule.endpoints)} | {rule.trigger} | {rule.answer} "
        f"| {rule.source} | {rule.grade} | {'yes' if rule.violation else ''} |"
        for rule in RULES
    ]
    return "\n".join(rows) + "\n"


def page(current: str) -> str:
    """The documentation page with its table printed anew."""
    return f"{current.partition(MARK)[0]}{MARK}\n{printed()}"


def main(paths: list[str]) -> None:
    """Print the table, or print it into the pages named."""
    for path in map(Path, paths):
        path.write_text(page(path.read_text()))
    if not paths:
        sys.stdout.write(printed())


if __name__ == "__main__":
    main(sys.argv[1:])
