"""The regulations API: requests that it does not accept."""

import json
from typing import Any

import boto3
import pytest

from tests.functions.regulations import TOKENS, RegulationsFunctions, deletion, suppression

MANY_IDS = ["default", *(f"{n:027}" for n in range(9))]
BAD_FIELDS: list[tuple[Any, str]] = [
    ({}, "regulationType"),
    (deletion("ann", regulationType="delete"), "regulationType"),
    (deletion("ann", regulationType=1), "regulationType"),
    (deletion("ann", regulationType=["suppress"]), "regulationType"),
    (deletion("ann", destinationIds=None), "destinationIds"),
    (deletion("ann", destinationIds=[]), "destinationIds"),
    (deletion("ann", destinationIds="default"), "destinationIds"),
    (deletion("ann", destinationIds=[1]), "destinationIds"),
    (deletion("ann", destinationIds=["default", "d" * 101]), "destinationIds"),
    (deletion("ann", destinationIds=["default", *map(str, range(100))]), "destinationIds"),
    (deletion("ann", sourceIds=["s"]), "sourceIds"),
    (suppression("ann", destinationIds=["default"]), "destinationIds"),
    (suppression("ann", sourceIds={}), "sourceIds"),
    (deletion(), "users"),
    (deletion(users=None), "users"),
    (deletion(users={"userId": "ann"}), "users"),
    (deletion(users=["ann"]), "users[0]"),
    (deletion(users=[{"email": "a@example.com"}]), "users[0].userId"),
    (deletion(users=[{"anonymousId": 7}]), "users[0].anonymousId"),
    (deletion(users=[{"anonymousId": "null"}]), "users[0].anonymousId"),
    (deletion(users=[{"anonymousId": ""}]), "users[0].anonymousId"),
    (deletion(users=[{"userId": "", "anonymousId": "device"}]), "users[0].userId"),
    (deletion("ann", reference=""), "reference"),
    (deletion("ann", reference="  "), "reference"),
    (deletion("ann", reference=7), "reference"),
    (deletion("ann", reference=["DSR-7"]), "reference"),
    (deletion("ann", reference="r" * 101), "reference"),
    (deletion("ann", reference="DSR-7\nDSR-8"), "reference"),
    (deletion("ann", reference="DSR\u2028-7"), "reference"),
    (deletion("ann", reference="DSR-\x00"), "reference"),
    (deletion(users=[{"userId": 7}]), "users[0].userId"),
    (deletion("ann", ""), "users[1].userId"),
    (deletion("ann", "null"), "users[1].userId"),
    (deletion(users=[{"userId": "ann", "email": []}]), "users[0]"),
    (deletion(users=[{"userId": "a" * 501}]), "users[0]"),
    (deletion(users=[{"userId": "ann", **{str(i): "x" for i in range(20)}}]), "users[0]"),
]


@pytest.mark.parametrize(("body", "field"), BAD_FIELDS)
def test_wrong_field_is_named(regulations: RegulationsFunctions, body: Any, field: str) -> None:
    """Its value is not repeated, and no user is suppressed."""
    response = regulations.call("POST", "/v2/regulations", body)
    error = response.json()
    actual = (response.status_code, error["code"], error["field"], regulations.suppressed("ann"))
    assert actual == (400, "INVALID_FIELD", field, {"ann": False})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "NOT_JSON"),
        ("{", 400, "NOT_JSON"),
        ("[]", 400, "NOT_JSON"),
        ('"text"', 400, "NOT_JSON"),
        (deletion("ann", destinationIds=["other"]), 400, "WRONG_DESTINATION"),
        (deletion(*map(str, range(5, 10_006))), 413, "TOO_MANY_USERS"),
        (deletion(*map(str, range(5, 10_005)), destinationIds=MANY_IDS), 413, "TOO_MANY_USERS"),
        (json.dumps(deletion("a" * 5_000_000)), 413, "TOO_LARGE"),
    ],
)
def test_wrong_body_is_rejected(
    regulations: RegulationsFunctions, body: Any, status: int, code: str
) -> None:
    """With an error code."""
    response = regulations.call("POST", "/v2/regulations", body)
    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKENS['privacy']}", TOKENS["privacy"]],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v2/regulations"),
        ("GET", "/v2/regulations"),
        ("POST", "/v2/regulations/search"),
        ("GET", "/v2/regulations/x"),
        ("DELETE", "/v2/regulations/x"),
        ("GET", "/v2/regulations/x/report"),
    ],
)
def test_every_path_needs_a_token(
    regulations: RegulationsFunctions, method: str, path: str, authorization: str
) -> None:
    """For every method."""
    response = regulations.call(method, path, "{}", authorization=authorization)
    assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED")


def put_tokens(*names: str) -> None:
    """Write these tokens to the secret."""
    tokens = [{"name": name, "token": name * 32, "scopes": ["read"]} for name in names]
    boto3.client("secretsmanager").put_secret_value(
        SecretId="tokens", SecretString=json.dumps({"tokens": tokens})
    )


@pytest.mark.parametrize(
    ("names", "statuses"),
    [
        ("ab", [200, 200]),
        ("b", [401, 200]),
        ("abcdefghijklmnopqrst", [200, 200]),
        ("abcdefghijklmnopqrstu", [503, 503]),
        ("aab", [503, 503]),
    ],
)
def test_twenty_tokens_are_valid_at_a_time(
    regulations: RegulationsFunctions, names: str, statuses: list[int]
) -> None:
    """So that one can replace another without a gap; more, or one twice, is a wrong secret."""
    put_tokens(*names)
    actual = [
        regulations.call("GET", "/v2/regulations", authorization=f"Bearer {name * 32}").status_code
        for name in "ab"
    ]
    assert actual == statuses


def test_expired_token_is_wrong(regulations: RegulationsFunctions) -> None:
    """From its date on."""
    tokens = [{"name": "old", "token": "o" * 32, "scopes": ["read"], "expires": "2026-12-31"}]
    boto3.client("secretsmanager").put_secret_value(
        SecretId="tokens", SecretString=json.dumps({"tokens": tokens})
    )
    response = regulations.call("GET", "/v2/regulations", authorization=f"Bearer {'o' * 32}")
    assert response.status_code == 401


@pytest.mark.parametrize("secret", ["{}", "no json", '{"tokens": [{"token": "short"}]}'])
def test_api_without_valid_tokens_is_not_configured(
    regulations: RegulationsFunctions, secret: str
) -> None:
    """It refuses every request with an error code of its own."""
    boto3.client("secretsmanager").put_secret_value(SecretId="tokens", SecretString=secret)
    response = regulations.call("GET", "/v2/regulations")
    assert (response.status_code, response.json()["code"]) == (503, "NOT_CONFIGURED")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/regulations/unknown"),
        ("DELETE", "/v2/regulations/unknown"),
        ("GET", "/v2/regulations/unknown/report"),
        ("GET", "/elsewhere"),
        ("PUT", "/v2/regulations"),
    ],
)
def test_unknown_path_is_not_found(
    regulations: RegulationsFunctions, method: str, path: str
) -> None:
    """With an error code."""
    response = regulations.call(method, path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_missing_table_is_unavailable(regulations: RegulationsFunctions) -> None:
    """Nothing is promised, and the caller may repeat the request."""
    boto3.client("dynamodb").delete_table(TableName="suppressions")
    response = regulations.request_deletion("ann")
    assert (response.status_code, response.json()["code"]) == (503, "UNAVAILABLE")
