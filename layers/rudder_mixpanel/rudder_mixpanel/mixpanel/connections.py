"""Connections to Mixpanel: each request has one time limit, and no other request's response.

httpx and httpcore limit each step of a request, and a slow server can take many steps.
"""
# ruff: noqa: ARG002 - httpcore passes arguments that are not used here

import select
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final

import httpcore

from rudder_mixpanel.mixpanel.addresses import Resolver, connect_first

KEPT_OPEN: Final = 5.0  # seconds
# A response about 2,000 events, each rejected with a sentence, is far shorter.
RESPONSE_BYTES: Final = 4_000_000
# Bytes of a TLS record. A write fails or succeeds as a whole, and what arrives is seen in between.
PIECE: Final = 16_384
# What a socket without time limit raises when nothing has arrived.
NOTHING_ARRIVED: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Exchange(threading.local):
    """The request that a thread sends: when it must end, and what was sent and received of it."""

    def __init__(self) -> None:
        self.begin(0, 0)

    def begin(self, seconds: float, to_connect: float) -> None:
        """Start a request that may take so many seconds, and so many of them to connect."""
        now = monotonic()
        self.ends_at = now + seconds
        self.connects_by = now + min(seconds, to_connect)
        self.sent = False
        self.received = 0


def seconds_until(end: float) -> float:
    """The seconds until then, by the monotonic clock. Raises TimeoutError when there are none."""
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError("the request has taken too long")
    return left


@contextmanager
def raising(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Raises these exceptions in place of TimeoutError and of any other OSError."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error


class Stream(httpcore.NetworkStream):
    """A connection on which no step takes longer than its request has left.

    The time limits that httpcore passes are those of single steps, and are not used.
    """

    def __init__(self, connection: socket.socket, exchange: Exchange) -> None:
        self.connection = connection
        self.exchange = exchange
        # What arrived before a request was complete: it cannot be the response to that request.
        self.early = b""
        self.has_read_early = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived.

        Raises httpcore.ReadTimeout when the request has taken too long, and httpcore.ReadError when
        the connection fails or the response does not end.
        """
        if self.early and not self.has_read_early:
            self.has_read_early = True
            return self.early
        with raising(httpcore.ReadTimeout, httpcore.ReadError):
            self.connection.settimeout(seconds_until(self.exchange.ends_at))
            data = self.connection.recv(max_bytes)
        self.exchange.received += len(data)
        if self.exchange.received > RESPONSE_BYTES:
            raise httpcore.ReadError("the response does not end")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write the whole buffer.

        Raises httpcore.WriteTimeout and httpcore.WriteError; while nothing of the request has been
        sent, httpcore.ConnectTimeout and httpcore.ConnectError.
        """
        rest = memoryview(buffer)
        while rest:
            rest = rest[self.write_piece(rest[:PIECE]) :]

    def write_piece(self, piece: memoryview) -> int:
        """Write what the connection takes of a piece, and return the number of bytes.

        Raises the exceptions of `write`.
        """
        sent = self.exchange.sent
        late = httpcore.WriteTimeout if sent else httpcore.ConnectTimeout
        failed = httpcore.WriteError if sent else httpcore.ConnectError
        with raising(late, failed):
            self.read_early()
            if self.early and not sent:
                raise ConnectionError("the server responded before the request")
            self.connection.settimeout(seconds_until(self.exchange.ends_at))
            count = self.connection.send(piece)
        self.exchange.sent = True
        return count

    def read_early(self) -> None:
        """Read what has arrived before the request is complete.

        Raises OSError, also when the connection was closed before anything was sent.
        """
        if not self.early:
            self.connection.settimeout(0)
            with suppress(*NOTHING_ARRIVED):
                self.early = self.connection.recv(PIECE)
                if not self.early and not self.exchange.sent:
                    raise ConnectionError("the server closed the connection before the request")

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Encrypt the connection. Raises httpcore.ConnectTimeout or httpcore.ConnectError."""
        try:
            with raising(httpcore.ConnectTimeout, httpcore.ConnectError):
                self.connection.settimeout(seconds_until(self.exchange.connects_by))
                self.connection = ssl_context.wrap_socket(
                    self.connection, server_hostname=server_hostname
                )
        except Exception:
            self.close()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection: whether it can be read, and its TLS."""
        if info == "is_readable":
            return self.is_readable
        if info == "ssl_object" and isinstance(self.connection, ssl.SSLSocket):
            return self.connection
        return None

    @property
    def is_readable(self) -> bool:
        """Whether something arrived that no request asked for, or the connection is closed."""
        if self.early or self.connection.fileno() < 0:
            return True
        if isinstance(self.connection, ssl.SSLSocket) and self.connection.pending():
            return True
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))


class Network(httpcore.NetworkBackend):
    """Connects to hosts: looking up the name and trying all addresses share one time limit."""

    def __init__(self, exchange: Exchange, resolver: Resolver) -> None:
        self.exchange = exchange
        self.resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection. Raises httpcore.ConnectTimeout or httpcore.ConnectError."""
        end = self.exchange.connects_by
        with raising(httpcore.ConnectTimeout, httpcore.ConnectError):
            addresses = self.resolver.addresses(host, port, seconds_until(end))
            connection = connect_first(addresses, end)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Stream(connection, self.exchange)


class Connection(httpcore.HTTPConnection):
    """A connection that is closed when the server has sent more than the response."""

    def has_expired(self) -> bool:
        """Whether the next request must not use it. httpcore asks before each request."""
        # Another thread may have started to use it while this one looks.
        return (super().has_expired() or self.has_unread_response) and not self.is_in_use

    @property
    def has_unread_response(self) -> bool:
        """Whether more than the response was read, which httpcore would take for the next one."""
        connection = self._connection
        if not isinstance(connection, httpcore.HTTP11Connection) or not connection.is_idle():
            return False
        unread, _ = connection._h11_state.trailing_data  # noqa: SLF001 - httpcore has no name for it
        return bool(unread)

    @property
    def is_in_use(self) -> bool:
        """Whether a request is being sent over it."""
        return not (self.is_idle() or self.is_closed())


class ConnectionPool(httpcore.ConnectionPool):
    """Connections that are kept open; one for each request that is sent at the same time."""

    def __init__(self, context: ssl.SSLContext, network: Network) -> None:
        super().__init__(
            # A request that waited for a connection would lose time; lanes limit their number.
            max_connections=None,
            # A connection that was open while the container was frozen no longer works.
            keepalive_expiry=KEPT_OPEN,
        )
        self.context = context
        self.network = network

    def create_connection(self, origin: httpcore.Origin) -> httpcore.ConnectionInterface:
        """A connection to this origin, which its first request opens."""
        return Connection(
            origin,
            ssl_context=self.context,
            keepalive_expiry=KEPT_OPEN,
            network_backend=self.network,
        )
