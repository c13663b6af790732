"""Answers POST /deleteUsers as RudderStack's transformer does, for its regulation worker.

The response is an array; the statusCode of its first element is the HTTP status. Only 200 ends a
job. Here it means accepted: from then on this stack follows the deletion, not the worker.
"""

import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.regulations.model import RegulationType
from rudder_mixpanel.regulations.requests import (
    MOST_USERS,
    RegulationRequest,
    RequestError,
    read_user,
)

MIXPANEL: Final = "mp"
# Of a request: the worker sends one. Each is work of its own, and has a result of its own.
MOST_JOBS: Final = 100
ACCEPTED: Final = "accepted; GET /v2/regulations shows the state of each deletion"

type JobResult = dict[str, Any]


def answer_jobs(
    jobs: Any, token: str, destination_id: str, create: Callable[[RegulationRequest], object]
) -> list[JobResult]:
    """The result of each job of a request; a body that is not a list is one invalid job.

    Of too many jobs, none is carried out.
    """
    if not isinstance(jobs, list) or not jobs:
        return [failed_job(HTTPStatus.BAD_REQUEST, "expected a list of jobs")]
    if len(jobs) > MOST_JOBS:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return [failed_job(status, f"expected at most {MOST_JOBS} jobs")]
    return [answer_job(job, token, destination_id, create) for job in jobs]


def answer_job(
    job: Any, token: str, destination_id: str, create: Callable[[RegulationRequest], object]
) -> JobResult:
    """Create the regulations of one job, and return its result."""
    if not isinstance(job, dict):
        return failed_job(HTTPStatus.BAD_REQUEST, "expected an object for each job")
    if job.get("destType") != MIXPANEL:
        return failed_job(HTTPStatus.METHOD_NOT_ALLOWED, "destination not supported")
    attributes: Any = job.get("userAttributes")
    if reason := invalid_job(job.get("config"), attributes, token):
        return failed_job(HTTPStatus.BAD_REQUEST, reason)
    # A placeholder as userId matches no event, so there is nothing to suppress or delete.
    named = [user for user in attributes if isinstance(user, dict) and has_user_id(user)]
    if len(named) > MOST_USERS:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return failed_job(status, f"expected at most {MOST_USERS} users")
    try:
        users = [read_user(user, f"userAttributes[{index}]") for index, user in enumerate(named)]
    except RequestError as error:
        return failed_job(HTTPStatus.BAD_REQUEST, f"{error.field}: {error.message}")
    if users:
        create(RegulationRequest(RegulationType.SUPPRESS_WITH_DELETE, [], [destination_id], users))
    return accepted_job(skipped=len(attributes) - len(named))


def has_user_id(user: dict[str, Any]) -> bool:
    """Whether a user has a userId that is not a placeholder; an invalid one is an error later."""
    user_id = user.get("userId")
    return bool(user_id) and not (isinstance(user_id, str) and usable_id(user_id) is None)


def invalid_job(config: Any, users: Any, token: str) -> str:
    """What is wrong with a job, in the transformer's words where it has any; empty if nothing."""
    job_token = config.get("token") if isinstance(config, dict) else None
    if not isinstance(job_token, str) or not job_token:
        return "API Token is a required field for user deletion"
    if not hmac.compare_digest(job_token.encode("utf-8", "surrogatepass"), token.encode()):
        return "the config is of another project than this stack's"
    return "" if isinstance(users, list) else "userAttributes is not an array"


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
