"""Servers on this machine: a web site, and the gateway of the function that receives events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import ClassVar

from tests.functions.receiving import ReceivingFunction


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port, and yield the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait up to ten seconds for what a page does in the background."""
    deadline = monotonic() + 10
    while not condition() and monotonic() < deadline:
        sleep(0.05)


class Site(BaseHTTPRequestHandler):
    """A web site with one page."""

    def do_GET(self) -> None:
        """Respond with the page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Shop</title><link rel=icon href=data:,>")

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class EventsGateway(Site):
    """API Gateway before the function that receives events."""

    function: ClassVar[ReceivingFunction]
    content_types: ClassVar[list[str | None]] = []

    def do_POST(self) -> None:
        """Pass a request to the function, with the headers that it reads."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        authorization = self.headers["Authorization"]
        response = self.function.call(self.path, body, authorization=authorization)
        self.content_types.append(self.headers["Content-Type"])
        # A page that is closed does not wait for the response.
        with suppress(BrokenPipeError):
            self.send_response(response.status_code)
            self.end_headers()
            self.wfile.write(response.content)
