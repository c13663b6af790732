"""The target of a request, by its host and path."""

import pytest

from mixpanel_emulator.endpoints.regions import Target, parse_target
from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    DELETIONS,
    GDPR_TOKEN,
    TOKEN,
    AsgiClient,
    event,
    json_body,
    tracked,
    update,
)

EUROPEAN = Project(region="eu")


@pytest.mark.parametrize(
    ("host", "path", "target"),
    [
        ("127.0.0.1:8123", "/import", (None, "import", "")),
        ("127.0.0.1:8123", "/eu/import/", ("eu", "import", "")),
        ("api.mixpanel.com", "/import", ("us", "import", "")),
        ("API-EU.mixpanel.com:443", "/track/", ("eu", "track", "")),
        ("api-in.mixpanel.com", "/engage", ("in", "engage", "")),
        ("api.mixpanel.com", "/eu/import", ("us", "eu/import", "")),
        ("mixpanel.com", DELETIONS, ("us", "deletions", "")),
        ("eu.mixpanel.com", f"{DELETIONS}id-1", ("eu", "deletions", "id-1")),
        ("localhost", f"/in{DELETIONS}id-1/", ("in", "deletions", "id-1")),
        ("eu.mixpanel.com", "/settings/project/7/metadata", ("eu", "metadata", "7")),
        ("localhost", "/in/settings/project/7/metadata", ("in", "metadata", "7")),
        ("mixpanel.com", "/api/app/validate-project-credentials/", ("us", "credentials", "")),
        (
            "api.mixpanel.com",
            "/settings/project/7/metadata",
            ("us", "api.mixpanel.com/settings/project/7/metadata", ""),
        ),
        ("data.mixpanel.com", "/api/2.0/export", ("us", "export", "")),
        ("data-eu.mixpanel.com", "/api/2.0/export/", ("eu", "export", "")),
        ("data-in.mixpanel.com:443", "/api/2.0/export", ("in", "export", "")),
        ("localhost", "/eu/api/2.0/export", ("eu", "export", "")),
        ("mixpanel.com", "/api/2.0/export", ("us", "mixpanel.com/api/2.0/export", "")),
        ("api.mixpanel.com", "/api/2.0/export", ("us", "api.mixpanel.com/api/2.0/export", "")),
        ("data.mixpanel.com", "/import", ("us", "data.mixpanel.com/import", "")),
        ("data.mixpanel.com", DELETIONS, ("us", f"data.mixpanel.com{DELETIONS[:-1]}", "")),
        ("eu.mixpanel.com", "/import", ("eu", "eu.mixpanel.com/import", "")),
        ("api.mixpanel.com", DELETIONS, ("us", f"api.mixpanel.com{DELETIONS[:-1]}", "")),
    ],
)
def test_target(host: str, path: str, target: tuple[str | None, str, str]) -> None:
    """Mixpanel's hosts and the path's beginning name a region, other hosts do not."""
    assert parse_target(host, path) == Target(*target)


@pytest.mark.parametrize(("region", "status"), [("", 200), ("/eu", 200), ("/us", 401)])
def test_e12_region_of_import(region: str, status: int) -> None:
    """In another region, a project's credentials are invalid."""
    client = AsgiClient(EUROPEAN)
    response = client.call(
        "POST", f"{region}/import?strict=1", auth=(TOKEN, ""), **json_body([event()])
    )
    assert (response.status_code, len(client.stored()), client.violations()) == (
        status,
        1 if status == 200 else 0,
        [],
    )


@pytest.mark.parametrize(("region", "kept"), [("eu", 1), ("in", 0)])
def test_e12_region_of_open_endpoints(region: str, kept: int) -> None:
    """In another region, data is lost silently."""
    client = AsgiClient(EUROPEAN)
    responses = [
        client.call("POST", f"/{region}/{name}?ip=0", **json_body([record])).text
        for name, record in (("track", tracked()), ("engage", update(set={})))
    ]
    assert (
        responses,
        len(client.list_items("events")),
        len(client.list_items("profiles")),
        len(client.violations()),
    ) == (
        ["1", "1"],
        kept,
        kept,
        0 if kept else 2,
    )


@pytest.mark.parametrize(("region", "status"), [("/eu", 201), ("/us", 403)])
def test_e12_region_of_deletions(region: str, status: int) -> None:
    """In another region, deletions are forbidden."""
    response = AsgiClient(EUROPEAN).call(
        "POST",
        f"{region}{DELETIONS}?token={TOKEN}",
        headers={"Authorization": f"Bearer {GDPR_TOKEN}"},
        json={"distinct_ids": ["user-1"]},
    )
    assert response.status_code == status


def test_e1_endpoint_of_another_host() -> None:
    """Each of Mixpanel's hosts has only its own endpoints."""
    client = AsgiClient()
    statuses = [
        client.call("POST", "/track", headers={"Host": host}, json=[tracked()]).status_code
        for host in ("api.mixpanel.com", "mixpanel.com")
    ]
    assert (statuses, client.violations()) == ([200, 404], [("E1", None)])
