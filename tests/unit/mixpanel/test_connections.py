"""A response belongs to its own request; over real sockets."""

import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpcore
import httpx
import pytest

from rudder_mixpanel.mixpanel.connections import Exchange, Stream
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.transport import Transport, http_client, send
from tests.fakes.hostile_server import (
    Behavior,
    HostileServer,
    closing,
    read_request,
    responding,
    response,
    say_nothing,
)

OK, STALE = response(b"1"), response(b"stale")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n"
HTTP_1_0 = b"HTTP/1.0 200 OK\r\n\r\n1"
MORE_THAN_ONE: dict[str, bytes] = {
    "a second response": OK + STALE,
    "a second response to chunks": CHUNKED + STALE,
    "a longer body": OK + b"1",
    "the start of a response": OK + STALE[:20],
    "a second response to no content": response(b"", status=b"204 No Content") + STALE,
}
CLOSED: dict[str, bytes] = {
    "Connection: close": response(b"1", b"Connection: close"),
    "HTTP/1.0": HTTP_1_0,
    "HTTP/1.1 without length": b"HTTP/1.1 200 OK\r\n\r\n1",
}
INVALID: dict[str, bytes] = {
    "a shorter body": response(b"1", length=2),
    "a shorter chunk": CHUNKED[:-8],
    "no last chunk": CHUNKED[:-5],
    "a chunk's size": CHUNKED.replace(b"1\r\n1\r\n0", b"x\r\n1\r\n0"),
    "a negative chunk": CHUNKED.replace(b"1\r\n1\r\n0", b"-1\r\n1\r\n0"),
    "a longer chunk": CHUNKED.replace(b"1\r\n1\r\n0", b"1\r\n123\r\n0"),
    "two lengths": response(b"1", b"Content-Length: 2"),
    "a length that is no number": OK.replace(b"Length: 1", b"Length: one"),
    "another transfer encoding": CHUNKED.replace(b"chunked", b"gzip, chunked"),
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "no HTTP": b"<html></html>\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: tls\r\n\r\n",
    "only 100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "nothing": b"",
}


REFUSAL = response(b"too large", status=b"413 Request Entity Too Large")
# More than the systems of both sides buffer
LONG_BODY = b"1" * 500_000


def client(context: ssl.SSLContext | None = None) -> httpx.Client:
    """A client with a time limit that no test reaches."""
    return http_client(Transport(context or ssl.create_default_context(), longest=30))


def results_of(
    server: HostileServer,
    context: ssl.SSLContext | None = None,
    *,
    pause: float = 0,
    content: bytes = b"[]",
) -> list[MixpanelResponse | NoResponse]:
    """The results of two requests to a server, one after another."""
    with client(context) as http:
        first = send(http, "POST", server.url, content=content)
        time.sleep(pause)
        return [first, send(http, "POST", server.url, content=content)]


