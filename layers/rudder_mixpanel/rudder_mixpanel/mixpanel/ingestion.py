"""Mixpanel's ingestion API over HTTP."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Final

import httpx
from isal import isal_zlib

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.operations import Endpoint
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.transport import JSON, send

# ISA-L packs at this level five times faster than zlib does at its fastest, and a little better.
GZIP_LEVEL: Final = 2
GZIP_FORMAT: Final = 31  # zlib's number for it, with the largest window


def gzip_body(request: Request) -> bytes:
    """A request's body in gzip."""
    return isal_zlib.compress(request.body, GZIP_LEVEL, GZIP_FORMAT)


@dataclass(frozen=True, slots=True)
class IngestionClient:
    """One project's ingestion API, over a client that the caller owns.

    `most_bytes` remembers for each endpoint how long a body may be, once a longer one was refused;
    it is the container's, and shared by all its invocations.
    """

    http: httpx.Client
    destination: Destination
    most_bytes: MutableMapping[Endpoint, int] = field(default_factory=dict)

    def send(self, request: Request) -> MixpanelResponse | NoResponse:
        """Send one request, once, and tell what came back."""
        import_api = request.endpoint == "import"
        return send(
            self.http,
            "POST",
            f"{self.destination.ingestion_url}/{request.endpoint}",
            params=self.query(request.endpoint),
            # The others do not unpack: developer.mixpanel.com/reference/profile-set
            content=gzip_body(request) if import_api else request.body,
            headers=JSON | ({"Content-Encoding": "gzip"} if import_api else {}),
            auth=self.credentials() if import_api else httpx.USE_CLIENT_DEFAULT,
        )

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
