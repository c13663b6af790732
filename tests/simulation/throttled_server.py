"""The DynamoDB that limits the rate of calls, over real HTTP, in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import orjson

from tests.simulation.throttled_dynamodb import Failed, ThrottledDynamoDb


class Handler(BaseHTTPRequestHandler):
    """Answers calls over HTTP."""

    protocol_version = "HTTP/1.1"
    dynamodb: ThrottledDynamoDb

    def do_GET(self) -> None:
        """Answer with the statistics."""
        self.respond(200, self.dynamodb.statistics())

    def do_POST(self) -> None:
        """Answer one call."""
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers["X-Amz-Target"].rpartition(".")[2]
        try:
            self.respond(200, self.dynamodb.call(action, body))
        except Failed as failed:
            self.respond(400, error_body(failed))

    def respond(self, status: int, content: Any) -> None:
        """Send a response."""
        body = orjson.dumps(content)
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def error_body(failed: Failed) -> dict[str, Any]:
    """The body of an error response."""
    body: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{failed.code}"}
    if failed.reasons:
        body["CancellationReasons"] = [{"Code": reason} for reason in failed.reasons]
    return body


def serve(write_units: float, seconds: float, port: Connection) -> None:
    """Serve until the process is ended; send the port first."""
    handler = type("Bound", (Handler,), {"dynamodb": ThrottledDynamoDb(write_units, seconds)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    port.send(server.server_port)
    server.serve_forever()


@contextmanager
def throttled_dynamodb(write_units: float, seconds: float) -> Iterator[str]:
    """The address of a DynamoDB whose tables are empty, in a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(write_units, seconds, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()
