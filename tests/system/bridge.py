"""API Gateway in front of the function that receives events: HTTP in, invocations out."""

import base64
import json
import os
import signal
import threading
from contextlib import ExitStack, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Final, Self
from urllib.parse import urlsplit

from tests.fakes.runtime_api import FunctionDied, LambdaRuntime
from tests.system.deployed import Deployed, HandlerFailed
from tests.system.harness import System
from tests.system.moved import Moved

FUNCTION: Final = "ReceiveEventsFunction"
WRITE_KEY: Final = "w" * 27
# Of Lambda, for an event in JSON.
PAYLOAD: Final = 6 * 1024 * 1024


class DataPlane:
    """What an SDK calls so, for as long as the `with` block lasts."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.statuses: list[int] = []
        # Requests after whose answer the process dies, before the answer is out; by number.
        self.deaths: set[int] = set()
        self._stack = ExitStack()
        self._alone = threading.Lock()

    def __enter__(self) -> Self:
        """Listen; the first request starts the function's process."""
        keys = {"writeKeys": [{"source": "sdk", "writeKey": WRITE_KEY}]}
        self.system._client("secretsmanager").create_secret(
            Name="write-keys", SecretString=json.dumps(keys)
        )
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="moved-")))
        self._moved = Moved(self.system.built.functions()[FUNCTION][0], folder, self.system.clock)
        self._moved.tell()
        self.function = self._stack.enter_context(Deployed(self._process))
        server = self._stack.enter_context(Server(("127.0.0.1", 0), Handler))
        server.data_plane = self
        self.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, args=[0.01])
        serving.start()
        self._stack.callback(serving.join)
        self._stack.callback(server.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all of it."""
        self._stack.close()

    def answer(self, event: dict[str, Any]) -> tuple[int, str]:
        """Status and body of the gateway's answer."""
        with self._alone:
            status, body = self._invoke(event)
            if len(self.statuses) in self.deaths:
                self._die()
                status, body = HTTPStatus.BAD_GATEWAY, "service unavailable"
            self.statuses.append(int(status))
        return int(status), body

    def _invoke(self, event: dict[str, Any]) -> tuple[int, str]:
        if len(json.dumps(event)) > PAYLOAD:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request size exceeds max limit"
        try:
            said = self.function(event)
        except (FunctionDied, HandlerFailed):
            return HTTPStatus.BAD_GATEWAY, "service unavailable"
        return said["statusCode"], said["body"]

    def _die(self) -> None:
        os.kill(self.function.pid, signal.SIGKILL)
        # Lambda hands no request to a process that is dead; here a call has to find out.
        with suppress(FunctionDied):
            self.function({})

    def _process(self) -> LambdaRuntime:
        said = self.system._properties(FUNCTION)
        environment = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.system.aws,
            "AWS_ENDPOINT_URL_SQS": self.system.sqs.url,
            "BROWSER_ORIGINS": "",
            "EVENTS_QUEUE_URL": self.system.sqs.url_of(self.system.events),
            "POWERTOOLS_SERVICE_NAME": "receive_events",
            "WRITE_KEYS_SECRET": "write-keys",
        }
        return LambdaRuntime(
            self._moved.folder,
            self.system.built.layer,
            Moved.handler,
            environment,
            said["Timeout"],
        )


class Server(ThreadingHTTPServer):
    """Listens for SDKs."""

    daemon_threads = True
    data_plane: DataPlane

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that ends breaks its connection."""


class Handler(BaseHTTPRequestHandler):
    """One SDK's connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1

    def do_POST(self) -> None:
        """Hand a request over as a REST API with binary media types does."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        status, text = self.server.data_plane.answer(
            {
                "httpMethod": "POST",
                "path": path,
                "resource": "/v1/{call}",
                "headers": dict(self.headers),
                "multiValueHeaders": {name: [one] for name, one in self.headers.items()},
                "queryStringParameters": None,
                "body": base64.b64encode(body).decode(),
                "isBase64Encoded": True,
                "requestContext": {
                    "requestId": "request",
                    "stage": "api",
                    "identity": {"sourceIp": self.client_address[0]},
                },
            }
        )
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
