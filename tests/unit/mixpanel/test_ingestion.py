"""Requests as Mixpanel receives them, over the real HTTP client."""

import base64
import gzip
from typing import Any

import httpx
import pytest

from rudder_mixpanel import __version__
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint, Operation
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.transport import LONGEST, http_client
from tests.build import TOKEN, destination
from tests.fakes.ingestion import accept_all, records_in
from tests.operations import event, request, update

EVENT = request(event())
UPDATE = request(update(), lane="engage")
ACCOUNT = {
    "serviceAccountUserName": "rudder.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": 42,
}


def request_to(endpoint: Endpoint) -> Request:
    """A request to an endpoint."""
    return request(Operation(endpoint, {"properties": {}}), lane=endpoint)


def received(sent_request: Request, settings: Destination | None = None) -> httpx.Request:
    """A request as it is received."""
    requests: list[httpx.Request] = []

    def answer(http_request: httpx.Request) -> httpx.Response:
        requests.append(http_request)
        return accept_all(http_request)

    http = http_client(httpx.MockTransport(answer))
    IngestionClient(http, settings or destination()).send(sent_request)
    return requests[0]


def failed_send(error: Exception) -> MixpanelResponse | NoResponse:
    """The result of a network failure."""

    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    http = httpx.Client(transport=httpx.MockTransport(fail))
    return IngestionClient(http, destination()).send(EVENT)


@pytest.mark.parametrize(
    ("residency", "host"),
    [("us", "api.mixpanel.com"), ("eu", "api-eu.mixpanel.com"), ("in", "api-in.mixpanel.com")],
)
def test_request_goes_to_the_region_of_the_project(residency: str, host: str) -> None:
    """Mixpanel does not redirect, and loses data sent to the wrong region."""
    url = received(EVENT, destination(dataResidency=residency)).url
    assert (url.scheme, url.host, url.path) == ("https", host, "/import")


@pytest.mark.parametrize(
    ("endpoint", "config", "query"),
    [
        ("import", {}, {"strict": "1", "verbose": "1", "ip": "0"}),
        ("import", {"strictMode": False}, {"strict": "0", "verbose": "1", "ip": "0"}),
        ("import", ACCOUNT, {"strict": "1", "verbose": "1", "ip": "0", "project_id": "42"}),
        ("import", {"projectId": 42}, {"strict": "1", "verbose": "1", "ip": "0"}),
        ("track", ACCOUNT, {"verbose": "1", "ip": "0"}),
        ("engage", ACCOUNT, {"verbose": "2", "ip": "0"}),
        ("groups", ACCOUNT, {"verbose": "2", "ip": "0"}),
    ],
)
def test_query_asks_for_details_and_no_location(
    endpoint: Endpoint, config: dict[str, Any], query: dict[str, str]
) -> None:
    """The project's id is only sent with a service account."""
    assert dict(received(request_to(endpoint), destination(**config)).url.params) == query


@pytest.mark.parametrize(
    ("config", "credentials"),
    [
        ({}, f"{TOKEN}:"),
        (ACCOUNT, "rudder.mp-service-account:s3cret"),
        ({"apiSecret": "s3cret"}, f"{TOKEN}:"),
        ({"apiSecret": "s3cret", "importAuth": "apiSecret"}, "s3cret:"),
    ],
)
def test_import_has_credentials(config: dict[str, Any], credentials: str) -> None:
    """A service account takes precedence over the token; the API secret is used only on request."""
    scheme, _, encoded = (
        received(EVENT, destination(**config)).headers["Authorization"].partition(" ")
    )
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", credentials)


@pytest.mark.parametrize("endpoint", ["track", "engage", "groups"])
def test_other_endpoints_get_plain_json_and_no_credentials(endpoint: Endpoint) -> None:
    """An Authorization header there can lose the data, and gzip is not supported."""
    headers = received(request_to(endpoint), destination(**ACCOUNT)).headers
    assert (
        {"authorization", "content-encoding", "cookie"} & headers.keys(),
        headers["Content-Type"],
        headers["User-Agent"],
    ) == (set(), "application/json", f"rudder-mixpanel/{__version__}")


def test_import_is_compressed() -> None:
    """The header says gzip, and the same events give the same bytes."""
    first, again = received(EVENT), received(EVENT)
    assert (
        first.headers["Content-Encoding"],
        first.headers["Content-Type"],
        gzip.decompress(first.content),
        first.content == again.content,
    ) == ("gzip", "application/json", EVENT.body, True)


def test_update_is_not_compressed() -> None:
    """The body is the array of operations."""
    assert records_in(received(UPDATE)) == [UPDATE.operations[0].payload]


@pytest.mark.parametrize(
    ("error", "was_sent"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("too slow"), False),
        (httpx.PoolTimeout("none free"), False),
        (httpx.ReadTimeout("too slow"), True),
        (httpx.ReadError("reset"), True),
        (httpx.WriteTimeout("too slow"), True),
        (httpx.WriteError("broken pipe"), True),
        (httpx.CloseError("odd"), True),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), True),
        (httpx.LocalProtocolError("odd"), True),
        (httpx.ProxyError("403"), True),
        (httpx.DecodingError("not gzip"), True),
    ],
)
def test_only_a_missing_connection_is_certain_to_have_sent_nothing(
    error: Exception, *, was_sent: bool
) -> None:
    """The reason is the exception's type, and not its text."""
    assert failed_send(error) == NoResponse(type(error).__name__, was_sent)


def test_redirect_is_not_followed() -> None:
    """Mixpanel never redirects, so no data is sent elsewhere."""
    moved = httpx.Response(307, headers={"Location": "https://elsewhere.test/import"})
    http = http_client(httpx.MockTransport(lambda _request: moved))
    assert IngestionClient(http, destination()).send(EVENT) == MixpanelResponse(307, b"")


def test_request_ends_within_the_time_that_is_reserved_for_it() -> None:
    """The rest is for what follows it."""
    assert 1000 * LONGEST < TIME_FOR_A_REQUEST
