"""HTTP to Mixpanel: one client, one request sent once, and a total time for each.

httpx limits every step of a request, and a slow server can take many: `Deadline` limits all of them.
"""

import logging
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
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
# Seconds for connecting, for each piece of the way, and for all of it: a server that trickles must
# not outlast what delivery reserves for a request.
TIMEOUT: Final = httpx.Timeout(10, connect=3)
LONGEST: Final = 15
# An answer about 2,000 events, each refused with a sentence, is far shorter.
ANSWER_BYTES: Final = 4_000_000
JSON: Final = {"Content-Type": "application/json"}
USER_AGENT: Final = f"rudder-mixpanel/{__version__}"
# The one place that plain HTTP may lead to: the emulator on the same machine.
LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:")


class Deadline(threading.local):
    """When the request of this thread must be over, by the clock that only goes forward."""

    def __init__(self) -> None:
        self.at = float("inf")

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Limit whatever the block asks of the network."""
        self.at = monotonic() + seconds
        try:
            yield
        finally:
            self.at = float("inf")

    def left(self, timeout: float | None) -> float:
        """The time that a step may take, at most what is left; a hair's breadth when nothing is."""
        return max(0.001, min(timeout or float("inf"), self.at - monotonic()))

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return monotonic() >= self.at


DEADLINE: Final = Deadline()


class Stream(httpcore.NetworkStream):
    """A connection on which no step lasts longer than its request may."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes; each piece alone may come in time, and all of them not."""
        if self.deadline.is_over:
            raise httpcore.ReadTimeout("the request has taken too long")
        return self.stream.read(max_bytes, self.deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self.stream.write(buffer, self.deadline.left(timeout))

    def close(self) -> None:
        """End the connection."""
        self.stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on encrypted."""
        left = self.deadline.left(timeout)
        return Stream(self.stream.start_tls(ssl_context, server_hostname, left), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore wants to know of the connection."""
        return self.stream.get_extra_info(info)


class Network(httpcore.SyncBackend):
    """The network, with a deadline."""

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
        """Connect."""
        left = self.deadline.left(timeout)
        stream = super().connect_tcp(host, port, left, local_address, socket_options)
        return Stream(stream, self.deadline)


class Transport(httpx.HTTPTransport):
    """httpx's own transport, over a network with a deadline."""

    def __init__(self, context: ssl.SSLContext, deadline: Deadline) -> None:
        super().__init__(verify=context)
        # httpx has no argument for what its pool builds upon.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            # What was kept open while the container was frozen is long gone.
            keepalive_expiry=KEPT_OPEN,
            network_backend=Network(deadline),
        )


def http_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A connection pool for as long as the container stays warm."""
    # Its line for each request has the address, which names the project's token.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # One TLS context a container: reading the certificates is the dearest part of a client.
    return httpx.Client(
        transport=transport or Transport(httpx.create_ssl_context(), DEADLINE),
        timeout=TIMEOUT,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


def send(
    http: httpx.Client,
    method: str,
    url: str,
    *,
    params: Mapping[str, str],
    content: bytes | None,
    headers: Mapping[str, str],
    auth: Any = httpx.USE_CLIENT_DEFAULT,
) -> MixpanelResponse | NoResponse:
    """Send one request, once, within its total time, and return what came back."""
    try:
        with (
            DEADLINE.within(LONGEST),
            http.stream(
                method, url, params=params, content=content, headers=headers, auth=auth
            ) as response,
        ):
            return MixpanelResponse(
                response.status_code, read_body(response), retry_after(response)
            )
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        return NoResponse(type(error).__name__, sent=False)
    except Exception as error:  # noqa: BLE001 - an unexpected response must not end the batch
        return NoResponse(type(error).__name__, sent=True)


def checked_base_url(base_url: str) -> str:
    """The address of a sandbox or a proxy without a final slash, empty for none.

    Raises ConfigurationError where it is neither https nor on this machine.
    """
    if base_url and not base_url.startswith(("https://", *LOOPBACK)):
        raise ConfigurationError("MIXPANEL_BASE_URL", "expected an https address, or none")
    return base_url.rstrip("/")


def read_body(response: httpx.Response) -> bytes:
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
