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

# At this level ISA-L is five times as fast as zlib at its fastest, and compresses a little better.
GZIP_LEVEL: Final = 2
GZIP_FORMAT: Final = 31  # zlib's number for gzip, with the largest window


def gzip_body(request: Request) -> bytes:
    """A request's body, compressed."""
    return isal_zlib.compress(request.body, GZIP_LEVEL, GZIP_FORMAT)


@dataclass(frozen=True, slots=True)
class IngestionClient:
    """The ingestion API of one project, over an HTTP client that the caller owns.

    `most_bytes` holds the longest allowed body of an endpoint, once a longer one was rejected. It
    belongs to the container, and is shared by all its invocations.
    """

    http: httpx.Client
    destination: Destination
    most_bytes: MutableMapping[Endpoint, int] = field(default_factory=dict)

    def send(self, request: Request) -> MixpanelResponse | NoResponse:
        """Send one request, once, and return the response."""
        import_api = request.endpoint == "import"
        return send(
            self.http,
            "POST",
            f"{self.destination.ingestion_url}/{request.endpoint}",
            params=self.query(request.endpoint),
            # The other endpoints do not accept gzip: developer.mixpanel.com/reference/profile-set
            content=gzip_body(request) if import_api else request.body,
            headers=JSON | ({"Content-Encoding": "gzip"} if import_api else {}),
            auth=self.credentials() if import_api else httpx.USE_CLIENT_DEFAULT,
        )

    def query(self, endpoint: Endpoint) -> dict[str, str]:
        """The query of an endpoint; `ip=0` keeps Mixpanel from locating users at this server."""
        if endpoint == "import":
            strict = "1" if self.destination.strict_mode else "0"
            project = self.destination.project_id
            query = {"strict": strict, "verbose": "1", "ip": "0"}
            return query | ({"project_id": project} if project else {})
        return {"verbose": "1" if endpoint == "track" else "2", "ip": "0"}

    def credentials(self) -> httpx.BasicAuth:
        """The credentials of /import; the other endpoints take the token in the body instead."""
        return httpx.BasicAuth(self.destination.import_username, self.destination.import_password)
