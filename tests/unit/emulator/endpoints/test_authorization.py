"""Rules about credentials."""

import pytest

from mixpanel_emulator.messages import INVALID_SECRET
from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    ACCOUNT,
    OTHER,
    AsgiClient,
    event,
    json_body,
    tracked,
)

# The query of a request that asks whether its credentials are accepted.
PROBE = "strict=0&verbose=1"


def test_e7_no_credentials() -> None:
    """Import requires credentials."""
    client = AsgiClient()
    response = client.import_events([event()], auth=None)
    assert (response.status_code, response.json(), client.violations()) == (
        401,
        {"code": 401, "error": "Invalid credentials", "status": "Unauthorized"},
        [],
    )


@pytest.mark.parametrize(
    ("auth", "error"),
    [
        (("nobody", "s3cret"), "Not a valid service account username"),
        (("nobody.mp-service-account", ""), "Not a valid service account username"),
        ((ACCOUNT[0], "wrong"), "Invalid service account credentials"),
        (("beef" * 8, ""), "Unauthorized, invalid project secret. See docs for more information: "),
        (("", ""), "Unauthorized, invalid project secret. See docs for more information: "),
    ],
)
def test_e8_wrong_credentials(auth: tuple[str, str], error: str) -> None:
    """Each wrong credential gets its own message."""
    response = AsgiClient().import_events([event()], query="strict=1&project_id=1", auth=auth)
    assert (response.status_code, response.json()["error"].partition("https:")[0]) == (401, error)


def test_e8_probe_with_the_token_of_no_project() -> None:
    """It is refused before the record is looked at, and is no violation."""
    client = AsgiClient()
    response = client.import_events([{}], query=PROBE, auth=("beef" * 8, ""))
    assert (response.status_code, response.json(), client.violations()) == (
        401,
        {"code": 401, "error": INVALID_SECRET, "status": "Unauthorized"},
        [],
    )


@pytest.mark.parametrize(("project_id", "status"), [("1", 200), ("2", 401), ("3", 401)])
def test_e9_account_of_another_project(project_id: str, status: int) -> None:
    """A service account imports into its own project only."""
    client = AsgiClient(Project(), OTHER)
    response = client.import_events(
        [event()], query=f"strict=1&project_id={project_id}", auth=ACCOUNT
    )
    text = "not a project member" in response.text
    assert (response.status_code, text) == (status, status == 401)


def test_e10_account_without_project() -> None:
    """A service account must name its project."""
    client = AsgiClient()
    response = client.import_events([event()], auth=ACCOUNT)
    assert (response.status_code, client.violations()) == (401, [("E10", None)])


@pytest.mark.parametrize(
    ("credential", "project_id", "status"),
    [(OTHER.token, "2", 200), (OTHER.api_secret, "", 200), (OTHER.token, "1", 401)],
)
def test_e11_token_and_project(credential: str, project_id: str, status: int) -> None:
    """A token or secret does not need a project_id, and must not contradict it."""
    client = AsgiClient(Project(), OTHER)
    query = f"strict=1&project_id={project_id}"
    response = client.import_events([event()], query=query, auth=(credential, ""))
    assert (response.status_code, [item["project"] for item in client.list_items("events")]) == (
        status,
        ["2"] if status == 200 else [],
    )


def test_e13_authorization_on_token_endpoints() -> None:
    """Unexpected credentials are accepted, with a violation."""
    client = AsgiClient()
    request = json_body([tracked()])
    client.call("POST", "/track", **request)
    client.call("POST", "/track", auth=ACCOUNT, **request)
    assert (len(client.list_items("events")), client.violations()) == (2, [("E13", None)])
