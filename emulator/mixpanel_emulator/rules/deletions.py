"""The rules of the data-deletions API."""

from typing import Final

from mixpanel_emulator import messages
from mixpanel_emulator.rules.endpoints import DELETIONS_ONLY
from mixpanel_emulator.rules.rule import DOC, DOC_INF, DOC_LIVE, INF, LIVE, Rule

GDPR_PAGE: Final = "gdpr-api"
GDPR_OPENAPI: Final = "gdpr OpenAPI"

# One row a rule, so that it reads as a table.
# fmt: off
DELETION_RULES: Final = (
    Rule("G1", DELETIONS_ONLY, "1 or more `distinct_ids`",
         "201, a task with status PENDING, its id in `task_id` and `tracking_id`; a list with "
         "`deletion_results_as_list`", f"{GDPR_OPENAPI}, observed", DOC_LIVE),
    Rule("G2", DELETIONS_ONLY, "no Bearer authorization, or an unknown or expired token",
         "401 `{error, status: error}`", GDPR_PAGE, DOC),
    Rule("G3", DELETIONS_ONLY,
         "`token` in the query is missing, or belongs to no project of this owner",
         "403 `{error, status: error}`", GDPR_OPENAPI, INF),
    Rule("G4", DELETIONS_ONLY, "no ids, ids that are not text, or more than 1999 ids; with data "
         "groups, more than 2000 / (groups + 1)", "400 `{error, status: error}`", GDPR_PAGE,
         DOC_INF),
    Rule("G5", DELETIONS_ONLY,
         "`compliance_type` is neither GDPR (the default) nor CCPA, in any case",
         "400 `{error, status: error}`", GDPR_PAGE, DOC_INF),
    Rule("G6", DELETIONS_ONLY, "a request less than `deletion_rest_seconds` after the previous "
         "one", f"429, text `{messages.GDPR_TOO_FAST}`", f"{GDPR_PAGE}, observed", DOC_LIVE),
    Rule("G7", DELETIONS_ONLY,
         "an id that a running task (PENDING, STAGING, STARTED) already names",
         "409 for the whole request, with `conflicting_distinct_ids` and `conflicting_task_ids`",
         "observed", LIVE),
    Rule("G8", DELETIONS_ONLY, "unknown ids", "accepted", "observed", LIVE),
    Rule("G9", DELETIONS_ONLY, "GET of a task",
         "200: PENDING, STAGING, STARTED for `deletion_stage_seconds` each, then SUCCESS; a task "
         "of another project, or none: NOT_FOUND, or 404 with `unknown_deletion_status`",
         GDPR_OPENAPI, DOC_INF),
    Rule("G10", DELETIONS_ONLY, "DELETE of a task",
         "PENDING and STAGING: 204, the task becomes REVOKED; any other or unknown task: 405",
         GDPR_PAGE, DOC_INF),
    Rule("G11", DELETIONS_ONLY, "a task reaches SUCCESS",
         "events and profiles of its ids are erased, and those of the same users' other ids; "
         "data that arrives later is stored", GDPR_PAGE, DOC),
)
# fmt: on
