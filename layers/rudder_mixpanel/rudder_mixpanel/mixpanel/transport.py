"""HTTP to Mixpanel: one client, and requests that are sent once and have a total time limit.

httpx limits each step of a request, and a slow server can take many steps: `Deadline` limits their
sum.
"""

import logging
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Final

import httpcore
import httpx

from rudder_mixpanel import __version__
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse

KEPT_OPEN: Final = 5.0  # seconds
# Seconds to connect, for each step, and for the whole request: a server that sends a few bytes at a
# time must not exceed what delivery reserves for a request.
TIMEOUT: Final = httpx.Timeout(10, connect=3)
LONGEST: Final = 15
# A response about 2,000 events, each rejected with a sentence, is far shorter.
RESPONSE_BYTES: Final = 4_000_000
JSON: Final = {"Content-Type": "application/json"}
USER_AGENT: Final = f"rudder-mixpanel/{__version__}"
# Plain HTTP is only for the emulator on the same machine.
LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:")


class Deadline(threading.local):
    """When the request of this thread must end, by the monotonic clock."""

    def __init__(self) -> None:
        self.at = float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit the total time of the network calls in the block."""
        self.at = monotonic() + seconds
        try:
            yield
        finally:
            self.at = float("inf")

    def left(self, timeout: float | None) -> float:
        """The time limit of one step: its own, or what is left of the request; never zero."""
        return max(0.001, min(timeout or float("inf"), self.at - monotonic()))

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return monotonic() >= self.at


DEADLINE: Final = Deadline()


class Stream(httpcore.NetworkStream):
    """A connection on which no step takes longer than its request has left."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived. Raises httpcore.ReadTimeout when the deadline has passed."""
        if self.deadline.is_over:
            raise httpcore.ReadTimeout("the request has taken too long")
        return self.stream.read(max_bytes, self.deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write the whole buffer."""
        self.stream.write(buffer, self.deadline.left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Encrypt the connection."""
        left = self.deadline.left(timeout)
        return Stream(self.stream.start_tls(ssl_context, server_hostname, left), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        """A property of the connection."""
        return self.stream.get_extra_info(info)


class Network(httpcore.SyncBackend):
    """A network backend with a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection."""
        left = self.deadline.left(timeout)
        stream = super().connect_tcp(host, port, left, local_address, socket_options)
        return Stream(stream, self.deadline)


class Transport(httpx.HTTPTransport):
    """httpx's transport, over a network backend with a deadline."""

    def __init__(self, context: ssl.SSLContext, deadline: Deadline) -> None:
        super().__init__(verify=context)
        # httpx has no argument for the network backend of its pool.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            # A connection that was open while the container was frozen no longer works.
            keepalive_expiry=KEPT_OPEN,
            network_backend=Network(deadline),
        )


def http_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client with a connection pool, to be used for the life of the container."""
    # httpx logs the URL of each request, which can contain the project's token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # One TLS context for each container: loading the certificates is the slowest part of a client.
    return httpx.Client(
        transport=transport or Transport(httpx.create_ssl_context(), DEADLINE),
        timeout=TIMEOUT,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
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
        with (
            DEADLINE.within(LONGEST),
            http.stream(method, url, **options) as response,
        ):
            return MixpanelResponse(
                response.status_code, read_body(response), retry_after(response)
            )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
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
    """The body of a response. Raises httpx.ReadTimeout when it is far too long."""
    if "Content-Encoding" in response.headers:
        # No compression was requested, and a few bytes can expand to gigabytes.
        return b""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > RESPONSE_BYTES:
            raise httpx.ReadTimeout("the response does not end", request=response.request)
    return bytes(body)


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
