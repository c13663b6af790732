"""The error that AWS answers with when something is denied."""

from typing import Any, Final

from botocore.client import BaseClient

from tests.permissions.policy import Request
from tests.permissions.requests import ACCOUNT

# The code, where it is not AccessDeniedException.
CODES: Final = {"sqs": "AccessDenied", "cloudformation": "AccessDenied"}


def access_denied(client: BaseClient, operation: str, role: str, request: Request) -> Exception:
    """The error of a client for a request that its role does not allow."""
    code = CODES.get(client.meta.service_model.service_name, "AccessDeniedException")
    response = {
        "Error": {"Code": code, "Message": message_of(role, request)},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    error_of_code: Any = client.exceptions.from_code(code)
    error: Exception = error_of_code(response, operation)
    return error


def message_of(role: str, request: Request) -> str:
    """What is denied to whom, and why."""
    return (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/test is not authorized to "
        f"perform: {request.action} on resource: {request.resource} because no identity-based "
        f"policy allows the {request.action} action"
    )
