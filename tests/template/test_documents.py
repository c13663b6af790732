"""The documents of both APIs and the gateways: the same routes, and the gateway's own errors."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.stack import Stack

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS = {
    "RegulationsApi": "regulations.openapi.yaml",
    "EventsApi": "events.openapi.yaml",
}
METHODS = {"get", "post", "put", "patch", "delete", "options", "head"}
# What a gateway answers for itself to any request, and to a request with a body.
THROTTLED, TIMED_OUT, TOO_LARGE = "429", "504", "413"


@pytest.fixture(params=DOCUMENTS)
def api(request: pytest.FixtureRequest) -> str:
    """Each API by its name in the template."""
    name: str = request.param
    return name


def operations(api: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each documented path and method, and what the document says about them."""
    document = yaml.safe_load((DOCS / DOCUMENTS[api]).read_text())
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def routes(stack: Stack, api: str) -> set[tuple[str, str]]:
    """Each path and method of a gateway."""
    paths = stack.of_type("AWS::ApiGateway::RestApi")[api]["Body"]["paths"]
    return {(path, method) for path, methods in paths.items() for method in methods}


def is_case_of(path: str, template: str) -> bool:
    """Whether a path of a document is one of those that a gateway's path stands for."""
    pattern = re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def test_gateway_has_every_documented_route(stack: Stack, api: str) -> None:
    """A path with a parameter stands for several documented ones, such as /v1/batch."""
    missing = [
        (path, method)
        for path, method, _ in operations(api)
        if not any(
            is_case_of(path, template) and method == its for template, its in routes(stack, api)
        )
    ]
    assert missing == []


def test_every_route_of_the_gateway_is_documented(stack: Stack, api: str) -> None:
    """By its own path."""
    documented = {(path, method) for path, method, _ in operations(api)}
    assert routes(stack, api) - documented == set()


def test_errors_of_the_gateway_are_documented(api: str) -> None:
    """Every method may be throttled or take too long, and every body may be too large."""
    missing = {
        (path, method): absent
        for path, method, operation in operations(api)
        if (absent := errors_of(operation) - operation["responses"].keys())
    }
    assert missing == {}


def errors_of(operation: dict[str, Any]) -> set[str]:
    """The statuses that the gateway itself may answer an operation with."""
    return {THROTTLED, TIMED_OUT} | ({TOO_LARGE} if "requestBody" in operation else set())


def test_documented_codes_of_the_gateway_are_its_own(stack: Stack) -> None:
    """Those with which the template answers when it throttles, or the function takes too long."""
    document = yaml.safe_load((DOCS / DOCUMENTS["RegulationsApi"]).read_text())
    content = document["components"]["responses"]["Gateway"]["content"]["application/json"]
    body = stack.of_type("AWS::ApiGateway::RestApi")["RegulationsApi"]["Body"]
    responses = body["x-amazon-apigateway-gateway-responses"]
    answered = [
        yaml.safe_load(responses[kind]["responseTemplates"]["application/json"])["code"]
        for kind in ("THROTTLED", "DEFAULT_5XX")
    ]
    assert content["schema"]["properties"]["code"]["enum"] == answered
