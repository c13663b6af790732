"""Hostile servers do what they promise; otherwise the tests that use them prove nothing."""

import select
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.certificates import tls_contexts
from tests.fakes.hostile_server import (
    Behavior,
    HostileServer,
    closing,
    dripping,
    endless,
    forwarding,
    reading_slowly,
    responding,
    response,
    say_nothing,
    silent_addresses,
)

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n[]"


def connect(server: HostileServer) -> socket.socket:
    """A connection to a server."""
    return socket.create_connection(("127.0.0.1", server.server_address[1]))


@pytest.mark.parametrize(
    ("behavior", "received"),
    [
        (closing(response(b"1")), b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"),
        (dripping(b"2", b"3", first=b"1", pause=0.01), b"123"),
    ],
)
def test_response_is_as_given(behavior: Behavior, received: bytes) -> None:
    """Until the server closes the connection."""
    with HostileServer(behavior) as server, connect(server) as client:
        client.sendall(REQUEST)
        assert client.makefile("rb").read() == received


@pytest.mark.parametrize("behavior", [responding, closing])
def test_requests_of_a_connection_get_their_responses_in_turn(
    behavior: Callable[..., Behavior],
) -> None:
    """One connection carries several requests."""
    with HostileServer(behavior(b"1", b"2")) as server, connect(server) as client:
        received = []
        for _ in range(2):
            client.sendall(REQUEST)
            received.append(client.recv(10))
        assert (received, len(server.connections)) == ([b"1", b"2"], 1)


def test_endless_response_does_not_end() -> None:
    """A million bytes are not the end."""
    with HostileServer(endless(b"1", b"2" * 1000)) as server, connect(server) as client:
        client.sendall(REQUEST)
        assert client.makefile("rb").read(1_000_000) == b"1" + b"2" * 999_999


@pytest.mark.parametrize("behavior", [say_nothing, responding()])
def test_silent_server_sends_nothing(behavior: Behavior) -> None:
    """It accepts the connection and reads the request."""
    with HostileServer(behavior) as server, connect(server) as client:
        client.sendall(REQUEST)
        assert select.select([client], [], [], 0.1)[0] == []


def test_slow_reader_stops_the_writer() -> None:
    """Little fits between the two; after that, each read lets the writer continue."""
    with HostileServer(reading_slowly(pause=0.05)) as server, connect(server) as client:
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.sendall(b"x" * 500_000)


def test_forwarded_request_has_the_response_of_the_other_server() -> None:
    """And nothing is added to it."""
    with (
        HostileServer(closing(b"1")) as other,
        HostileServer(forwarding(other.server_address[1])) as server,
        connect(server) as client,
    ):
        client.sendall(REQUEST)
        assert client.makefile("rb").read() == b"1"


def test_silent_address_neither_accepts_nor_refuses() -> None:
    """A connection to it stays pending."""
    with silent_addresses(2) as addresses:
        for *_, address in addresses:
            with socket.socket() as client:
                client.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    client.connect(address)


def test_server_speaks_tls(tmp_path: Path) -> None:
    """With a certificate that its clients trust, and others do not."""
    server_context, client_context = tls_contexts(tmp_path)
    with HostileServer(closing(b"1"), server_context) as server:
        with client_context.wrap_socket(connect(server), server_hostname="127.0.0.1") as client:
            client.sendall(REQUEST)
            assert (client.recv(1), server.url[:5]) == (b"1", "https")
        with pytest.raises(ssl.SSLCertVerificationError), connect(server) as client:
            ssl.create_default_context().wrap_socket(client, server_hostname="127.0.0.1")
