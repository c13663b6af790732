"""What a response of /import says about the project token that authenticates the request.

Mixpanel authenticates before it validates events, so a rejected event proves its token as well:
https://developer.mixpanel.com/reference/import-events#authentication
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.responses import (
    MixpanelResponse,
    NoResponse,
    code_of,
    first_complaint,
    json_content,
)

# The status and the `code` of a response about events, and so of an authenticated request.
AUTHENTICATED: Final = frozenset({HTTPStatus.OK, HTTPStatus.BAD_REQUEST})


def token_objection(response: MixpanelResponse | NoResponse) -> Kept | None:
    """Why nothing may be sent under a token, by the response to an import; None when it may.

    The code is CREDENTIALS_REFUSED only when Mixpanel itself refuses the token. A proxy's page, an
    outage or silence says nothing about it: TOKEN_UNPROVEN.
    """
    match response:
        case NoResponse(reason):
            return unproven(reason)
        case MixpanelResponse(status, body, wait):
            content = json_content(body)
            if not isinstance(content, Mapping):
                return unproven(f"HTTP {status} without JSON", wait)
            if is_about_events(status, content):
                return None
            if refuses_credentials(response):
                message = f"Mixpanel refuses the project's token: HTTP {status}"
                words = first_complaint(content)
                code = Code.CREDENTIALS_REFUSED
                return Kept(code, message, not_applied=True, quote=words, wait=wait)
            return unproven(f"HTTP {status}", wait)


def is_about_events(status: int, content: Mapping[str, Any]) -> bool:
    """Whether a response counts events, which only an authenticated request has.

    A complaint that counts none may come before the token is looked at.
    """
    code = content.get("code")
    counts = type(code) is int and type(content.get("num_records_imported")) is int
    return counts and status in AUTHENTICATED and code in AUTHENTICATED


def unproven(reason: str, wait: int = 0) -> Kept:
    """The outcome of an operation whose token Mixpanel has neither accepted nor refused."""
    message = f"the project's token could not be checked: {reason}"
    return Kept(Code.TOKEN_UNPROVEN, message, not_applied=True, wait=wait)


def refuses_credentials(response: MixpanelResponse | NoResponse) -> bool:
    """Whether a response refuses the credentials of its request, by its status and body."""
    match response:
        case MixpanelResponse(status, body):
            return code_of(status, body) is Code.CREDENTIALS_REFUSED
        case NoResponse():
            return False
