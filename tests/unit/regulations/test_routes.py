"""The routes of the API, over dependencies in memory."""

import json
from typing import Any
from unittest.mock import Mock

import pytest

from rudder_mixpanel import __version__
from rudder_mixpanel.regulations.ports import ApiDependencies, Caller
from rudder_mixpanel.regulations.routes import RegulationsApi
from tests.fakes.regulations import VIEWER, FakeRegulationsDependencies

TOKEN = "t" * 32


class Dependencies(FakeRegulationsDependencies):
    """What the API needs, with one caller."""

    def project_token(self) -> str:
        """The token of the project."""
        return TOKEN

    def caller(self, token: str) -> Caller | None:
        """The one caller."""
        return VIEWER if token == TOKEN else None


def request(dependencies: ApiDependencies, path: str, headers: dict[str, str] | None) -> Any:
    """The status and the body of the response to a GET."""
    event = {
        "httpMethod": "GET",
        "path": path,
        "headers": headers,
        "queryStringParameters": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {"requestId": "request", "stage": "api"},
    }
    response = RegulationsApi(lambda: dependencies, Mock()).answer(event, Mock())
    return response["statusCode"], response["body"]


@pytest.mark.parametrize("name", ["authorization", "Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_names_of_headers_are_case_insensitive(name: str, scheme: str) -> None:
    """So is the scheme."""
    status, body = request(Dependencies(), "/v2/regulations", {name: f"{scheme} {TOKEN}"})
    assert (status, json.loads(body)) == (200, {"data": [], "paging": {}})


@pytest.mark.parametrize("headers", [None, {}, {"Authorization": "Bearer"}])
def test_request_without_a_token_is_unauthorized(headers: dict[str, str] | None) -> None:
    """Also when the gateway sends no headers at all."""
    status, body = request(Dependencies(), "/v2/regulations", headers)
    assert (status, json.loads(body)["code"]) == (401, "UNAUTHORIZED")


def test_report_names_the_version_that_made_it() -> None:
    """What a version reports may differ from another's."""
    dependencies = Dependencies()
    [regulation] = dependencies.create_regulations([{"userId": "ann"}])
    path = f"/v2/regulations/{regulation['id']}/report"
    _, body = request(dependencies, path, {"Authorization": f"Bearer {TOKEN}"})
    assert json.loads(body)["version"] == __version__


@pytest.mark.parametrize("name", ["accept", "Accept"])
def test_report_is_a_page_when_html_is_accepted(name: str) -> None:
    """With the version that made it in its second line."""
    dependencies = Dependencies()
    [regulation] = dependencies.create_regulations([{"userId": "ann"}])
    headers = {"Authorization": f"Bearer {TOKEN}", name: "text/html,*/*"}
    _, body = request(dependencies, f"/v2/regulations/{regulation['id']}/report", headers)
    made = f"Made on 1 January 2027, 00:00 UTC by rudder-mixpanel {__version__}"
    assert made in body
