"""Mixpanel's error messages.

The messages after a comment "Wording unknown" are made up: do not depend on them.
"""

from typing import Final

# Whole requests.
INVALID_CREDENTIALS: Final = "Invalid credentials"
UNKNOWN_ACCOUNT: Final = "Not a valid service account username"
WRONG_ACCOUNT_SECRET: Final = "Invalid service account credentials"  # noqa: S105 - a message
INVALID_SECRET: Final = (
    "Unauthorized, invalid project secret. See docs for more information: "  # noqa: S105 - a message
    "https://developer.mixpanel.com/reference/authentication#project-secret"
)
OTHER_PROJECT: Final = "Credentials in request did not match project_id URL parameter"
SOME_INVALID: Final = "some data points in the request failed validation"
IDENTITY_EVENT: Final = (
    "identity events are not allowed when project is using simplified identity management"
)
DATA_MISSING: Final = "data, missing or empty"
TOO_LARGE: Final = "request exceeds max limit of {limit} bytes"
TOO_MANY_REQUESTS: Final = (
    "Project exceeded rate limits. Please retry the request with exponential backoff."
)
GDPR_TOO_FAST: Final = "Too Many Requests, this API is limited to 1 req/s"
EXPORT_LATER_THAN_TODAY: Final = "to_date cannot be later than today"
EXPORT_TERMINATED: Final = "terminated early"
EXPORT_TERMINATED_OF_OLD: Final = "export terminated early"
# Wording unknown.
EXPORT_DATE: Final = "{name} must be a date as 2026-01-31"
EXPORT_RANGE: Final = "to_date must not be before from_date"
EXPORT_LIMIT: Final = "limit must be a number from 1 to 100000"
EXPORT_EVENT: Final = "event must be a JSON array of names"
EXPORT_TIME_IN_MS: Final = "time_in_ms must be true or false"
EXPORT_WHERE: Final = "where is not supported by the emulator"
EXPORT_TOO_MANY: Final = "too many exports of this project"
NOT_A_MEMBER: Final = "Service account is not a project member"
ROLE_TOO_LOW: Final = "Service account may not import into this project"
NO_METADATA: Final = "Invalid service account credentials"
NO_SUCH_PROJECT: Final = "no project has this token"
UNKNOWN_PATH: Final = "no such endpoint"
WRONG_METHOD: Final = "only POST is allowed"
UNKNOWN_ENCODING: Final = "Content-Encoding must be gzip, and the body must be one gzip stream"
COMPRESSED_PROFILES: Final = "this endpoint does not support Content-Encoding"
UNKNOWN_CONTENT_TYPE: Final = "Content-Type must be application/json or application/x-ndjson"
TOO_MANY_RECORDS: Final = "request exceeds max limit of 2000 records"
GDPR_TOKEN_INVALID: Final = "OAuth token is missing, unknown or expired"  # noqa: S105 - a message
GDPR_PROJECT_UNKNOWN: Final = "token does not belong to a project in which you may delete"
GDPR_IDS_UNREADABLE: Final = "distinct_ids must be a list of text"
GDPR_IDS_COUNT: Final = "distinct_ids must hold 1 to {limit} identifiers"
GDPR_COMPLIANCE_TYPE: Final = "compliance_type must be GDPR or CCPA"
GDPR_CONFLICT: Final = "some distinct_ids are already being deleted"
GDPR_TASK_UNKNOWN: Final = "no such task"
GDPR_NOT_CANCELLABLE: Final = "the task can no longer be cancelled"
NO_RECORDS: Final = "request must hold at least one record"
UNREADABLE: Final = "request body is not readable"

# One event.
EVENT_BLANK: Final = "'event' must not be missing or blank"
TIME_MISSING: Final = "'properties.time' is invalid: must not be missing"
TIME_UNREADABLE: Final = "'properties.time' is invalid: must be specified as seconds since epoch"
TIME_IN_FUTURE: Final = "'properties.time' is invalid: must not be in the future"
DISTINCT_ID_MISSING: Final = "'properties.distinct_id' is invalid: must not be missing"
INSERT_ID_CHARACTERS: Final = (
    "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters"
)
NOT_UTF8: Final = "{field} is invalid: string should be valid utf8"
# Wording unknown, except for "data past retention period of N days".
TIME_BEFORE_1971: Final = "'properties.time' is invalid: must not be before 1971-01-01"
TIME_PAST_RETENTION: Final = (
    "'properties.time' is invalid: data past retention period of {days} days"
)
DISTINCT_ID_PLACEHOLDER: Final = "'properties.distinct_id' is invalid: must not be a placeholder"
INSERT_ID_PLACEHOLDER: Final = "'$insert_id' is invalid: must not be a placeholder"
INSERT_ID_MISSING: Final = "'$insert_id' is invalid: must not be missing"
INSERT_ID_LONG: Final = "'$insert_id' is invalid: must not be longer than 36 bytes"
TOO_MANY_PROPERTIES: Final = "'properties' is invalid: must hold fewer than 255 properties"
TOO_MANY_KEYS: Final = "'{field}' is invalid: nested object must hold fewer than 255 keys"
TOO_MANY_ELEMENTS: Final = "'{field}' is invalid: array must hold fewer than 255 elements"
TOO_DEEP: Final = "'{field}' is invalid: must not be nested deeper than {depth}"
EVENT_TOO_LARGE: Final = "event must be smaller than 1000000 bytes"

# Why data is lost although the response is success: the emulator's own words, in violations.
TOKEN_UNKNOWN: Final = "the token belongs to no project"  # noqa: S105 - a message
MERGE_TRACKED: Final = "$merge is for /import only"
TOO_OLD_TO_TRACK: Final = "older than 5 days"
TEXT_TRUNCATED: Final = "text or names of more than 255 characters are truncated"
HOT_SHARD: Final = "too many events of one user today: renamed, and without the user"
WRONG_REGION: Final = "the project is in another region"

# Why identifiers were not joined, the `$failure_reason` of the stored event. Wording unknown.
IDENTITIES_MISSING: Final = "identifiers are missing"
ANONYMOUS_NOT_UUID: Final = "$anon_id is not a version 4 UUID"
ANONYMOUS_MERGED: Final = "$anon_id is already merged"
ALIAS_TAKEN: Final = "alias already belongs to a user"
NOT_TWO_IDENTITIES: Final = "$distinct_ids must hold two identifiers"
CLUSTER_FULL: Final = "a cluster holds no more than 500 identifiers"

# One event on /track, one update on /engage and /groups.
EVENT_MISSING: Final = "event, missing"
TRACK_TOKEN_MISSING: Final = "token, missing or empty"  # noqa: S105 - a message
TRACK_DISTINCT_ID_MISSING: Final = "distinct_id, missing or empty"
FIELD_MISSING: Final = "{field}, missing or empty"
# Wording unknown.
ONE_OPERATION: Final = "exactly one operation is expected"
UNKNOWN_FIELD: Final = "unknown operation or field"
NO_GROUP_OPERATION: Final = "operation is not supported for groups"
WRONG_VALUE: Final = "{operation}, value has the wrong type"
PROFILE_FULL: Final = "profile must not hold more than 2000 properties"
UPDATE_TOO_LARGE: Final = "update must not be larger than 1 MB"

# Rejections by a planned fault.
REJECTED_BY_FAULT: Final = "rejected by a planned fault"
# Wording unknown.
OVER_QUOTA: Final = "Project is over its quota"
