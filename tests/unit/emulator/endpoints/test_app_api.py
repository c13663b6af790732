"""The undocumented requests by which tools check credentials."""

from dataclasses import replace
from typing import Any

import pytest

from mixpanel_emulator.state.project import Project, ServiceAccount
from tests.unit.emulator.asgi_client import ACCOUNT, OTHER, TOKEN, AsgiClient, event

METADATA = "/settings/project/1/metadata"
CREDENTIALS = "/api/app/validate-project-credentials/"


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("analyst", 401), ("consumer", 401)]
)
def test_e56_role_of_a_service_account(role: Any, status: int) -> None:
    """Only owners and admins may import."""
    account = ServiceAccount(username=ACCOUNT[0], secret=ACCOUNT[1], role=role)
    client = AsgiClient(Project(service_accounts=(account,)))
    response = client.import_events([event()], query="strict=1&project_id=1", auth=ACCOUNT)
    assert (response.status_code, client.violations()) == (status, [])


def test_e57_metadata() -> None:
    """A service account sees the token of its project."""
    client = AsgiClient()
    response = client.call("GET", METADATA, auth=ACCOUNT)
    assert (response.status_code, response.json()["results"]["token"]) == (200, TOKEN)


@pytest.mark.parametrize(
    ("path", "auth"),
    [
        (METADATA, ("nobody.mp-service-account", "s3cret")),
        (METADATA, (ACCOUNT[0], "wrong")),
        (METADATA, None),
        ("/eu" + METADATA, ACCOUNT),
        (METADATA.replace("1", "2"), ACCOUNT),
    ],
)
def test_e58_metadata_for_others(path: str, auth: tuple[str, str] | None) -> None:
    """Neither another account, nor another region, nor a member of another project."""
    response = AsgiClient(Project(), OTHER).call("GET", path, auth=auth)
    assert (response.status_code, response.json()) == (
        401,
        {"status": "error", "error": "Invalid service account credentials"},
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (CREDENTIALS, {"project_token": TOKEN}, "ok"),
        ("/us" + CREDENTIALS, {"project_token": TOKEN}, "ok"),
        ("/eu" + CREDENTIALS, {"project_token": TOKEN}, "error"),
        (CREDENTIALS, {"project_token": "beef" * 8}, "error"),
        (CREDENTIALS, {"project_token": 1}, "error"),
        (CREDENTIALS, [], "error"),
    ],
)
def test_e59_validation_of_a_token(path: str, body: Any, status: str) -> None:
    """It needs no credentials, and says whether a project in the region has the token."""
    response = AsgiClient(replace(Project(), region="us")).call("POST", path, json=body)
    assert (response.status_code, response.json()["status"]) == (200, status)


def test_e59_body_that_is_no_json() -> None:
    """Such a body names no token."""
    response = AsgiClient().call("POST", CREDENTIALS, content=b"{")
    assert (response.status_code, response.json()["status"]) == (200, "error")
