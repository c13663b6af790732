"""A stand-in for RudderStack's gateway: receives events on the loopback and keeps them."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self, cast

Event = dict[str, Any]

CALLS: Final = ("identify", "track", "page", "screen", "group", "alias")
WRITE_KEY: Final = "recorder"

# The write key is the user name, without a password.
AUTHORIZATION: Final = f"Basic {base64.b64encode(f'{WRITE_KEY}:'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Received:
    """One event as the SDK created it, and the time of its arrival."""

    event: Event
    at: datetime


class RequestRejected(Exception):
    """The gateway responds to the request with an error."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def read_request(path: str, headers: Mapping[str, str], body: bytes) -> list[Event]:
    """The events of one request; raises RequestRejected when any of them is invalid."""
    if headers.get("Authorization") != AUTHORIZATION:
        raise RequestRejected(HTTPStatus.UNAUTHORIZED, "invalid write key")
    call = path.removeprefix("/v1/")
    if path == call or call not in (*CALLS, "batch"):
        raise RequestRejected(HTTPStatus.NOT_FOUND, "404 page not found")
    message = _json(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body)
    events = message.get("batch") if call == "batch" else [message | {"type": call}]
    if not events or not isinstance(events, list):
        raise RequestRejected(HTTPStatus.BAD_REQUEST, "empty batch payload")
    if not all(isinstance(event, dict) for event in events):
        raise RequestRejected(HTTPStatus.BAD_REQUEST, "event is not a valid rudder event")
    if not all(event.get("userId") or event.get("anonymousId") for event in events):
        raise RequestRejected(HTTPStatus.BAD_REQUEST, "request neither has anonymousId nor userId")
    return events


def clock() -> datetime:
    """The current time in milliseconds, the precision of the gateway."""
    now = datetime.now(UTC)  # noqa: TID251 - the arrival of a real request
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Recorder(TCPServer):
    """Listens on a free loopback port while it is entered; keeps events in `received`."""

    def __init__(self, now: Callable[[], datetime] = clock) -> None:
        super().__init__(("127.0.0.1", 0), _Gateway)
        self.received: list[Received] = []
        self.now = now
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """The data plane URL for an SDK."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and release the port."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Gateway(BaseHTTPRequestHandler):
    """One request to a `Recorder`."""

    # A client that sends nothing must not block the recorder for ever.
    timeout = 30

    def do_POST(self) -> None:
        """Keep the request's events, or respond with the gateway's error."""
        recorder = cast("Recorder", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            events = read_request(self.path, dict(self.headers), body)
        except RequestRejected as error:
            self._respond(error.status, f"{error}\n")
            return
        at = recorder.now()
        recorder.received += [Received(event, at) for event in events]
        self._respond(HTTPStatus.OK, "ok")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Log nothing."""

    def _respond(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def _json(body: bytes) -> Event:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise RequestRejected(HTTPStatus.BAD_REQUEST, "invalid json") from error
    if not isinstance(message, dict):
        raise RequestRejected(HTTPStatus.BAD_REQUEST, "event is not a valid rudder event")
    return message
