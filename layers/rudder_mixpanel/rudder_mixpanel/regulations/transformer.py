"""Answers RudderStack's regulation worker as RudderStack's transformer does.

The worker ends a job as complete when the HTTP status is 200, and as aborted when it is 404 or 405;
after any other status it tries again, a few times. Here 200 means accepted: from then on this
stack follows the deletion, not the worker. The Config in a job is compared, never stored or logged.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.destination.deletion import deletion_api_of
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.regulations.model import RegulationType
from rudder_mixpanel.regulations.requests import (
    MOST_USERS,
    RegulationRequest,
    RequestError,
    is_reference,
    read_user,
)

MIXPANEL: Final = "mp"
# What the transformer names in GET /features. Without the flags for sources, RudderStack's server
# panics.
FEATURES: Final = {
    "regulations": [MIXPANEL.upper()],
    "supportSourceTransformV1": True,
    "supportTransformerProxyV1": True,
    "upgradedToSourceTransformV2": True,
    "supportDestTransformCompactedPayloadV1": True,
}
# Of a request: the worker sends one. Each is work of its own, and has a result of its own.
MOST_JOBS: Final = 100
ACCEPTED: Final = "accepted; GET /v2/regulations shows the state of each deletion"

type JobResult = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ServedDestination:
    """What a job must be about: this stack's destination; its repr does not show the token."""

    id: str
    token: str = field(repr=False)
    deletion_api: str


def answer_jobs(
    jobs: Any, destination: ServedDestination, create: Callable[[RegulationRequest], object]
) -> list[JobResult]:
    """The result of each job of a request; a body that is not a list is one invalid job.

    Of too many jobs, none is carried out. `create` may raise RequestError.
    """
    if not isinstance(jobs, list) or not jobs:
        return [failed_job(HTTPStatus.BAD_REQUEST, "expected a list of jobs")]
    if len(jobs) > MOST_JOBS:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return [failed_job(status, f"expected at most {MOST_JOBS} jobs")]
    return [answer_job(job, destination, create) for job in jobs]


def overall_status(results: Sequence[JobResult]) -> HTTPStatus:
    """The HTTP status for the results of all jobs: 200 only if every job is accepted.

    The transformer's status is that of the first job; a later one that fails would hide behind it.
    404 ends all jobs of a request for good, so that it stands only for those that all deserve it.
    """
    failed = [HTTPStatus(result["statusCode"]) for result in results if "error" in result]
    if not failed:
        return HTTPStatus.OK
    if len(failed) == len(results) and set(failed) == {HTTPStatus.NOT_FOUND}:
        return HTTPStatus.NOT_FOUND
    lasting = [status for status in failed if status != HTTPStatus.NOT_FOUND]
    return next(iter(lasting), HTTPStatus.BAD_REQUEST)


def answer_job(
    job: Any, destination: ServedDestination, create: Callable[[RegulationRequest], object]
) -> JobResult:
    """Create the regulations of one job, and return its result."""
    name = job.get("destType") if isinstance(job, dict) else None
    if not isinstance(name, str):
        return failed_job(HTTPStatus.BAD_REQUEST, "expected an object with destType for each job")
    if name.lower() != MIXPANEL:
        return failed_job(HTTPStatus.NOT_FOUND, "destination not supported")
    attributes: Any = job.get("userAttributes")
    if reason := invalid_job(job.get("config"), attributes, destination):
        return failed_job(HTTPStatus.BAD_REQUEST, reason)
    # A placeholder as userId matches no event, so there is nothing to suppress or delete.
    named = [user for user in attributes if isinstance(user, dict) and has_user_id(user)]
    if len(named) > MOST_USERS:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return failed_job(status, f"expected at most {MOST_USERS} users")
    try:
        create_all(named, job, destination, create)
    except RequestError as error:
        reason = f"{error.field}: {error.message}" if error.field else error.message
        return failed_job(error.status, reason)
    return accepted_job(skipped=len(attributes) - len(named))


def create_all(
    named: list[dict[str, Any]],
    job: dict[str, Any],
    destination: ServedDestination,
    create: Callable[[RegulationRequest], object],
) -> None:
    """Create a regulation for each user of a job; raises RequestError."""
    users = [read_user(user, f"userAttributes[{index}]") for index, user in enumerate(named)]
    if users:
        reference = f"worker job {job.get('jobId')}"
        create(
            RegulationRequest(
                RegulationType.SUPPRESS_WITH_DELETE,
                [],
                [destination.id],
                users,
                reference if is_reference(reference) else "",
            )
        )


def has_user_id(user: dict[str, Any]) -> bool:
    """Whether a user has a userId that is not a placeholder; an invalid one is an error later."""
    user_id = user.get("userId")
    return bool(user_id) and not (isinstance(user_id, str) and usable_id(user_id) is None)


def invalid_job(config: Any, users: Any, destination: ServedDestination) -> str:
    """What is wrong with a job, in the transformer's words where it has any; empty if nothing."""
    token = config.get("token") if isinstance(config, dict) else None
    if not isinstance(token, str) or not token:
        return "API Token is a required field for user deletion"
    if not hmac.compare_digest(
        token.encode("utf-8", "surrogatepass"), destination.token.encode("utf-8", "surrogatepass")
    ):
        return "the config is of another project than this stack's"
    return wrong_api(config, destination) or (
        "" if isinstance(users, list) else "userAttributes is not an array"
    )


def wrong_api(config: dict[str, Any], destination: ServedDestination) -> str:
    """Why this stack would not delete as the Config of a job says; empty if it would.

    A stack whose settings say task has a GDPR token, or its deletions wait and its alarm fires.
    """
    try:
        api = deletion_api_of(config)
    except ConfigurationError as error:
        return str(error)
    if api == destination.deletion_api:
        return ""
    return (
        f"userDeletionApi is {api} in the config of the job, "
        f"but {destination.deletion_api} in the settings of this stack"
    )


def accepted_job(*, skipped: int) -> JobResult:
    """The result of a job that is accepted."""
    without = f"; {skipped} without a usable userId were skipped" if skipped else ""
    return {
        "statusCode": HTTPStatus.OK,
        "status": "successful",
        "message": f"{ACCEPTED}{without}",
    }


def failed_job(status: HTTPStatus, error: str) -> JobResult:
    """The result of a job that is not accepted."""
    return {"statusCode": status, "error": error}
