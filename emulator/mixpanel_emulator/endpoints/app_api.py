"""Two requests of Mixpanel's web application that tools use: both are undocumented."""

from collections.abc import Sequence
from http import HTTPStatus

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.authorization import find_by_account, parse_basic
from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange, RequestRejected
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store


def show_metadata(exchange: Exchange, projects: Sequence[Project], _store: Store) -> ApiResponse:
    """Show a project, with its token and secret, to one of its service accounts.

    Raises RequestRejected for any other caller.
    """
    try:
        username, secret = parse_basic(exchange.headers.get("authorization", ""))
        project = find_by_account(username, secret, exchange.resource, projects)
    except RequestRejected as rejection:
        raise app_rejection("E58", HTTPStatus.UNAUTHORIZED, messages.NO_METADATA) from rejection
    if exchange.is_for_another_region(project.region):
        raise app_rejection("E12", HTTPStatus.UNAUTHORIZED, messages.NO_METADATA)
    exchange.project = project.project_id
    results = {
        "id": project.project_id,
        "token": project.token,
        "secret": project.api_secret or "",
        "api_key": "",
        "organizationId": 1,
        "organizationName": "Emulated",
    }
    return ApiResponse.json(HTTPStatus.OK, {"status": "ok", "results": results})


def validate_credentials(
    exchange: Exchange, projects: Sequence[Project], _store: Store
) -> ApiResponse:
    """Say whether a project in the region has a token."""
    exchange.size = len(exchange.body)
    token = token_in(exchange.body)
    for project in projects:
        if project.token == token and not exchange.is_for_another_region(project.region):
            return ApiResponse.json(HTTPStatus.OK, {"status": "ok"})
    error = {"status": "error", "error": messages.NO_SUCH_PROJECT}
    return ApiResponse.json(HTTPStatus.OK, error)


def token_in(body: bytes) -> str | None:
    """Return the project token in a JSON body, if it has one."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    token = content.get("project_token") if isinstance(content, dict) else None
    return token if isinstance(token, str) else None


def app_rejection(rule: str, status: HTTPStatus, error: str) -> RequestRejected:
    """Build the rejection of a request in the shape of the web application."""
    return RequestRejected(rule, ApiResponse.json(status, {"status": "error", "error": error}))
