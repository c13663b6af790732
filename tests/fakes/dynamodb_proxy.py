"""A proxy in front of DynamoDB that answers some calls with errors, with or without an effect."""

from collections import defaultdict
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Self

import httpx
import orjson

# Headers that the proxy sets itself, or that are about one connection.
OWN_HEADERS: Final = frozenset({"host", "content-length", "connection", "transfer-encoding"})
JSON: Final = {"Content-Type": "application/x-amz-json-1.0"}


class DynamoDbProxy:
    """DynamoDB under an address of its own, while the `with` block lasts.

    `failures` holds for each action what becomes of its next calls, in order: `lost` has its effect
    and answers 500, `throttled` has no effect and answers 400. A batch of statements has the first
    word of these as its action, such as INSERT. `bodies` holds all requests.
    """

    def __init__(self, dynamodb: str) -> None:
        self.dynamodb = dynamodb
        self.failures: defaultdict[str, list[str]] = defaultdict(list)
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, bytes]] = []

    def __enter__(self) -> Self:
        """Start to listen."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Answer one call."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.answer(self, dict(self.headers), body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        # A new connection for each call: the server behind may have closed an idle one.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.Client(trust_env=False, limits=limits)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to listen."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.http.close()

    @property
    def url(self) -> str:
        """The address of the proxy."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(
        self, handler: BaseHTTPRequestHandler, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Answer a call with DynamoDB's response, unless a failure is planned for it."""
        action = headers["X-Amz-Target"].rpartition(".")[2]
        planned = self.failures[statements_word(body) or action]
        failure = planned.pop(0) if planned else ""
        self.calls.append((action, failure))
        self.bodies.append((action, body))
        status, content = 400, error_body("ProvisionedThroughputExceededException")
        if failure != "throttled":
            status, content = self.forward(headers, body)
        if failure == "lost":
            status, content = 500, error_body("InternalServerError")
        handler.send_response(status)
        for name, value in {**JSON, "Content-Length": str(len(content))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def forward(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """The status and the body of DynamoDB's response."""
        kept = {name: value for name, value in headers.items() if name.lower() not in OWN_HEADERS}
        response = self.http.post(self.dynamodb, content=body, headers=kept)
        return response.status_code, response.content


def statements_word(body: bytes) -> str:
    """The first word of the statements of a call, empty without statements."""
    statements = orjson.loads(body).get("Statements", [])
    return str(statements[0]["Statement"].partition(" ")[0]) if statements else ""


def error_body(code: str) -> bytes:
    """The body of an error response."""
    return orjson.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"})
