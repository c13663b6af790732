"""Mixpanel's ingestion API over HTTP."""

from typing import Final

import httpx
from isal import isal_zlib

from rudder_mixpanel.answers import Answer, NoAnswer
from rudder_mixpanel.batching import Request
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.operations import Endpoint

# Seconds. Together below what delivery reserves for a request that it starts.
TIMEOUT: Final = httpx.Timeout(10, connect=3)
# ISA-L packs at this level five times faster than zlib does at its fastest, and a little better.
GZIP_LEVEL: Final = 2
GZIP_FORMAT: Final = 31  # zlib's number for it, with the largest window
JSON: Final = {"Content-Type": "application/json"}


def http_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A connection pool for as long as the container stays warm."""
    # One TLS context a container: reading the certificates is the dearest part of a client.
    return httpx.Client(
        transport=transport,
        verify=httpx.create_ssl_context(),
        timeout=TIMEOUT,
        headers={"User-Agent": "rudder-mixpanel"},
    )


def packed(request: Request) -> bytes:
    """A request's body in gzip."""
    return isal_zlib.compress(request.body, GZIP_LEVEL, GZIP_FORMAT)


class Mixpanel:
    """One project's ingestion API, over a client that the caller owns."""

    def __init__(self, http: httpx.Client, destination: Destination) -> None:
        self.http = http
        self.destination = destination

    def send(self, request: Request) -> Answer | NoAnswer:
        """Send one request, once, and tell what came back."""
        import_api = request.endpoint == "import"
        try:
            response = self.http.post(
                f"{self.destination.ingestion_url}/{request.endpoint}",
                params=self.query(request.endpoint),
                # /engage and /groups do not unpack: developer.mixpanel.com/reference/profile-set
                content=packed(request) if import_api else request.body,
                headers=JSON | ({"Content-Encoding": "gzip"} if import_api else {}),
                auth=self.credentials() if import_api else httpx.USE_CLIENT_DEFAULT,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return NoAnswer(type(error).__name__, sent=False)
        except httpx.RequestError as error:
            return NoAnswer(type(error).__name__, sent=True)
        return Answer(response.status_code, response.content)

    def query(self, endpoint: Endpoint) -> dict[str, str]:
        """The query of an endpoint; `ip=0` so that nobody is located at a data centre."""
        if endpoint == "import":
            strict = "1" if self.destination.strict_mode else "0"
            project = self.destination.project_id
            query = {"strict": strict, "verbose": "1", "ip": "0"}
            return query | ({"project_id": project} if project else {})
        return {"verbose": "1" if endpoint == "track" else "2", "ip": "0"}

    def credentials(self) -> httpx.BasicAuth:
        """Who may import; the other endpoints take a token in the body, and no header."""
        return httpx.BasicAuth(self.destination.import_username, self.destination.import_password)
