"""A total time for each request: httpx limits every step of it, and a slow server can take many."""

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

import httpcore
import httpx

KEPT_OPEN: Final = 5.0  # seconds


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
