"""The rules of /import, /track, /engage and /groups; the first ones of every endpoint."""

from typing import Final

from mixpanel_emulator import messages
from mixpanel_emulator.rules.endpoints import (
    ALL,
    ENGAGE,
    EVENTS,
    GROUPS,
    IMPORT_ONLY,
    INGESTION,
    TOKEN_ENDPOINTS,
    TRACK_ONLY,
    UPDATES,
)
from mixpanel_emulator.rules.rule import (
    DOC,
    DOC_EMP,
    DOC_EMP_INF,
    DOC_INF,
    DOC_LIVE,
    EMP,
    EMP_INF,
    EMP_LIVE_INF,
    INF,
    LIVE,
    LIVE_INF,
    Rule,
    V,
)

LOST: Final = "success, and nothing is stored"
IMPORT_PAGE: Final = "reference/import-events"
TRACK_PAGE: Final = "reference/track-event"
PROFILE_PAGE: Final = "reference/profile-set"
LIMITS_PAGE: Final = "user-profile-limits"
OPENAPI: Final = "ingestion OpenAPI"

# One row a rule, so that it reads as a table.
# fmt: off
INGESTION_RULES: Final = (
    Rule("E1", ALL, "a path other than the endpoints, with or without a trailing slash, or an "
         "endpoint of another host", "404", "reference/overview", INF, V),
    Rule("E2", ALL, "a method other than POST; for deletions also GET and DELETE of a task, and "
         "for export GET alone",
         "405; on track, engage and groups, a GET with `data` in its query is read as that form",
         f"{OPENAPI}, mixpanel-node", EMP_INF, V),
    Rule("E3", EVENTS, "a `Content-Encoding` other than gzip, or a malformed gzip body", "400",
         OPENAPI, INF, V),
    Rule("E4", UPDATES, "any `Content-Encoding`", "400", PROFILE_PAGE, DOC, V),
    Rule("E5", INGESTION, "more decoded bytes than `max_body`", f"413 `{messages.TOO_LARGE}`",
         "troubleshooting/errors/413", DOC),
    Rule("E6", INGESTION, "a content type other than JSON, form or (import only) NDJSON; a form "
         "may be text/plain (not on import), as browsers' beacons are",
         f"import: 400; others: status 0, `{messages.DATA_MISSING}`",
         f"{IMPORT_PAGE}, mixpanel-js", DOC_EMP_INF, V),
    Rule("E7", IMPORT_ONLY, "no Basic authorization", f"401 `{messages.INVALID_CREDENTIALS}`",
         OPENAPI, DOC),
    Rule("E8", IMPORT_ONLY, "an unknown service account, a wrong secret, or an unknown token",
         f"401 `{messages.UNKNOWN_ACCOUNT}`, `{messages.WRONG_ACCOUNT_SECRET}` or "
         f"`{messages.INVALID_SECRET}`; of an unknown token nobody has published the response",
         "observed", LIVE_INF),
    Rule("E9", IMPORT_ONLY, "a service account that is not in the project",
         "401, the message contains `not a project member`", "observed", LIVE),
    Rule("E10", IMPORT_ONLY, "a service account without `project_id`",
         f"401 `{messages.INVALID_CREDENTIALS}`", IMPORT_PAGE, DOC, V),
    Rule("E11", IMPORT_ONLY, "a token or API secret with another project's `project_id`",
         f"401 `{messages.OTHER_PROJECT}`", "observed", LIVE),
    Rule("E12", ALL, "a project of a region other than that of the host or path",
         f"import: 401 `{messages.INVALID_CREDENTIALS}`; deletions: 403; "
         f"export: 401; "
         f"others: {LOST} (violation)",
         "troubleshooting/errors/401, troubleshooting/sending-data", DOC_INF),
    Rule("E13", TOKEN_ENDPOINTS, "an Authorization header, which may lose the data",
         "as without the header", "mixpanel-python changelog", EMP, V),
    Rule("E14", INGESTION, "more than `bytes_per_minute` or `records_per_minute` of a project in "
         "any minute; rejected records count, requests rejected by this rule do not",
         f"429 `{messages.TOO_MANY_REQUESTS}`, with `code` on import, status 0 on the others",
         f"{IMPORT_PAGE}, rate-limits, observed", DOC_LIVE),
    Rule("E15", IMPORT_ONLY, "no `strict` in the query",
         "as with `strict=1`; a form, which older clients send, as with `strict=0`",
         f"{OPENAPI}, mixpanel-python", DOC_EMP, V),
    Rule("E16", INGESTION, "more than 2000 records", "import: 400; others: status 0",
         f"{IMPORT_PAGE}, {LIMITS_PAGE}", DOC_INF, V),
    Rule("E17", INGESTION, "an empty array, or on import one JSON object outside an array",
         "empty: 400 on import, status 0 on the others; one object: as an array of it", OPENAPI,
         DOC_INF, V),
    Rule("E18", INGESTION, "a body that is not an object or an array of objects",
         f"import: 400; others: status 0, `{messages.DATA_MISSING}`", OPENAPI, INF, V),
    Rule("E19", IMPORT_ONLY, "`event` missing, not text, or blank",
         f"record rejected: `{messages.EVENT_BLANK}`", "observed", LIVE),
    Rule("E20", IMPORT_ONLY, "`time` missing; identity events do not need it",
         f"record rejected: `{messages.TIME_MISSING}`", "observed", LIVE),
    Rule("E21", EVENTS, "`time` is not an integer, or is negative",
         f"import: record rejected: `{messages.TIME_UNREADABLE}`; track: a fraction of a second "
         f"is cut off, anything else: {LOST} (violation)", f"{OPENAPI}, mixpanel-python", DOC_EMP),
    Rule("E22", EVENTS, "`time` more than an hour in the future",
         f"import: record rejected: `{messages.TIME_IN_FUTURE}`; track: {LOST} (violation)",
         "observed", LIVE_INF),
    Rule("E23", EVENTS, "`time` up to an hour in the future", "stored with the time of arrival",
         IMPORT_PAGE, DOC, V),
    Rule("E24", IMPORT_ONLY, "`time` before 1971, or older than `retention_days`",
         f"record rejected: `{messages.TIME_PAST_RETENTION}`", f"{IMPORT_PAGE}, observed",
         DOC_LIVE),
    Rule("E25", IMPORT_ONLY,
         "`distinct_id` missing, and in a simplified project `$user_id` and `$device_id` as well; "
         "identity events do not need it",
         f"record rejected: `{messages.DISTINCT_ID_MISSING}`", "observed", LIVE),
    Rule("E26", EVENTS, "`distinct_id` is empty text", "stored without a user", IMPORT_PAGE, DOC),
    Rule("E27", EVENTS,
         "`distinct_id` or `$insert_id` is a placeholder such as `null` or `anonymous`",
         f"import: record rejected; track: {LOST} (violation)", IMPORT_PAGE, DOC_EMP),
    Rule("E28", EVENTS, "`$user_id` or `$device_id` is a placeholder", "stored", "id-management",
         EMP, V),
    Rule("E29", EVENTS, "`$insert_id` missing (import only), longer than 36 bytes, or with other "
         "characters; identity events do not need it",
         f"import: record rejected, for characters: `{messages.INSERT_ID_CHARACTERS}`; "
         f"track: {LOST} (violation)", IMPORT_PAGE, DOC_LIVE),
    Rule("E30", EVENTS,
         "255 properties, keys or elements, deeper than `max_depth`, or 1,000,000 bytes",
         f"import: record rejected; track: {LOST} (violation)", IMPORT_PAGE, DOC),
    Rule("E31", INGESTION, "text longer than 255 characters, or a name of an event or property",
         "stored, truncated to 255", f"{IMPORT_PAGE}, events-and-properties", DOC, V),
    Rule("E32", EVENTS, "text that is not UTF-8",
         f"import: record rejected: `{messages.NOT_UTF8}`; track: {LOST} (violation)",
         IMPORT_PAGE, DOC),
    Rule("E33", INGESTION, "a list or object of more than 8 KB, in a profile 256 KB", "stored",
         "property-reference/data-type", DOC, V),
    Rule("E34", EVENTS, "`$identify`, `$create_alias` or `$merge` in a simplified project",
         "import: the whole batch is rejected, 400, `failed_records` is "
         f"[`{messages.IDENTITY_EVENT}`]; with strict=0 and on track: {LOST} (violation); on "
         f"track without `distinct_id`: status 0, `{messages.TRACK_DISTINCT_ID_MISSING}`",
         "observed", LIVE),
    Rule("E35", EVENTS, "in an original project `$identify` with an `$anon_id` that is not a "
         "version 4 UUID or is already merged, an alias that belongs to another user, a `$merge` "
         "of other than two identifiers, or a cluster of more than 500",
         "success; nothing is joined, and the event is stored with `$failure_reason`",
         "reference/create-identity, observed", DOC_LIVE, V),
    Rule("E36", TRACK_ONLY, "`$merge`", LOST, "reference/identity-merge", DOC, V),
    Rule("E37", IMPORT_ONLY, "strict=1 and at least one rejected record",
         "400, the valid records are stored, `failed_records` in request order", IMPORT_PAGE,
         DOC_LIVE),
    Rule("E38", IMPORT_ONLY, "strict=0 and at least one rejected record",
         "200 without `failed_records`, status 0 only when all are rejected; so does `[{}]` show "
         "that credentials are good, and imports nothing; only a mixed batch is a violation",
         "observed", LIVE_INF, V),
    Rule("E39", (*EVENTS, ENGAGE), "`$ignore` is true; a property has a reserved name, such as "
         "`bucket`, `$import` or a profile's `$last_seen`",
         f"`$ignore`: {LOST}; others: stored", "reserved-properties", DOC, V),
    Rule("E40", TRACK_ONLY, "`time` older than 5 days", LOST, TRACK_PAGE, DOC, V),
    Rule("E41", TOKEN_ENDPOINTS, "an unknown token; import refuses one, see E8", LOST,
         f"{OPENAPI}, observed", LIVE, V),
    Rule("E42", TRACK_ONLY, "no event, token or data",
         f"status 0, `{messages.EVENT_MISSING}`, `{messages.TRACK_TOKEN_MISSING}` or "
         f"`{messages.DATA_MISSING}`", "observed", LIVE),
    Rule("E43", (ENGAGE,), "no `$token` or `$distinct_id`",
         "status 0, `$token, missing or empty` or `$distinct_id, missing or empty`", "observed",
         LIVE),
    Rule("E44", (GROUPS,), "no `$token`, `$group_key` or `$group_id`",
         "status 0, `$group_key, missing or empty` and so on", "observed on /engage", INF),
    Rule("E45", UPDATES, "no operation, several, an unknown one, `$add` or `$append` on groups, "
         "or a value of the wrong type", "status 0", PROFILE_PAGE, DOC_INF, V),
    Rule("E46", TOKEN_ENDPOINTS, "a batch of valid and rejected records",
         "the valid records are stored; status 1, or with strict=1 status 0, the first error and "
         "`failed_records`", OPENAPI, INF, V),
    Rule("E47", UPDATES, "more than 2000 properties in a profile, or an update over 1 MB",
         "status 0", LIMITS_PAGE, DOC, V),
    Rule("E48", (ENGAGE,), "neither `$ip`, coordinates nor `ip=0`",
         "located where the request came from: `$city` is Ashburn; a violation unless a page sends "
         "it", PROFILE_PAGE, DOC, V),
    Rule("E49", TOKEN_ENDPOINTS, "no `verbose`", "text, `1` or `0`", PROFILE_PAGE, DOC),
    Rule("E50", UPDATES, "the same update twice", "applied twice", PROFILE_PAGE, DOC),
    Rule("E51", EVENTS, "the same event name, distinct_id, time and `$insert_id` twice",
         "stored twice; the query view shows the latest", "event-deduplication", DOC),
    Rule("E52", INGESTION, "an id of a user or group longer than 255 characters",
         "truncated as any text, so that ids that begin alike become one", IMPORT_PAGE, INF, V),
    Rule("E53", EVENTS, "more than `hot_shard_events` of a `distinct_id` on one day",
         "stored as `$hotshard_events`, without the user", "hot-shard-limits", DOC, V),
    Rule("E54", INGESTION, "an `Origin`, which browsers add to requests of pages",
         "that origin may read the response, and may send credentials; a preflight gets 204, which "
         "allows the header `X-Requested-With`, but not `Content-Type`, so that a browser sends a "
         "form but no JSON", "mixpanel-js#253, mixpanel-js#364", EMP_LIVE_INF),
    Rule("E55", (ENGAGE,), "in an original project, an id of a user who is shown under another one",
         "the update is applied to the profile under the id that is shown; `$delete` with "
         "`$ignore_alias` deletes the one that was stored under the id itself before, and only it",
         "identifying-users-original, reference/delete-profile", DOC_INF),
    Rule("E56", IMPORT_ONLY, "a service account whose `role` is neither owner nor admin",
         f"401 `{messages.ROLE_TOO_LOW}`", "troubleshooting/errors/401", DOC_INF),
)
# fmt: on
