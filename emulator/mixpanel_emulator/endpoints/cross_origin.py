"""What browsers ask for before a page of another origin may send data or read the response."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from mixpanel_emulator.endpoints.exchange import ApiResponse, Exchange
from mixpanel_emulator.rules.endpoints import INGESTION

# Content-Type is not among the headers, so that browsers send no JSON.
PREFLIGHT_HEADERS: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "X-Requested-With",
}
PREFLIGHT_RESPONSE: Final = ApiResponse(
    HTTPStatus.NO_CONTENT, b"", "text/plain", headers=PREFLIGHT_HEADERS
)


def is_preflight(exchange: Exchange) -> bool:
    """Whether a browser asks what a page may send."""
    asks = "access-control-request-method" in exchange.headers
    return exchange.method == "OPTIONS" and asks and is_cross_origin(exchange)


def is_cross_origin(exchange: Exchange) -> bool:
    """Whether a page sends this to an endpoint that is open to pages."""
    return "origin" in exchange.headers and exchange.endpoint in INGESTION


def allow_origin(exchange: Exchange, response: ApiResponse) -> ApiResponse:
    """Allow the page that sent a request to read the response, as Mixpanel does for any page."""
    if not is_cross_origin(exchange):
        return response
    allowed = {
        "Access-Control-Allow-Origin": exchange.headers["origin"],
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }
    return replace(response, headers={**response.headers, **allowed})
