"""A request ends in time, whatever the server does; over real sockets, with a short limit."""

import os
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from rudder_mixpanel.mixpanel.addresses import Lookup, system_lookup
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.transport import Transport, http_client, send
from tests.build import destination
from tests.fakes.deletion import FakeDeletionDependencies
from tests.fakes.hostile_server import (
    Behavior,
    HostileServer,
    address_of,
    closing,
    dripping,
    endless,
    reading_slowly,
    responding,
    response,
    say_nothing,
    silent_addresses,
)
from tests.operations import event, request

LIMIT = 0.5
# Each piece is in time, but all of them take eight times the limit.
PIECES = 40
# More than the systems of both sides buffer.
LONG_BODY = os.urandom(500_000)
HEAD = b"HTTP/1.1 200 OK\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

# What the server does, and what the request is doing when its time is up
SLOW: dict[str, tuple[Behavior, str]] = {
    "reads slowly": (reading_slowly(), "WriteTimeout"),
    "reads nothing": (lambda _: time.sleep(2 * LIMIT), "WriteTimeout"),
    "says nothing": (say_nothing, "ReadTimeout"),
    "headers": (dripping(*[b"X: 1\r\n"] * PIECES, first=HEAD), "ReadTimeout"),
    "a header": (dripping(*[b"x"] * PIECES, first=HEAD), "ReadTimeout"),
    "100 Continue": (dripping(*[CONTINUE] * PIECES), "ReadTimeout"),
    "body": (dripping(*[b"1"] * PIECES, first=response(length=PIECES)), "ReadTimeout"),
    "chunks": (dripping(*[b"1\r\n1\r\n"] * PIECES, first=CHUNKED), "ReadTimeout"),
    "body without length": (dripping(*[b"1"] * PIECES, first=HEAD + b"\r\n"), "ReadTimeout"),
}
ENDLESS: dict[str, tuple[bytes, bytes, str]] = {
    "headers": (HEAD, b"X: 1\r\n" * 1000, "RemoteProtocolError"),
    "a header": (HEAD, b"x" * 1000, "RemoteProtocolError"),
    "body": (response(length=10**9), b"1" * 1000, "ReadError"),
    "body without length": (HEAD + b"\r\n", b"1" * 1000, "ReadError"),
    "chunks": (CHUNKED, b"3e8\r\n%s\r\n" % (b"1" * 1000), "ReadError"),
    "a chunk's size": (CHUNKED, b"0" * 1000, "RemoteProtocolError"),
    "trailers": (CHUNKED + b"0\r\n", b"X: 1\r\n" * 1000, "RemoteProtocolError"),
}
ENCODINGS: dict[bytes, bytes] = {
    b"identity": b"1",
    b" Identity , identity": b"1",
    b"": b"1",
    b"gzip": b"",
    b"identity, gzip": b"",
    b"br": b"",
    b"unknown": b"",
}


def transport(
    context: ssl.SSLContext | None = None, lookup: Lookup = system_lookup, longest: float = LIMIT
) -> Transport:
    """A transport with a short time limit."""
    return Transport(context or ssl.create_default_context(), lookup, longest, 0.6 * longest)


def result_of(
    url: str, using: Transport | None = None, content: bytes = b"[]"
) -> MixpanelResponse | NoResponse:
    """The result of a request to this URL."""
    with http_client(using or transport()) as http:
        return send(http, "POST", url, content=content)


def content_for(name: str) -> bytes:
    """A long body for a server that does not read it."""
    return LONG_BODY if name.startswith("reads") else b"[]"


@contextmanager
def hanging_lookup() -> Iterator[Lookup]:
    """A look-up that does not return before the end of the block."""
    released = threading.Event()

    def hang(_host: str, _port: int) -> Sequence[Any]:
        released.wait()
        return []

    yield hang
    released.set()


@pytest.mark.parametrize("name", SLOW)
def test_slow_server_is_cut_off(
    name: str, contexts: tuple[ssl.SSLContext | None, ssl.SSLContext]
) -> None:
    """With and without TLS; what was sent may have been applied."""
    (behavior, reason), (server_context, client_context) = SLOW[name], contexts
    with HostileServer(behavior, server_context) as server:
        result = result_of(server.url, transport(client_context), content_for(name))
    assert result == NoResponse(reason, sent=True)


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_response_is_cut_off(name: str) -> None:
    """By its length, long before its time is over."""
    first, piece, reason = ENDLESS[name]
    with HostileServer(endless(first, piece)) as server:
        assert result_of(server.url, transport(longest=60)) == NoResponse(reason, sent=True)


