"""The API's document, held against the API: whatever is asked, the answer is a documented one."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

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

from rudder_mixpanel import transactions
from tests.functions.regulations import TOKENS, Regulations
from tests.functions.test_regulations import basic

DOCUMENT = Path(__file__).parents[2] / "docs" / "regulations.openapi.yaml"
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


class Gateway:
    """The gateway as a WSGI application."""

    regulations: Regulations

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Hand a request to the function."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length).decode("utf-8", "surrogateescape")
        query = environ.get("QUERY_STRING", "")
        said = self.regulations.call(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"] + (f"?{query}" if query else ""),
            body,
            authorization=environ.get("HTTP_AUTHORIZATION", ""),
        )
        start_response(f"{said.status_code} -", [("Content-Type", said.headers["content-type"])])
        return [said.content]


GATEWAY = Gateway()
schema = schemathesis.openapi.from_dict(yaml.safe_load(DOCUMENT.read_text()))
schema.app = GATEWAY


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[None]:
    """The function behind the gateway, in an account."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setattr(transactions, "SIDE_BY_SIDE", 1)
        GATEWAY.regulations = Regulations(patch)
        yield
        GATEWAY.regulations.stop()


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_documented(case: Any) -> None:
    """With a token; no answer is an accident."""
    password = case.path == "/deleteUsers"
    token = basic() if password else f"Bearer {TOKENS['privacy']}"
    case.call_and_validate(headers={"Authorization": token}, checks=CHECKS)


@schema.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_to_nobody_is_documented(case: Any) -> None:
    """Without a token."""
    case.call_and_validate(headers={"Authorization": "Bearer nobody"}, checks=CHECKS)
