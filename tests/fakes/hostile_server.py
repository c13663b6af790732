"""Servers that misbehave, on real sockets of this machine."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, Self

type Behavior = Callable[[socket.socket], object]
# As `socket.getaddrinfo` returns it
type Address = tuple[int, int, int, str, tuple[str, int]]

# A slow reader is slow only when neither system buffers much for it. Segments as long as in other
# networks keep the buffer of the client short: on a loopback they are long, and so is the buffer.
RECEIVE_BUFFER = 8_192
SEGMENT = 1_460


class HostileServer(ThreadingTCPServer):
    """Treats every connection as `behavior` says, while the `with` block lasts."""

    def __init__(self, behavior: Behavior, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), ConnectionHandler, bind_and_activate=False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        self.server_bind()
        self.server_activate()
        self.behavior = behavior
        self.context = context
        self.connections: list[socket.socket] = []
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        """Start to accept connections."""
        self.thread = threading.Thread(target=self.serve_forever, args=[0.01])
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections, and wait for their threads."""
        self.shutdown()
        self.thread.join()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone."""


class ConnectionHandler(BaseRequestHandler):
    """One connection."""

    server: HostileServer

    def handle(self) -> None:
        """Encrypt the connection if that is asked for, and misbehave."""
        connection = self.request
        if self.server.context:
            connection = self.server.context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        self.server.connections.append(connection)
        with connection:
            if self.server.context:
                connection.do_handshake()
            self.server.behavior(connection)


def read_request(connection: socket.socket) -> bytes:
    """Read one request; empty when the client has gone."""
    request = b""
    while not is_complete(request):
        received = connection.recv(65_536)
        if not received:
            return b""
        request += received
    return request


def is_complete(request: bytes) -> bool:
    """Whether the head of a request has arrived, and a body of the length that it names."""
    head, end, body = request.partition(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length: ")
    return bool(end) and len(body) >= int(rest.partition(b"\r\n")[0] or 0)


def response(
    body: bytes = b"", *headers: bytes, status: bytes = b"200 OK", length: int | None = None
) -> bytes:
    """A response with these headers, and with the length of its body, or another one."""
    length_header = b"Content-Length: %d" % (len(body) if length is None else length)
    return b"\r\n".join([b"HTTP/1.1 " + status, length_header, *headers, b"", body])


def responding(*responses: bytes) -> Behavior:
    """Responds to the requests of a connection, in turn; then it reads until the client goes."""

    def respond(connection: socket.socket) -> None:
        for sent in responses:
            if not read_request(connection):
                return
            connection.sendall(sent)
        say_nothing(connection)

    return respond


def closing(*responses: bytes) -> Behavior:
    """Responds to the requests of a connection, in turn, and closes it."""

    def respond(connection: socket.socket) -> None:
        for sent in responses:
            read_request(connection)
            connection.sendall(sent)

    return respond


def dripping(*pieces: bytes, pause: float = 0.1, first: bytes = b"") -> Behavior:
    """Responds with the pieces, each after a pause."""

    def respond(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        for piece in pieces:
            time.sleep(pause)
            connection.sendall(piece)

    return respond


def endless(first: bytes, piece: bytes) -> Behavior:
    """Responds with the first piece, and with the other one until the client goes."""

    def respond(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        while True:
            connection.sendall(piece)

    return respond


def reading_slowly(size: int = 4_096, pause: float = 0.3) -> Behavior:
    """Reads so many bytes after each pause, and never responds."""

    def read(connection: socket.socket) -> None:
        while connection.recv(size):
            time.sleep(pause)

    return read


def say_nothing(connection: socket.socket) -> None:
    """Read until the client goes."""
    while connection.recv(65_536):
        pass


def forwarding(port: int) -> Behavior:
    """Passes everything on to a server on this machine, and back."""

    def forward(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=copy, args=[server, connection])
            back.start()
            copy(connection, server)
            back.join()

    return forward


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on what arrives, and the end."""
    with suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def silent_addresses(count: int) -> Iterator[list[Address]]:
    """Addresses at which nobody answers: neither accepted nor refused."""
    with ExitStack() as stack:
        listening = [stack.enter_context(socket.socket()) for _ in range(count)]
        for server in listening:
            server.bind(("127.0.0.1", 0))
            # The queue of a server that accepts nobody has room for one connection, this one.
            server.listen(0)
            stack.enter_context(socket.create_connection(server.getsockname()))
        yield [address_of(server.getsockname()) for server in listening]


def address_of(server: tuple[str, int]) -> Address:
    """An address as a look-up returns it."""
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", server)
