"""A request ends in time, whatever the server does: real sockets, and a limit that is short."""

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
PIECES = 40


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The URL of a server that answers the first request like this."""
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
    """One header after another."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(PIECES):
        time.sleep(PAUSE)
        connection.sendall(b"X-%d: 1\r\n" % number)
    connection.sendall(b"Content-Length: 1\r\n\r\n1")


def hold_on(connection: socket.socket) -> None:
    """Many words to go on, and then an answer."""
    for _ in range(PIECES):
        time.sleep(PAUSE)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")


def body(connection: socket.socket) -> None:
    """A body, byte by byte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % PIECES)
    for _ in range(PIECES):
        time.sleep(PAUSE)
        connection.sendall(b"1")


def asked(url: str) -> MixpanelResponse | NoResponse:
    """What comes of a request there."""
    there = replace(destination(), ingestion_url=url)
    with http_client() as http:
        return IngestionClient(http, there).send(request(event()))


@pytest.mark.parametrize("answer", [headers, hold_on, body])
def test_server_that_trickles_is_cut_off(
    answer: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece comes in time, and all of them would take eight times the limit."""
    monkeypatch.setattr(transport, "LONGEST", LIMIT)
    with serving(answer) as url:
        assert asked(url) == NoResponse("ReadTimeout", sent=True)


def test_deletion_that_trickles_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take the turns of all the others."""
    monkeypatch.setattr(transport, "LONGEST", LIMIT)
    with serving(body) as url, http_client() as http:
        settings = replace(FakeDeletionDependencies().mixpanel().settings, app_url=url)
        said = DeletionClient(http, settings).task_status("task")
    assert said == RetryLater("ReadTimeout")


def test_server_that_answers_in_time_is_heard() -> None:
    """The deadline is nobody else's business."""

    def at_once(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")

    with serving(at_once) as url:
        assert asked(url) == MixpanelResponse(200, b"1")


def test_packed_answer_is_not_unpacked() -> None:
    """It was not asked for, and could unpack to more than there is memory."""

    def bomb(connection: socket.socket) -> None:
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\n1"
        )

    with serving(bomb) as url:
        assert asked(url) == MixpanelResponse(200, b"")