def responding_early(sent: bytes) -> Behavior:
    """Responds when a request begins."""

    def respond(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(sent)
        say_nothing(connection)

    return respond


def responding_twice(sent: bytes, later: bytes, pause: float) -> Behavior:
    """Responds to a request, and once more after a pause."""

    def respond(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(sent)
        time.sleep(pause)
        connection.sendall(later)
        responding(OK)(connection)

    return respond


@pytest.mark.parametrize("sent", [OK, CHUNKED, response(b"")])
def test_connection_is_kept_open(
    sent: bytes, contexts: tuple[ssl.SSLContext | None, ssl.SSLContext]
) -> None:
    """The next request uses it."""
    with HostileServer(responding(sent, OK), contexts[0]) as server:
        results = results_of(server, contexts[1])
        assert (results[1], len(server.connections)) == (MixpanelResponse(200, b"1"), 1)


@pytest.mark.parametrize("name", MORE_THAN_ONE)
def test_what_follows_a_response_is_not_the_next_one(
    name: str, contexts: tuple[ssl.SSLContext | None, ssl.SSLContext]
) -> None:
    """The next request uses another connection."""
    with HostileServer(responding(MORE_THAN_ONE[name], STALE), contexts[0]) as server:
        first, second = results_of(server, contexts[1])
        assert (second == first, len(server.connections)) == (True, 2)


def test_what_arrives_later_is_not_the_next_response(
    contexts: tuple[ssl.SSLContext | None, ssl.SSLContext],
) -> None:
    """It arrives while the connection is not in use."""
    behavior = responding_twice(OK, STALE, pause=0.05)
    with HostileServer(behavior, contexts[0]) as server:
        results = results_of(server, contexts[1], pause=0.3)
        assert (results, len(server.connections)) == ([MixpanelResponse(200, b"1")] * 2, 2)


@pytest.mark.parametrize(
    ("sent", "result"), [(OK, MixpanelResponse(200, b"")), (REFUSAL, MixpanelResponse(413, b""))]
)
def test_early_response_does_not_account_for_a_request(
    sent: bytes,
    result: MixpanelResponse,
    contexts: tuple[ssl.SSLContext | None, ssl.SSLContext],
) -> None:
    """It began before the request was complete: only its status is used, and its connection not."""
    with HostileServer(responding_early(sent), contexts[0]) as server:
        results = results_of(server, contexts[1], content=LONG_BODY)
        assert (results, len(server.connections)) == ([result] * 2, 2)


@pytest.mark.parametrize("name", CLOSED)
def test_closed_connection_is_not_used_again(name: str) -> None:
    """The next request uses another one."""
    with HostileServer(closing(CLOSED[name])) as server:
        results = results_of(server)
        assert (results, len(server.connections)) == ([MixpanelResponse(200, b"1")] * 2, 2)


@pytest.mark.parametrize("name", INVALID)
def test_invalid_response_is_none(name: str) -> None:
    """The request may have been applied."""
    with HostileServer(closing(INVALID[name])) as server:
        first, second = results_of(server)
    assert (isinstance(first, NoResponse) and first.sent, second) == (True, first)


@pytest.mark.parametrize("status", [204, 304])
def test_response_without_content_has_no_body(status: int) -> None:
    """Its headers end it, whatever length they name."""
    sent = b"HTTP/1.1 %d Other\r\nContent-Length: 5\r\n\r\n" % status
    with HostileServer(responding(sent, sent)) as server:
        assert results_of(server) == [MixpanelResponse(status, b"")] * 2


def test_response_may_follow_100_continue() -> None:
    """It was not requested, and says nothing."""
    with HostileServer(responding(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, OK)) as server:
        assert results_of(server) == [MixpanelResponse(200, b"1")] * 2


def test_cookies_are_not_returned() -> None:
    """They would accumulate, until a server rejects the headers as too large."""
    requests = []

    def set_cookie(connection: socket.socket) -> None:
        while received := read_request(connection):
            requests.append(received.lower())
            connection.sendall(response(b"1", b"Set-Cookie: name=value; Path=/"))

    with HostileServer(set_cookie) as server:
        results_of(server)
    assert [b"cookie" in request for request in requests] == [False, False]


def test_requests_do_not_wait_for_each_other() -> None:
    """The server responds when it has twenty of them."""
    together = threading.Barrier(20, timeout=20)

    def respond(connection: socket.socket) -> None:
        read_request(connection)
        together.wait()
        connection.sendall(OK)

    with (
        HostileServer(respond) as server,
        client() as http,
        ThreadPoolExecutor(20) as threads,
    ):
        results = threads.map(lambda _: send(http, "POST", server.url), range(20))
        assert list(results) == [MixpanelResponse(200, b"1")] * 20


@pytest.mark.parametrize("early", [OK, REFUSAL, b""], ids=["success", "refusal", "closed"])
def test_answer_before_the_request_means_that_nothing_was_sent(early: bytes) -> None:
    """It answers no request, and nothing is sent over such a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(early)
        theirs.shutdown(socket.SHUT_WR)
        exchange = Exchange()
        exchange.begin(5, 5)
        with pytest.raises(httpcore.ConnectError):
            Stream(ours, exchange).write(b"POST / HTTP/1.1\r\n\r\n")
        ours.shutdown(socket.SHUT_WR)
        assert (exchange.sent, theirs.recv(100)) == (False, b"")
