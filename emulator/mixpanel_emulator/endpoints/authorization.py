"""The project that the credentials of an /import request belong to."""

import base64
import binascii
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import Exchange, RequestRejected
from mixpanel_emulator.endpoints.responses import import_rejection
from mixpanel_emulator.state.project import Project

IMPORTING_ROLES: Final = frozenset({"owner", "admin"})


def authorize_import(exchange: Exchange, projects: Sequence[Project]) -> Project:
    """Return the project to import into. Raises RequestRejected when access is denied."""
    project = find_project(exchange, projects)
    if exchange.is_for_another_region(project.region):
        raise unauthorized("E12", messages.INVALID_CREDENTIALS)
    return project


def find_project(exchange: Exchange, projects: Sequence[Project]) -> Project:
    """Find the project by its credentials. Raises RequestRejected when there is none."""
    username, secret = parse_basic(exchange.headers.get("authorization", ""))
    project_id = exchange.query.get("project_id")
    if secret or username.endswith(".mp-service-account"):
        project = find_by_account(username, secret, project_id, projects)
        if not may_import(username, project):
            raise unauthorized("E56", messages.ROLE_TOO_LOW)
        return project
    return find_by_token(username, project_id, projects)


def parse_basic(authorization: str) -> tuple[str, str]:
    """Read username and password. Raises RequestRejected when it is not a Basic header."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise unauthorized("E7", messages.INVALID_CREDENTIALS)
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise unauthorized("E7", messages.INVALID_CREDENTIALS) from error
    username, _, secret = decoded.partition(":")
    return username, secret


def find_by_account(
    username: str, secret: str, project_id: str | None, projects: Sequence[Project]
) -> Project:
    """Find the project a service account names. Raises RequestRejected unless it is a member."""
    known = [
        (project, account)
        for project in projects
        for account in project.service_accounts
        if account.username == username
    ]
    if not known:
        raise unauthorized("E8", messages.UNKNOWN_ACCOUNT)
    if all(account.secret != secret for _, account in known):
        raise unauthorized("E8", messages.WRONG_ACCOUNT_SECRET)
    if not project_id:
        raise unauthorized("E10", messages.INVALID_CREDENTIALS)
    for project, account in known:
        if (project.project_id, account.secret) == (project_id, secret):
            return project
    raise unauthorized("E9", messages.NOT_A_MEMBER)


def may_import(username: str, project: Project) -> bool:
    """Whether the role of a service account of the project allows imports."""
    return any(
        account.username == username and account.role in IMPORTING_ROLES
        for account in project.service_accounts
    )


def find_by_token(credential: str, project_id: str | None, projects: Sequence[Project]) -> Project:
    """Find the project by token or API secret. Raises RequestRejected when there is none."""
    for project in projects:
        if credential and credential in {project.token, project.api_secret}:
            if project_id not in {None, "", project.project_id}:
                raise unauthorized("E11", messages.OTHER_PROJECT)
            return project
    raise unauthorized("E8", messages.INVALID_SECRET)


def unauthorized(rule: str, error: str) -> RequestRejected:
    """Build a 401 with Mixpanel's reason."""
    return import_rejection(rule, HTTPStatus.UNAUTHORIZED, error)
