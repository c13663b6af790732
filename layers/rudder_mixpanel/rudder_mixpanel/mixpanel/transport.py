"""HTTP to Mixpanel: one client, and requests that are sent once and have one time limit."""

import logging
import ssl
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final

import httpx

from rudder_mixpanel import __version__
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.addresses import Lookup, Resolver, system_lookup
from rudder_mixpanel.mixpanel.connections import ConnectionPool, Exchange, Network, Stream
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse

# Seconds for a request in all, which delivery reserves for it, and for the part of it before the
# first byte is sent: finding an address that accepts the connection, and encrypting it.
LONGEST: Final = 15
LONGEST_TO_CONNECT: Final = 5
JSON: Final = {"Content-Type": "application/json"}
USER_AGENT: Final = f"rudder-mixpanel/{__version__}"
# Plain HTTP is only for the emulator on the same machine.
LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:")
# The values of Content-Encoding that mean no encoding.
IDENTITY: Final = ("identity", "")
# The exceptions of a request of which nothing was sent.
NOTHING_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Transport(httpx.HTTPTransport):
    """httpx's transport, over connections on which a request has one time limit."""

    def __init__(
        self,
        context: ssl.SSLContext,
        lookup: Lookup = system_lookup,
        longest: float = LONGEST,
        to_connect: float = LONGEST_TO_CONNECT,
    ) -> None:
        super().__init__(verify=context)
        self.longest = longest
        self.to_connect = to_connect
        self.exchange = Exchange()
        # httpx has no argument for its pool.
        self._pool = ConnectionPool(context, Network(self.exchange, Resolver(lookup)))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its time includes reading the response."""
        self.exchange.begin(self.longest, self.to_connect)
        return super().handle_request(request)


def http_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client with a connection pool, to be used for the life of the container."""
    # httpx logs the URL of each request, which can contain the project's token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(
        # One TLS context for each container: loading the certificates is the slowest part of a
        # client.
        transport=transport or Transport(httpx.create_ssl_context()),
        # The transport has a time limit of its own.
        timeout=httpx.Timeout(None),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
        # Cookies would accumulate for the life of the container.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


def send(
    http: httpx.Client,
    method: str,
    url: str,
    **options: Any,
) -> MixpanelResponse | NoResponse:
    """Send one request, once, within its total time, and return the response.

    The options are those of httpx's `Client.stream`.
    """
    try:
        with http.stream(method, url, **options) as response:
            return MixpanelResponse(
                response.status_code, read_body(response), retry_after(response)
            )
    except NOTHING_SENT as error:
        return NoResponse(type(error).__name__, sent=False)
    except Exception as error:  # noqa: BLE001 - an unexpected response must not end the batch
        return NoResponse(type(error).__name__, sent=True)


def checked_base_url(base_url: str) -> str:
    """The URL of a sandbox or proxy without a final slash; empty for none.

    Raises ConfigurationError when it is neither https nor on this machine.
    """
    if base_url and not base_url.startswith(("https://", *LOOPBACK)):
        raise ConfigurationError("MIXPANEL_BASE_URL", "expected an https address, or none")
    return base_url.rstrip("/")


def read_body(response: httpx.Response) -> bytes:
    """The body of a response; empty when it must not be read.

    That is a body in an encoding, which was not requested: a few bytes can expand to gigabytes. And
    one that began before the request was complete: it cannot say what became of the request.
    """
    encodings = response.headers.get_list("Content-Encoding", split_commas=True)
    stream = response.extensions.get("network_stream")
    is_early = isinstance(stream, Stream) and stream.early
    if is_early or any(encoding.strip().lower() not in IDENTITY for encoding in encodings):
        return b""
    return response.read()


def retry_after(response: httpx.Response) -> int:
    """The seconds that Retry-After asks to wait, 0 for none: RFC 9110, section 10.2.3."""
    header = response.headers.get("Retry-After", "")
    if header.isascii() and header.isdigit():
        return int(header[:9])
    try:
        until = parsedate_to_datetime(header)
        now = parsedate_to_datetime(response.headers["Date"])
        return max(0, int((until - now).total_seconds()))
    except (ValueError, TypeError, KeyError, OverflowError):
        return 0
