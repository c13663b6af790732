"""SQS on this machine: its JSON protocol over HTTP, with calls that fail on demand."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, Literal, Self

from tests.fakes.clock import Clock
from tests.fakes.sqs.actions import ACTIONS, MOST_ENTRIES, Json
from tests.fakes.sqs.messages import Refusal
from tests.fakes.sqs.queue import Queue, Settings

# Codes of the older protocol, which clients still show, where they are not the error's name.
LEGACY: Final = {
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
# What CreateQueue understands here, and what it means unless it is told.
ATTRIBUTES: Final = {"MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout"}
USUAL: Final = Settings()

type Kind = Literal["refused", "half", "lost"]


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next calls of an action.

    refused: an error of the server's, and nothing is done; half: every second entry of a batch is
    refused; lost: all is done, and the connection ends without an answer.
    """

    kind: Kind
    action: str
    queue: str | None = None
    times: int = 1


class Sqs:
    """Queues of an account, at `url` as long as the `with` lasts."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.queues: dict[str, Queue] = {}
        self.faults: list[Fault] = []
        self.calls: list[tuple[str, str]] = []
        # Whoever uses a queue beside the network does so under this lock.
        self.lock = threading.RLock()

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.sqs = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._serving = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()

    def create(self, name: str, settings: Settings | None = None) -> Queue:
        """A new queue."""
        self.queues[name] = Queue(name, self.clock, settings)
        return self.queues[name]

    def url_of(self, queue: Queue) -> str:
        """How clients name a queue."""
        return f"{self.url}/123456789012/{queue.name}"

    def fault(self, kind: Kind, action: str, queue: str | None = None, times: int = 1) -> None:
        """Let the next calls of an action go wrong."""
        self.faults.append(Fault(kind, action, queue, times))

    def answer(self, action: str, request: Json) -> Json | None:
        """Do what was asked; None when the answer is to be lost."""
        with self.lock:
            if action not in {*ACTIONS, "CreateQueue", "GetQueueUrl"}:
                raise Refusal("UnsupportedOperation", f"{action} is not known here.")
            if action == "CreateQueue":
                return {"QueueUrl": self.url_of(self._create(request))}
            if action == "GetQueueUrl":
                return {"QueueUrl": self.url_of(self._named(request["QueueName"]))}
            queue = self._at(request["QueueUrl"])
            self.calls.append((action, queue.name))
            kind = self._struck(action, queue)
            if kind == "refused":
                raise ServerFault
            if kind == "half":
                return in_half(action, queue, request)
            answer = ACTIONS[action](queue, request)
            return None if kind == "lost" else answer

    def _create(self, request: Json) -> Queue:
        name, told = request["QueueName"], request.get("Attributes", {})
        if unknown := told.keys() - ATTRIBUTES:
            raise Refusal("InvalidAttributeName", f"Unknown attribute {min(unknown)}.")
        settings = Settings(
            visibility=int(told.get("VisibilityTimeout", USUAL.visibility)),
            retention=int(told.get("MessageRetentionPeriod", USUAL.retention)),
            longest=int(told.get("MaximumMessageSize", USUAL.longest)),
        )
        if name not in self.queues:
            return self.create(name, settings)
        if self.queues[name].settings != settings:
            raise Refusal("QueueNameExists", "A queue with other attributes has this name.")
        return self.queues[name]

    def _named(self, name: str) -> Queue:
        if name not in self.queues:
            raise Refusal("QueueDoesNotExist", "The specified queue does not exist.")
        return self.queues[name]

    def _at(self, url: str) -> Queue:
        queue = self._named(url.rpartition("/")[2])
        if url != self.url_of(queue):
            raise Refusal("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def _struck(self, action: str, queue: Queue) -> Kind | None:
        for fault in self.faults:
            if fault.times and fault.action == action and fault.queue in {None, queue.name}:
                fault.times -= 1
                return fault.kind
        return None


class ServerFault(Exception):
    """SQS has a bad moment."""


def in_half(action: str, queue: Queue, request: Json) -> Json:
    """Do every other entry of a batch, beginning with the first, and refuse the others."""
    entries = request["Entries"][:MOST_ENTRIES]
    answer = ACTIONS[action](queue, {**request, "Entries": entries[::2]})
    why = {"Code": "InternalError", "Message": "Try again.", "SenderFault": False}
    failed = [{"Id": entry["Id"], **why} for entry in entries[1::2]]
    return {**answer, "Failed": answer.get("Failed", []) + failed}


class Server(ThreadingHTTPServer):
    """Listens for clients."""

    daemon_threads = True
    sqs: Sqs


class Handler(BaseHTTPRequestHandler):
    """One client's connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    # Without these two, every answer waits 40 ms for an acknowledgement that is itself delayed.
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1

    def do_POST(self) -> None:
        """Answer one call."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        action = self.headers.get("X-Amz-Target", "").removeprefix("AmazonSQS.")
        try:
            answer = self.server.sqs.answer(action, json.loads(body))
        except Refusal as refusal:
            self._refuse(HTTPStatus.BAD_REQUEST, refusal.code, refusal.message, "Sender")
        except ServerFault:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            self._refuse(status, "ServiceUnavailable", "Try again.", "Receiver")
        else:
            if answer is None:
                self.close_connection = True
            else:
                self._say(HTTPStatus.OK, answer, {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""

    def _refuse(self, status: HTTPStatus, code: str, message: str, fault: str) -> None:
        answer = {"__type": f"com.amazonaws.sqs#{code}", "message": message}
        self._say(status, answer, {"x-amzn-query-error": f"{LEGACY.get(code, code)};{fault}"})

    def _say(self, status: HTTPStatus, answer: Json, headers: Mapping[str, str]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
