"""A request ends in time, whatever the server does; over real sockets, with a short limit."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from rudder_mixpanel.mixpanel import transport
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.mixpanel.deletion_responses import RetryLater
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.transport import http_client
from tests.build import destination
from tests.fakes.deletion import FakeDeletionDependencies
from tests.operations import event, request

PAUSE = 0.1
LIMIT = 0.5
CHUNKS = 40


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that responds like this to the first request."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    answer(connection)
                except OSError:
                    return  # the client has gone

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def headers(connection: socket.socket) -> None:
    """Send one header after another."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(CHUNKS):
        time.sleep(PAUSE)
        connection.sendall(b"X-%d: 1\r\n" % number)
    connection.sendall(b"Content-Length: 1\r\n\r\n1")


def continue_100(connection: socket.socket) -> None:
    """Send many 100 Continue, and then a response."""
    for _ in range(CHUNKS):
        time.sleep(PAUSE)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")


def body(connection: socket.socket) -> None:
    """Send a body byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % CHUNKS)
    for _ in range(CHUNKS):
        time.sleep(PAUSE)
        connection.sendall(b"1")


def result_of(url: str) -> MixpanelResponse | NoResponse:
    """The result of a request to this URL."""
    target = replace(destination(), ingestion_url=url)
    with http_client() as http:
        return IngestionClient(http, target).send(request(event()))


@pytest.mark.parametrize("answer", [headers, continue_100, body])
def test_slow_server_is_cut_off(
    answer: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece is in time, but all of them take eight times the limit."""
    monkeypatch.setattr(transport, "LONGEST", LIMIT)
    with serving(answer) as url:
        assert result_of(url) == NoResponse("ReadTimeout", sent=True)


def test_slow_deletion_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take the time of other deletions."""
    monkeypatch.setattr(transport, "LONGEST", LIMIT)
    with serving(body) as url, http_client() as http:
        settings = replace(FakeDeletionDependencies().mixpanel().settings, app_url=url)
        status = DeletionClient(http, settings).task_status("task")
    assert status == RetryLater("ReadTimeout")


def test_response_in_time_is_returned() -> None:
    """The deadline does not affect other requests."""

    def at_once(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")

    with serving(at_once) as url:
        assert result_of(url) == MixpanelResponse(200, b"1")


def test_compressed_response_is_not_expanded() -> None:
    """It was not requested, and could expand to more than the memory."""

    def bomb(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\n1"
        )

    with serving(bomb) as url:
        assert result_of(url) == MixpanelResponse(200, b"")
