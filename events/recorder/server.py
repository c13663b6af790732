"""RudderStack's gateway, as far as an SDK can tell: takes events on the loopback and keeps them."""

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

# The write key is the user, and there is no password.
AUTHORIZATION: Final = f"Basic {base64.b64encode(f'{WRITE_KEY}:'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Received:
    """One event as the SDK made it, and when it came in."""

    event: Event
    at: datetime


class Refused(Exception):
    """The gateway would not take this request."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def events_in(path: str, headers: Mapping[str, str], body: bytes) -> list[Event]:
    """Read one request as the gateway does, or raise `Refused`; one bad event refuses them all."""
    if headers.get("Authorization") != AUTHORIZATION:
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid write key")
    call = path.removeprefix("/v1/")
    if path == call or call not in (*CALLS, "batch"):
        raise Refused(HTTPStatus.NOT_FOUND, "404 page not found")
    message = _json(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body)
    events = message.get("batch") if call == "batch" else [message | {"type": call}]
    if not events or not isinstance(events, list):
        raise Refused(HTTPStatus.BAD_REQUEST, "empty batch payload")
    if not all(isinstance(event, dict) for event in events):
        raise Refused(HTTPStatus.BAD_REQUEST, "event is not a valid rudder event")
    if not all(event.get("userId") or event.get("anonymousId") for event in events):
        raise Refused(HTTPStatus.BAD_REQUEST, "request neither has anonymousId nor userId")
    return events


def clock() -> datetime:
    """The present moment, in milliseconds as the gateway keeps it."""
    # When a real SDK's request came in is a fact that only the clock knows.
    now = datetime.now(UTC)  # noqa: TID251
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Recorder(TCPServer):
    """Listens on a free loopback port while it is entered; `received` is what came, in order."""

    def __init__(self, now: Callable[[], datetime] = clock) -> None:
        super().__init__(("127.0.0.1", 0), _Gateway)
        self.received: list[Received] = []
        self.now = now
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """What an SDK calls its data plane URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and give the port back."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Gateway(BaseHTTPRequestHandler):
    """One request to a `Recorder`."""

    # A silent client must not hold the recorder forever.
    timeout = 30

    def do_POST(self) -> None:
        """Keep the request's events, or say why not in the gateway's words."""
        recorder = cast("Recorder", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            events = events_in(self.path, dict(self.headers), body)
        except Refused as refused:
            self._answer(refused.status, f"{refused}\n")
            return
        at = recorder.now()
        recorder.received += [Received(event, at) for event in events]
        self._answer(HTTPStatus.OK, "ok")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Nothing: what was recorded is the log."""

    def _answer(self, status: HTTPStatus, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def _json(body: bytes) -> Event:
    try:
        message = json.loads(body)
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "invalid json") from error
    if not isinstance(message, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "event is not a valid rudder event")
    return message
