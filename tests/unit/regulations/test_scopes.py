"""Which scopes open which routes."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any
from unittest.mock import Mock

import pytest

from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.routes import RegulationsApi
from rudder_mixpanel.regulations.scopes import REGULATION_ROUTES, Scope
from tests.fakes.regulations import FakeRegulationsDependencies

TOKEN = "t" * 32
# What a token with only this scope may call; nothing else may, whatever scopes it has.
OPENED_BY = {
    Scope.CREATE: {("POST", "/v2/regulations")},
    Scope.READ: {
        ("GET", "/v2/regulations"),
        ("POST", "/v2/regulations/search"),
        ("GET", "/v2/regulations/<regulation>"),
        ("GET", "/v2/regulations/<regulation>/report"),
        ("POST", "/v2/regulations/<regulation>/report"),
    },
    Scope.CANCEL: {("DELETE", "/v2/regulations/<regulation>")},
    Scope.SEE_USERS: set[tuple[str, str]](),
    Scope.WORKER: {("POST", "/deleteUsers")},
}
OPEN_TO_ALL = {("GET", "/features")}
SUBSETS = [
    frozenset(subset)
    for subset in chain.from_iterable(combinations(Scope, count) for count in range(6))
]


@dataclass
class Dependencies(FakeRegulationsDependencies):
    """What the API needs, with one caller."""

    scopes: frozenset[Scope] = frozenset()

    def project_token(self) -> str:
        """The token of the project."""
        return TOKEN

    def caller(self, token: str) -> Caller | None:
        """The one caller."""
        return Caller("caller", self.scopes) if token == TOKEN else None


def credentials(path: str) -> str:
    """The credentials of a request as its caller sends them."""
    if path == "/deleteUsers":
        return f"Basic {base64.b64encode(f'worker:{TOKEN}'.encode()).decode()}"
    return f"Bearer {TOKEN}"


def call(method: str, path: str, scopes: frozenset[Scope]) -> tuple[int, Any]:
    """The status and the body of a response to a caller with these scopes."""
    event = {
        "httpMethod": method,
        "path": path.replace("<regulation>", "unknown"),
        "headers": {"Authorization": credentials(path)},
        "body": "{}",
        "requestContext": {"requestId": "request", "stage": "api"},
    }
    dependencies: Any = Dependencies(scopes=scopes)
    response = RegulationsApi(lambda: dependencies, Mock()).answer(event, Mock())
    return response["statusCode"], json.loads(response["body"])


def opened(scopes: Iterable[Scope]) -> set[tuple[str, str]]:
    """The routes that the scopes open by the table of this test."""
    return OPEN_TO_ALL.union(*(OPENED_BY[scope] for scope in scopes))


@pytest.mark.parametrize("scopes", SUBSETS, ids=lambda scopes: "+".join(sorted(scopes)) or "none")
def test_token_opens_the_routes_of_its_scopes_and_no_other(scopes: frozenset[Scope]) -> None:
    """For every route and every set of scopes."""
    routes = [(route.method, route.path) for route in REGULATION_ROUTES]
    allowed = {route for route in routes if call(*route, scopes)[0] not in {401, 403}}
    assert allowed == opened(scopes)


def test_missing_scope_is_named() -> None:
    """With a code of its own, since another token would not help."""
    status, body = call("DELETE", "/v2/regulations/<regulation>", frozenset({Scope.READ}))
    assert (status, body) == (
        403,
        {"code": "FORBIDDEN", "message": "the token lacks the scope cancel"},
    )


def test_worker_without_its_scope_gets_an_array() -> None:
    """Which is all it can read."""
    status, body = call("POST", "/deleteUsers", frozenset(Scope) - {Scope.WORKER})
    assert (status, body) == (
        403,
        [{"statusCode": 403, "error": "the token lacks the scope worker"}],
    )
