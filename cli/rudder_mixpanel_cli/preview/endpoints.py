"""Method and URL of each Mixpanel endpoint, as the stack's own client sends requests."""

from collections.abc import Hashable
from typing import Final, TypedDict, get_args

import httpx

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint, Operation


class RequestLine(TypedDict):
    """Method and URL of a request."""

    method: str
    url: str


type RequestLines = dict[Endpoint, RequestLine]

ENDPOINTS: Final[tuple[Endpoint, ...]] = get_args(Endpoint.__value__)
CACHE_SIZE: Final = 256


class EndpointCache:
    """Request lines by destination: dynamic settings can give each event its own destination."""

    def __init__(self) -> None:
        self.cache: dict[Hashable, RequestLines] = {}

    def request_line(self, destination: Destination, endpoint: Endpoint) -> RequestLine:
        """Method and URL with which the destination's requests to the endpoint are sent."""
        if destination.connection not in self.cache:
            if len(self.cache) >= CACHE_SIZE:
                self.cache.clear()
            self.cache[destination.connection] = request_lines(destination)
        return self.cache[destination.connection][endpoint]


def request_lines(destination: Destination) -> RequestLines:
    """Method and URL for each endpoint, captured from the client that the stack sends with."""
    captured: list[httpx.Request] = []

    def capture(request: httpx.Request) -> httpx.Response:
        captured.append(request)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(capture)) as http:
        client = IngestionClient(http, destination)
        for endpoint in ENDPOINTS:
            client.send(Request((Operation(endpoint, {}),)))
    return {
        endpoint: {"method": request.method, "url": str(request.url)}
        for endpoint, request in zip(ENDPOINTS, captured, strict=True)
    }
