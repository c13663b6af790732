"""SQS on this machine: its JSON protocol over HTTP, with calls that fail as a test says."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, Literal, Self

from tests.fakes.clock import Clock
from tests.fakes.sqs.actions import ACTIONS, MAX_ENTRIES, Json
from tests.fakes.sqs.messages import SqsError
from tests.fakes.sqs.queue import Queue, Settings

# Codes of the older protocol, which clients still show, where they differ from the error's name.
LEGACY_CODES: Final = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "QueueNameExists": "QueueAlreadyExists",
    **{
        name: f"AWS.SimpleQueueService.{name}"
        for name in (
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "EmptyBatchRequest",
            "InvalidBatchEntryId",
            "MessageNotInflight",
            "TooManyEntriesInBatchRequest",
            "UnsupportedOperation",
        )
    },
}
# The attributes that CreateQueue supports here, and their defaults.
ATTRIBUTES: Final = {"MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout"}
DEFAULT: Final = Settings()

type FaultKind = Literal["error", "half", "lost"]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next calls of an action.

    error: a server error, and nothing is done; half: every second entry of a batch fails;
    lost: everything is done, and the connection ends without a response.
    """

    kind: FaultKind
    action: str
    queue: str | None = None
    times: int = 1


class SqsServer:
    """The queues of an account, at `url` while the `with` block lasts."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.queues: dict[str, Queue] = {}
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str]] = []
        # Held by tests and event sources while they use a queue directly.
        self.lock = threading.RLock()

    def __enter__(self) -> Self:
        """Start to listen, on a free port."""
        self._server = SqsHttpServer(("127.0.0.1", 0), SqsHandler)
        self._server.sqs = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to listen."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def create(self, name: str, settings: Settings | None = None) -> Queue:
        """Create a queue."""
        self.queues[name] = Queue(name, self.clock, settings)
        return self.queues[name]

    def url_of(self, queue: Queue) -> str:
        """The URL of a queue."""
        return f"{self.url}/123456789012/{queue.name}"

    def fault(self, kind: FaultKind, action: str, queue: str | None = None, times: int = 1) -> None:
        """Let the next calls of an action fail."""
        self.faults.append(Fault(kind, action, queue, times))

    def respond(self, action: str, request: Json) -> Json | None:
        """Run an action, and return its response; None when the response is lost.

        Raises SqsError or Unavailable for an error response.
        """
        with self.lock:
            if action not in {*ACTIONS, "CreateQueue", "GetQueueUrl"}:
                raise SqsError("UnsupportedOperation", f"{action} is not supported here.")
            if action == "CreateQueue":
                return {"QueueUrl": self.url_of(self._create(request))}
            if action == "GetQueueUrl":
                return {"QueueUrl": self.url_of(self._queue_named(request["QueueName"]))}
            queue = self._queue_at(request["QueueUrl"])
            self.calls.append((action, queue.name))
            kind = self._next_fault(action, queue)
            if kind == "error":
                raise Unavailable
            if kind == "half":
                return run_half(action, queue, request)
            response = ACTIONS[action](queue, request)
            return None if kind == "lost" else response

    def _create(self, request: Json) -> Queue:
        name, attributes = request["QueueName"], request.get("Attributes", {})
        if unknown := attributes.keys() - ATTRIBUTES:
            raise SqsError("InvalidAttributeName", f"Unknown attribute {min(unknown)}.")
        settings = Settings(
            visibility=int(attributes.get("VisibilityTimeout", DEFAULT.visibility)),
            retention=int(attributes.get("MessageRetentionPeriod", DEFAULT.retention)),
            max_bytes=int(attributes.get("MaximumMessageSize", DEFAULT.max_bytes)),
        )
        if name not in self.queues:
            return self.create(name, settings)
        if self.queues[name].settings != settings:
            raise SqsError("QueueNameExists", "A queue with other attributes has this name.")
        return self.queues[name]

    def _queue_named(self, name: str) -> Queue:
        if name not in self.queues:
            raise SqsError("QueueDoesNotExist", "The specified queue does not exist.")
        return self.queues[name]

    def _queue_at(self, url: str) -> Queue:
        queue = self._queue_named(url.rpartition("/")[2])
        if url != self.url_of(queue):
            raise SqsError("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def _next_fault(self, action: str, queue: Queue) -> FaultKind | None:
        for fault in self.faults:
            if fault.times and fault.action == action and fault.queue in {None, queue.name}:
                fault.times -= 1
                return fault.kind
        return None


class Unavailable(Exception):
    """A server error of SQS, which a client may repeat."""


def run_half(action: str, queue: Queue, request: Json) -> Json:
    """Run an action for every second entry, beginning with the first; the others fail."""
    entries = request["Entries"][:MAX_ENTRIES]
    response = ACTIONS[action](queue, {**request, "Entries": entries[::2]})
    details = {"Code": "InternalError", "Message": "Try again.", "SenderFault": False}
    failed = [{"Id": entry["Id"], **details} for entry in entries[1::2]]
    return {**response, "Failed": response.get("Failed", []) + failed}


class SqsHttpServer(ThreadingHTTPServer):
    """Accepts the connections of clients."""

    daemon_threads = True
    sqs: SqsServer


class SqsHandler(BaseHTTPRequestHandler):
    """The connection of one client."""

    server: SqsHttpServer
    protocol_version = "HTTP/1.1"
    # Without these two, every answer waits 40 ms for an acknowledgement that is itself delayed.
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1

    def do_POST(self) -> None:
        """Respond to one call."""
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length or 0))
        if length is None or len(body) < int(length):
            # The client was killed within the call.
            self.close_connection = True
            return
        action = self.headers.get("X-Amz-Target", "").removeprefix("AmazonSQS.")
        try:
            response = self.server.sqs.respond(action, json.loads(body))
        except SqsError as error:
            self._send_error(HTTPStatus.BAD_REQUEST, error.code, error.message, "Sender")
        except Unavailable:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            self._send_error(status, "ServiceUnavailable", "Try again.", "Receiver")
        else:
            if response is None:
                self.close_connection = True
            else:
                self._send(HTTPStatus.OK, response, {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""

    def _send_error(self, status: HTTPStatus, code: str, message: str, fault: str) -> None:
        error = {"__type": f"com.amazonaws.sqs#{code}", "message": message}
        self._send(status, error, {"x-amzn-query-error": f"{LEGACY_CODES.get(code, code)};{fault}"})

    def _send(self, status: HTTPStatus, response: Json, headers: Mapping[str, str]) -> None:
        body = json.dumps(response).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
