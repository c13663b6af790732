"""Whose project a request to /import belongs to."""

import base64
import binascii
from collections.abc import Sequence
from http import HTTPStatus

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.answers import import_refused
from mixpanel_emulator.endpoints.visit import Refused, Visit
from mixpanel_emulator.state.project import Project


def project_of(visit: Visit, projects: Sequence[Project]) -> Project:
    """The project that these credentials may import into, or `Refused`."""
    project = credited(visit, projects)
    if visit.is_elsewhere(project.region):
        raise unauthorized("E12", say.INVALID_CREDENTIALS)
    return project


def credited(visit: Visit, projects: Sequence[Project]) -> Project:
    """The project whose credentials these are, or `Refused`."""
    username, secret = basic(visit.headers.get("authorization", ""))
    project_id = visit.query.get("project_id")
    if secret or username.endswith(".mp-service-account"):
        return project_of_account(username, secret, project_id, projects)
    return project_of_token(username, project_id, projects)


def basic(authorization: str) -> tuple[str, str]:
    """The username and password of a Basic header, or `Refused`."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise unauthorized("E7", say.INVALID_CREDENTIALS)
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise unauthorized("E7", say.INVALID_CREDENTIALS) from error
    username, _, secret = decoded.partition(":")
    return username, secret


def project_of_account(
    username: str, secret: str, project_id: str | None, projects: Sequence[Project]
) -> Project:
    """The project that a service account names, if it is a member."""
    known = [
        (project, account)
        for project in projects
        for account in project.service_accounts
        if account.username == username
    ]
    if not known:
        raise unauthorized("E8", say.UNKNOWN_ACCOUNT)
    if all(account.secret != secret for _, account in known):
        raise unauthorized("E8", say.WRONG_ACCOUNT_SECRET)
    if not project_id:
        raise unauthorized("E10", say.INVALID_CREDENTIALS)
    for project, account in known:
        if (project.project_id, account.secret) == (project_id, secret):
            return project
    raise unauthorized("E9", say.NOT_A_MEMBER)


def project_of_token(
    credential: str, project_id: str | None, projects: Sequence[Project]
) -> Project:
    """The project whose token or API secret this is."""
    for project in projects:
        if credential and credential in {project.token, project.api_secret}:
            if project_id not in {None, "", project.project_id}:
                raise unauthorized("E11", say.OTHER_PROJECT)
            return project
    raise unauthorized("E8", say.INVALID_SECRET)


def unauthorized(rule: str, error: str) -> Refused:
    """401 with Mixpanel's reason."""
    return import_refused(rule, HTTPStatus.UNAUTHORIZED, error)
