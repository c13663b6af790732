"""Whether a project token is accepted is read from the response to a probe, and only from there."""

import base64
from typing import Any

import httpx
import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.token_probe import probe_token
from rudder_mixpanel.mixpanel.transport import http_client
from tests.build import TOKEN
from tests.fakes.ingestion import RequestHandler, accepted_token, imported, partly_imported

URL = "https://api-eu.mixpanel.com"
UNAUTHORIZED = {"code": 401, "error": "Invalid credentials", "status": "Unauthorized"}


def probe(answer: RequestHandler) -> Kept | None:
    """The result of a probe that gets this answer."""
    return probe_token(http_client(httpx.MockTransport(answer)), URL, TOKEN)


def code_for(response: httpx.Response) -> Code | None:
    """The code of a probe that gets this response; None when the token is accepted."""
    refusal = probe(lambda _request: response)
    return refusal.code if refusal is not None else None


def test_probe_imports_nothing_and_has_only_the_token_as_its_credential() -> None:
    """One event without content; with a project_id, Mixpanel's answer would not be known."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return accepted_token()

    probe(answer)
    (request,) = requests
    assert (
        request.method,
        str(request.url),
        request.content,
        request.headers["Authorization"],
        request.headers["Content-Type"],
    ) == (
        "POST",
        f"{URL}/import?strict=0&verbose=1",
        b"[{}]",
        f"Basic {base64.b64encode(f'{TOKEN}:'.encode()).decode()}",
        "application/json",
    )


@pytest.mark.parametrize(
    "response",
    [
        accepted_token(),
        imported(1),
        partly_imported(1, "no"),
        httpx.Response(400, json={"code": 200, "num_records_imported": 0, "status": 0}),
    ],
)
def test_response_about_events_accepts_the_token(response: httpx.Response) -> None:
    """Mixpanel authenticates before it validates."""
    assert code_for(response) is None


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", [UNAUTHORIZED, {"error": "no"}, {}])
def test_refusal_with_json_refuses_the_token(status: int, body: Any) -> None:
    """It comes from Mixpanel itself, and not from a proxy."""
    assert code_for(httpx.Response(status, json=body)) is Code.CREDENTIALS_REFUSED


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text="1"),
        httpx.Response(200, json=[{"code": 200}]),
        httpx.Response(200, json={"error": None, "status": 1}),
        httpx.Response(200, json=UNAUTHORIZED),
        httpx.Response(200, content=b'{"code": 200, "err'),
        httpx.Response(302, json={"code": 200}),
        httpx.Response(400, text="bad request"),
        httpx.Response(400, json={"code": 400, "error": "over quota", "status": "Bad Request"}),
        httpx.Response(401),
        httpx.Response(401, text="<html>"),
        httpx.Response(403, text="<html>"),
        httpx.Response(403, json="forbidden"),
        httpx.Response(404, json={"code": 404}),
        httpx.Response(408),
        httpx.Response(413, json={"code": 413}),
        httpx.Response(429, json={"code": 429}),
        httpx.Response(500, json={"code": 500}),
        httpx.Response(503, json={"code": 200}),
    ],
)
def test_any_other_response_says_nothing_about_the_token(response: httpx.Response) -> None:
    """An outage or a proxy neither proves nor refuses it."""
    assert code_for(response) is Code.TOKEN_UNPROVEN


@pytest.mark.parametrize("error", [httpx.ReadTimeout(""), httpx.ConnectError("")])
def test_silence_says_nothing_about_the_token(error: Exception) -> None:
    """Nothing was sent under it, so nothing was applied."""

    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    message = f"the project's token could not be checked: {type(error).__name__}"
    assert probe(fail) == Kept(Code.TOKEN_UNPROVEN, message, not_applied=True)


def test_wait_that_mixpanel_asks_for_is_kept() -> None:
    """The operations under the token wait as long."""
    kept = probe(lambda _request: httpx.Response(429, headers={"Retry-After": "40"}))
    assert (kept is not None and kept.wait, kept is not None and kept.not_applied) == (40, True)
