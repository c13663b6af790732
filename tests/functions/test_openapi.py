"""Each API against its document: every response is a documented one."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from moto import mock_aws
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from rudder_mixpanel.aws import dynamodb
from rudder_mixpanel.receiving.responses import GatewayResponse
from tests.functions.receiving import KEYS, TOKEN, ReceivingFunction
from tests.functions.receiving import basic as with_key
from tests.functions.regulations import TOKENS, RegulationsFunctions, deletion
from tests.functions.regulations import basic as with_password

DOCS = Path(__file__).parents[2] / "docs"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)

type Function = Callable[[str, str, bytes, dict[str, str]], httpx.Response]


class Gateway:
    """A gateway as a WSGI application, in front of a function that a test sets."""

    function: Function

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass a request to the function."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = environ.get("QUERY_STRING", "")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        response = self.function(environ["REQUEST_METHOD"], path, body, headers)
        start_response(
            f"{response.status_code} -", [("Content-Type", response.headers["content-type"])]
        )
        return [response.content]


REGULATIONS, EVENTS = Gateway(), Gateway()


def documented(name: str, app: Gateway) -> OpenApiSchema:
    """The schema of a document, for requests to its gateway."""
    schema = schemathesis.openapi.from_dict(document(name))
    schema.app = app
    return schema


def document(name: str) -> dict[str, Any]:
    """A document of docs/."""
    parsed: dict[str, Any] = yaml.safe_load((DOCS / name).read_text())
    return parsed


def requests(examples: int) -> settings:
    """Settings for this many requests to each path, without a time limit."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[None]:
    """Both functions behind their gateways, in moto."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setattr(dynamodb, "SIDE_BY_SIDE", 1)
        regulations = RegulationsFunctions(patch)
        receiving = ReceivingFunction(patch, datetime(2027, 1, 1, tzinfo=UTC))

        def regulate(
            method: str, path: str, body: bytes, headers: dict[str, str]
        ) -> httpx.Response:
            text = body.decode("utf-8", "surrogateescape")
            token = headers.get("Authorization", "")
            return regulations.call(method, path, text, authorization=token)

        def receive(method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
            token = headers.pop("Authorization", None)
            return receiving.call(path, body, method=method, authorization=token, **headers)

        REGULATIONS.function, EVENTS.function = regulate, receive
        yield
        regulations.stop()


regulations_api = documented("regulations.openapi.yaml", REGULATIONS)
events_api = documented("events.openapi.yaml", EVENTS)


@regulations_api.parametrize()
@requests(15)
def test_every_response_about_regulations_is_documented(case: Any) -> None:
    """With a token; no response is a server error."""
    password = case.path == "/deleteUsers"
    token = with_password() if password else f"Bearer {TOKENS['privacy']}"
    case.call_and_validate(headers={"Authorization": token}, checks=CHECKS)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/regulations/{regulation}"),
        ("GET", "/v2/regulations/{regulation}/report"),
        ("DELETE", "/v2/regulations/{regulation}"),
    ],
)
def test_every_response_about_one_regulation_is_documented(method: str, path: str) -> None:
    """For a regulation that exists."""
    token = {"Authorization": f"Bearer {TOKENS['privacy']}"}
    body = json.dumps(deletion("ann")).encode()
    [regulation] = REGULATIONS.function("POST", "/v2/regulations", body, token).json()
    case = regulations_api[path][method].Case(path_parameters={"regulation": regulation["id"]})
    assert case.call_and_validate(headers=token, checks=list(CHECKS)).status_code == 200


@regulations_api.parametrize()
@requests(3)
def test_every_response_without_a_token_is_documented(case: Any) -> None:
    """The token is unknown."""
    case.call_and_validate(headers={"Authorization": "Bearer nobody"}, checks=CHECKS)


@events_api.parametrize()
@requests(15)
def test_every_response_to_an_event_is_documented(case: Any) -> None:
    """With a key; invalid gzip is the one 500 of RudderStack."""
    webhook = case.path == "/webhook"
    token = f"Bearer {TOKEN}" if webhook else with_key(KEYS["web"])
    zipped = case.headers.get("Content-Encoding", "").strip().lower() == "gzip"
    checks = CHECKS[1:] if zipped else CHECKS
    params = {"writeKey": KEYS["web"]} if case.path.startswith("/beacon") else None
    case.call_and_validate(headers={"Authorization": token}, params=params, checks=checks)


@events_api.parametrize()
@requests(3)
def test_every_response_to_an_unknown_sender_is_documented(case: Any) -> None:
    """The key is unknown."""
    case.call_and_validate(headers={"Authorization": with_key("n" * 27)}, checks=CHECKS)


def test_documented_errors_are_those_of_the_code() -> None:
    """Each of them once, and no others."""
    responses = document("events.openapi.yaml")["components"]["responses"]
    documented = responses["Refused"]["content"]["text/plain; charset=utf-8"]["schema"]["enum"]
    errors = list(
        dict.fromkeys(
            response.body for response in GatewayResponse if response is not GatewayResponse.OK
        )
    )
    assert documented == errors
