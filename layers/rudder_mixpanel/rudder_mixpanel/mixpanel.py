"""Mixpanel's ingestion API over HTTP."""

import logging
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from isal import isal_zlib

from rudder_mixpanel.answers import Answer, NoAnswer
from rudder_mixpanel.batching import Request
from rudder_mixpanel.deadline import Deadline, Transport
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.operations import Endpoint

# Seconds for connecting, for each piece of the way, and for all of it: a server that trickles must
# not outlast what delivery reserves for a request.
TIMEOUT: Final = httpx.Timeout(10, connect=3)
LONGEST: Final = 15
DEADLINE: Final = Deadline()
# An answer about 2,000 events, each refused with a sentence, is far shorter.
ANSWER_BYTES: Final = 4_000_000
# ISA-L packs at this level five times faster than zlib does at its fastest, and a little better.
GZIP_LEVEL: Final = 2
GZIP_FORMAT: Final = 31  # zlib's number for it, with the largest window
JSON: Final = {"Content-Type": "application/json"}


def http_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A connection pool for as long as the container stays warm."""
    # Its line for each request has the address, which names the project's token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # One TLS context a container: reading the certificates is the dearest part of a client.
    return httpx.Client(
        transport=transport or Transport(httpx.create_ssl_context(), DEADLINE),
        timeout=TIMEOUT,
        headers={"User-Agent": "rudder-mixpanel", "Accept-Encoding": "identity"},
    )


def packed(request: Request) -> bytes:
    """A request's body in gzip."""
    return isal_zlib.compress(request.body, GZIP_LEVEL, GZIP_FORMAT)


@dataclass(frozen=True, slots=True)
class Mixpanel:
    """One project's ingestion API, over a client that the caller owns.

    `most_bytes` remembers for each endpoint how long a body may be, once a longer one was refused;
    it is the container's, and shared by all its invocations.
    """

    http: httpx.Client
    destination: Destination
    most_bytes: MutableMapping[Endpoint, int] = field(default_factory=dict)

    def send(self, request: Request) -> Answer | NoAnswer:
        """Send one request, once, and tell what came back."""
        import_api = request.endpoint == "import"
        try:
            with (
                DEADLINE.within(LONGEST),
                self.http.stream(
                    "POST",
                    f"{self.destination.ingestion_url}/{request.endpoint}",
                    params=self.query(request.endpoint),
                    # The others do not unpack: developer.mixpanel.com/reference/profile-set
                    content=packed(request) if import_api else request.body,
                    headers=JSON | ({"Content-Encoding": "gzip"} if import_api else {}),
                    auth=self.credentials() if import_api else httpx.USE_CLIENT_DEFAULT,
                ) as response,
            ):
                return Answer(response.status_code, whole(response), retry_after(response))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return NoAnswer(type(error).__name__, sent=False)
        except Exception as error:  # noqa: BLE001 - an odd answer must not end the batch
            return NoAnswer(type(error).__name__, sent=True)

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


def whole(response: httpx.Response) -> bytes:
    """An answer's body; raises httpx.ReadTimeout when it never ends."""
    if "Content-Encoding" in response.headers:
        # Nothing packed was asked for, and a few bytes can unpack to gigabytes.
        return b""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES:
            raise httpx.ReadTimeout("the answer does not end", request=response.request)
    return bytes(body)


def retry_after(response: httpx.Response) -> int:
    """The seconds that an answer asks to wait for, 0 for none: RFC 9110, section 10.2.3."""
    told = response.headers.get("Retry-After", "")
    if told.isascii() and told.isdigit():
        return int(told[:9])
    try:
        until, now = parsedate_to_datetime(told), parsedate_to_datetime(response.headers["Date"])
        return max(0, int((until - now).total_seconds()))
    except (ValueError, TypeError, KeyError, OverflowError):
        return 0