def test_endless_100_continue_is_cut_off() -> None:
    """By its length or by its time: reading so many takes long."""
    with HostileServer(endless(b"", CONTINUE * 1000)) as server:
        result = result_of(server.url)
    assert result in [NoResponse(reason, sent=True) for reason in ("ReadTimeout", "ReadError")]


def test_slow_deletion_is_cut_off() -> None:
    """It would take the time of other deletions."""
    behavior, _ = SLOW["body"]
    with HostileServer(behavior) as server, http_client(transport()) as http:
        settings = replace(FakeDeletionDependencies().mixpanel().settings, app_url=server.url)
        status = DeletionClient(http, settings).task_status("task", [])
    assert status == RetryLater("ReadTimeout")


def test_nothing_is_sent_while_the_look_up_hangs() -> None:
    """The request does not wait for it."""
    with hanging_lookup() as lookup:
        result = result_of("http://mixpanel.test", transport(lookup=lookup))
    assert result == NoResponse("ConnectTimeout", sent=False)


def test_nothing_is_sent_to_an_unknown_host() -> None:
    """The look-up fails."""

    def fail(_host: str, _port: int) -> Sequence[Any]:
        raise OSError("Name or service not known")

    result = result_of("http://mixpanel.test", transport(lookup=fail))
    assert result == NoResponse("ConnectError", sent=False)


def test_nothing_is_sent_to_silent_addresses() -> None:
    """All of them together get the time of one."""
    with silent_addresses(20) as addresses:
        result = result_of("http://mixpanel.test", transport(lookup=lambda *_: addresses))
    assert result == NoResponse("ConnectTimeout", sent=False)


def test_address_that_works_is_used() -> None:
    """Although twenty silent ones precede it."""
    with HostileServer(responding(response(b"1"))) as server, silent_addresses(20) as addresses:
        addresses.append(address_of(("127.0.0.1", server.server_address[1])))
        result = result_of("http://mixpanel.test", transport(lookup=lambda *_: addresses))
    assert result == MixpanelResponse(200, b"1")


@pytest.mark.parametrize(
    ("behavior", "reason"),
    [
        (say_nothing, "ConnectTimeout"),
        (dripping(*[b"\x16"] * PIECES), "ConnectTimeout"),
        (closing(), "ConnectError"),
        (lambda connection: connection.sendall(b"no TLS"), "ConnectError"),
    ],
    ids=["silent", "slow", "closed", "unencrypted"],
)
def test_nothing_is_sent_without_tls(behavior: Behavior, reason: str) -> None:
    """The server does not encrypt the connection, or is too slow."""
    with HostileServer(behavior) as server:
        result = result_of(server.url.replace("http", "https"))
    assert result == NoResponse(reason, sent=False)


def test_nothing_is_sent_to_another_server(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """Its certificate is not trusted."""
    with HostileServer(responding(response(b"1")), tls[0]) as server:
        assert result_of(server.url) == NoResponse("ConnectError", sent=False)


def test_nothing_is_sent_after_the_time_is_up(
    contexts: tuple[ssl.SSLContext | None, ssl.SSLContext],
) -> None:
    """Also over a connection that is open already."""
    using = transport(contexts[1])
    with (
        HostileServer(responding(response(b"1")), contexts[0]) as server,
        http_client(using) as http,
    ):
        send(http, "POST", server.url)
        using.longest = 0
        assert send(http, "POST", server.url) == NoResponse("ConnectTimeout", sent=False)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encoded_body_is_not_read(encoding: bytes) -> None:
    """No encoding was requested, and it could expand to more than the memory."""
    sent = response(b"1", b"Content-Encoding: " + encoding)
    with HostileServer(responding(sent)) as server:
        assert result_of(server.url) == MixpanelResponse(200, ENCODINGS[encoding])


def test_ingestion_uses_the_transport() -> None:
    """A request as delivery sends it."""
    with HostileServer(responding(response(b"1"))) as server, http_client(transport()) as http:
        client = IngestionClient(http, replace(destination(), ingestion_url=server.url))
        assert client.send(request(event())) == MixpanelResponse(200, b"1")
