"""Headers that the gateway passes as null, or not at all, are missing, and no error of ours."""

import base64
import json
from typing import Any

import pytest

from tests.build import track
from tests.functions.context import Context, as_httpx
from tests.functions.receiving import KEYS, ReceivingFunction, basic
from tests.functions.regulations import RegulationsContext, RegulationsFunctions

# What the gateway, its console, or another caller may pass as the headers of a request
WITHOUT_AUTHORIZATION: dict[str, dict[str, Any]] = {
    "no headers": {},
    "headers are null": {"headers": None, "multiValueHeaders": None},
    "headers are empty": {"headers": {}, "multiValueHeaders": {}},
    "headers are text": {"headers": "Authorization", "multiValueHeaders": "Authorization"},
    "headers are a list": {"headers": ["Authorization"], "multiValueHeaders": [None]},
    "it is null": {"headers": {"Authorization": None}},
    "its values are null": {
        "headers": {"authorization": None},
        "multiValueHeaders": {"authorization": None, "Origin": None},
    },
    "its values are a list of null": {
        "headers": {"Authorization": None, "Origin": None},
        "multiValueHeaders": {"Authorization": [None], "Origin": []},
    },
    "it is a number": {"headers": {"Authorization": 5}},
    "it is a list": {"headers": {"Authorization": [basic(KEYS["web"])]}},
    "it is an object": {"headers": {"Authorization": {}}},
    "it is empty": {"headers": {"Authorization": ""}},
    "it is blank": {"headers": {"Authorization": " "}},
    "it has no credentials": {"headers": {"Authorization": "Basic"}},
    "it is not ASCII": {"headers": {"Authorization": "Basic \u00e9\ud800"}},
}


def gateway_event(method: str, path: str, **fields: Any) -> dict[str, Any]:
    """The event of a request, as the gateway passes it to a function."""
    identity = {"sourceIp": "203.0.113.7"}
    return {
        "httpMethod": method,
        "path": path,
        "resource": path,
        "queryStringParameters": None,
        "body": base64.b64encode(json.dumps(track()).encode()).decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "request", "stage": "api", "identity": identity},
        **fields,
    }


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/webhook"])
@pytest.mark.parametrize("name", WITHOUT_AUTHORIZATION)
def test_request_for_events_without_authorization_gets_401(
    receiving: ReceivingFunction, name: str, path: str
) -> None:
    """With RudderStack's words."""
    response = receiving.invoke(gateway_event("POST", path, **WITHOUT_AUTHORIZATION[name]))
    assert (response.status_code, response.text.strip()) == (
        401,
        "failed to read writekey from header",
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"queryStringParameters": {"writeKey": None}},
        {"multiValueQueryStringParameters": {"writeKey": None}},
        {"multiValueQueryStringParameters": {"writeKey": [5, None]}},
        {"queryStringParameters": ["writeKey"]},
    ],
    ids=str,
)
def test_beacon_with_a_parameter_that_is_not_text_gets_401(
    receiving: ReceivingFunction, parameters: dict[str, Any]
) -> None:
    """It counts as missing."""
    response = receiving.invoke(gateway_event("POST", "/beacon/v1/batch", **parameters))
    assert (response.status_code, response.text.strip()) == (
        401,
        "failed to read writekey from query params",
    )


@pytest.mark.parametrize("name", WITHOUT_AUTHORIZATION)
def test_request_for_regulations_without_authorization_gets_401(
    regulations: RegulationsFunctions, name: str
) -> None:
    """On every path that asks for a token."""
    handler = regulations.app("regulations_api")["handler"]
    statuses = {
        path: as_httpx(
            handler(
                gateway_event(method, path, **WITHOUT_AUTHORIZATION[name]), RegulationsContext()
            )
        ).status_code
        for method, path in (
            ("GET", "/v2/regulations"),
            ("POST", "/v2/regulations"),
            ("POST", "/v2/regulations/search"),
            ("GET", "/v2/regulations/r-1"),
            ("DELETE", "/v2/regulations/r-1"),
            ("GET", "/v2/regulations/r-1/report"),
            ("POST", "/v2/regulations/r-1/report"),
            ("POST", "/deleteUsers"),
        )
    }
    assert set(statuses.values()) == {401}, statuses


def test_other_headers_may_be_null(receiving: ReceivingFunction) -> None:
    """Only the one that is needed has to be there."""
    headers = {"Authorization": basic(KEYS["web"]), "Content-Encoding": None, "Origin": None}
    lists = {"Authorization": [basic(KEYS["web"])], "Content-Encoding": None, "Origin": [None]}
    event = gateway_event("POST", "/v1/track", headers=headers, multiValueHeaders=lists)
    assert receiving.invoke(event).status_code == 200


def test_event_of_the_gateway_is_not_changed(receiving: ReceivingFunction) -> None:
    """The runtime may still need it."""
    event = gateway_event("POST", "/v1/track", headers={"Authorization": None})
    before = json.dumps(event)
    receiving.app["handler"](event, Context())
    assert json.dumps(event) == before
