"""POST /deleteUsers as RudderStack's transformer has it, for its regulation worker.

The answer is an array whose first statusCode is the HTTP status; only 200 ends a job, and means
accepted: the deletion is followed by this stack, and not by the worker.
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
    user_of,
)

OURS: Final = "mp"
ACCEPTED: Final = {
    "statusCode": HTTPStatus.OK,
    "status": "successful",
    "message": "accepted; GET /v2/regulations says how far each deletion is",
}


def answer_jobs(
    jobs: Any, token: str, destination_id: str, ask: Callable[[RegulationRequest], object]
) -> list[dict[str, Any]]:
    """The answer to each job of a request; a body that is no list of jobs is one wrong job."""
    if not isinstance(jobs, list) or not jobs:
        return [failed_job(HTTPStatus.BAD_REQUEST, "expected a list of jobs")]
    return [answer_job(job, token, destination_id, ask) for job in jobs]


def answer_job(
    job: Any, token: str, destination_id: str, ask: Callable[[RegulationRequest], object]
) -> dict[str, Any]:
    """The answer to one job."""
    if not isinstance(job, dict):
        return failed_job(HTTPStatus.BAD_REQUEST, "expected an object for each job")
    if job.get("destType") != OURS:
        return failed_job(HTTPStatus.METHOD_NOT_ALLOWED, "destination not supported")
    users: Any = job.get("userAttributes")
    if why := invalid_job(job.get("config"), users, token):
        return failed_job(HTTPStatus.BAD_REQUEST, why)
    # Who is named by what stands for nobody cannot be meant by any event.
    named = [one for one in users if isinstance(one, dict) and means_somebody(one.get("userId"))]
    if len(named) > MOST_USERS:
        return failed_job(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected at most {MOST_USERS} users"
        )
    try:
        read = [user_of(one, f"userAttributes[{index}]") for index, one in enumerate(named)]
    except RequestError as refused:
        return failed_job(HTTPStatus.BAD_REQUEST, f"{refused.field}: {refused.message}")
    if read:
        ask(RegulationRequest(RegulationType.SUPPRESS_WITH_DELETE, [], [destination_id], read))
    left_out = len(users) - len(named)
    told = f"; {left_out} without a userId that names a person left out" if left_out else ""
    return {**ACCEPTED, "message": f"{ACCEPTED['message']}{told}"}


def means_somebody(user_id: Any) -> bool:
    """Whether a userId is one that has to be carried out, or to be complained of."""
    return bool(user_id) and not (isinstance(user_id, str) and usable_id(user_id) is None)


def invalid_job(config: Any, users: Any, token: str) -> str:
    """What is wrong with a job, in the transformer's words where it has some."""
    told = config.get("token") if isinstance(config, dict) else None
    if not isinstance(told, str) or not told:
        return "API Token is a required field for user deletion"
    if not hmac.compare_digest(told.encode("utf-8", "surrogatepass"), token.encode()):
        return "the config is of another project than this stack's"
    return "" if isinstance(users, list) else "userAttributes is not an array"


def failed_job(status: HTTPStatus, error: str) -> dict[str, Any]:
    """A job that is not done."""
    return {"statusCode": status, "error": error}
