"""RudderStack's data plane for SDKs: API Gateway, and the built function that receives events."""

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

from tests.fakes.lambda_function import HandlerFailed, LambdaFunction
from tests.fakes.runtime_api import FunctionDied, LambdaRuntime
from tests.system.clocked_function import ClockedFunction
from tests.system.delivery_system import DeliverySystem

FUNCTION: Final = "ReceiveEventsFunction"
WRITE_KEY: Final = "w" * 27
# Lambda's limit for an event in JSON.
MAX_PAYLOAD: Final = 6 * 1024 * 1024


class DataPlane:
    """The gateway at `url` and the function behind it, while the `with` block lasts."""

    def __init__(self, system: DeliverySystem) -> None:
        self.system = system
        self.statuses: list[int] = []
        # Numbers of requests that the process handles and dies before its response is out.
        self.dies_after: set[int] = set()
        self._stack = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start to listen; the first request starts the function's process."""
        keys = {"writeKeys": [{"source": "sdk", "writeKey": WRITE_KEY}]}
        self.system._client("secretsmanager").create_secret(
            Name="write-keys", SecretString=json.dumps(keys)
        )
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="clocked-")))
        self._clocked = ClockedFunction(
            self.system.built.functions()[FUNCTION][0], folder, self.system.clock
        )
        self._clocked.show_time()
        self.function = self._stack.enter_context(LambdaFunction(self._process))
        server = self._stack.enter_context(DataPlaneServer(("127.0.0.1", 0), DataPlaneHandler))
        server.data_plane = self
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(server.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to listen, and end the process."""
        self._stack.close()

    def answer(self, event: dict[str, Any]) -> tuple[int, str]:
        """Handle a request; return status and body of the gateway's response."""
        with self._lock:
            status, body = self._invoke(event)
            if len(self.statuses) in self.dies_after:
                self._die()
                status, body = HTTPStatus.BAD_GATEWAY, "service unavailable"
            self.statuses.append(int(status))
        return int(status), body

    def _invoke(self, event: dict[str, Any]) -> tuple[int, str]:
        if len(json.dumps(event)) > MAX_PAYLOAD:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request size exceeds max limit"
        try:
            response = self.function(event)
        except (FunctionDied, HandlerFailed):
            return HTTPStatus.BAD_GATEWAY, "service unavailable"
        return response["statusCode"], response["body"]

    def _die(self) -> None:
        os.kill(self.function.pid, signal.SIGKILL)
        # Lambda invokes no dead process; here a failed call makes the next one start another.
        with suppress(FunctionDied):
            self.function({})

    def _process(self) -> LambdaRuntime:
        properties = self.system._properties(FUNCTION)
        environment = {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.system.aws,
            "AWS_ENDPOINT_URL_SQS": self.system.sqs.url,
            "BROWSER_ORIGINS": "",
            "EVENTS_QUEUE_URL": self.system.sqs.url_of(self.system.events),
            "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
            "POWERTOOLS_SERVICE_NAME": "receive_events",
            "WRITE_KEYS_SECRET": "write-keys",
        }
        return LambdaRuntime(
            self._clocked.folder,
            self.system.built.layer,
            ClockedFunction.handler,
            environment,
            properties["Timeout"],
        )


class DataPlaneServer(ThreadingHTTPServer):
    """Accepts the connections of SDKs."""

    daemon_threads = True
    data_plane: DataPlane

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing: an SDK that ends breaks its connection."""


class DataPlaneHandler(BaseHTTPRequestHandler):
    """The connection of one SDK."""

    server: DataPlaneServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1

    def do_POST(self) -> None:
        """Pass a request on as a REST API with binary media types does."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        status, text = self.server.data_plane.answer(
            {
                "httpMethod": "POST",
                "path": path,
                "resource": "/v1/{call}",
                "headers": dict(self.headers),
                "multiValueHeaders": {name: [value] for name, value in self.headers.items()},
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
        """Log nothing."""
