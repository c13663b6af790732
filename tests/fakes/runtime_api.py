"""Lambda's Runtime API on this machine, and a process with a function that uses it.

`LambdaRuntime` starts the real runtime client with a function and a layer, and passes it one event
after another, as Lambda does.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Protocol, Self

from tests.fakes.execution_environment import isolated, runtime_folder

FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:under-test"

# What Lambda sets for every function. The client reads the log format, Powertools reads the rest.
LAMBDA_ENVIRONMENT = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_NAME": "under-test",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "LANG": "en_US.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TZ": ":UTC",
}


class FunctionDied(Exception):
    """The function's process ended, or did not respond in time; the text is its log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one invocation."""

    payload: Any
    failed: bool  # the handler raised, and the payload describes the exception
    log: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event for the function."""

    request_id: str
    body: bytes
    deadline: int  # milliseconds since 1970


class Process(Protocol):
    """A process as it is needed here."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def poll(self) -> int | None:
        """None while it runs."""
        ...

    def kill(self) -> None:
        """Send SIGKILL."""
        ...

    def wait(self) -> int:
        """Wait for its end."""
        ...


class LambdaRuntime:
    """A function in a process of its own, while the `with` block lasts."""

    def __init__(
        self,
        function_dir: Path,
        layer_dir: Path,
        handler: str,
        env: Mapping[str, str],
        timeout: float = 60,
    ) -> None:
        # The folder used as /var/runtime; links into this environment, unless it is set.
        self.runtime: Path | None = None
        self._function = function_dir.resolve()
        self._layer = layer_dir.resolve()
        self._handler = handler
        self._environment = LAMBDA_ENVIRONMENT | dict(env)
        self._timeout = timeout
        self._request_ids = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))
        self._read = 0

    def __enter__(self) -> Self:
        """Start the API and the function's process."""
        self._folder = TemporaryDirectory(prefix="lambda-runtime-")
        self._server = RuntimeApi()
        self._log = Path(self._folder.name) / "log"
        self._serving = threading.Thread(target=self._server.serve_forever, args=[0.01])
        self._serving.start()
        self._process = self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """End both, and remove their files."""
        self._process.kill()
        self._process.wait()
        self._server.shutdown()
        self._server.invocations.put(None)
        self._serving.join()
        self._server.server_close()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The process id of the function's process."""
        return self._process.pid

    def invoke(self, event: Any) -> Answer:
        """Invoke the function and wait for its result; the first call also waits for its imports.

        The event is bytes if it is encoded already, for who measures the time.
        Raises FunctionDied when the process ends or its time is up.
        """
        request_id = next(self._request_ids)
        deadline = time.time_ns() // 1_000_000 + int(self._timeout * 1000)
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        self._server.invocations.put(Invocation(request_id, body, deadline))
        give_up = time.monotonic() + self._timeout
        while True:
            # Checked first: if the process has ended, its last result is in the queue by now.
            alive = self._process.poll() is None
            try:
                outcome, payload = self._server.outcomes.get(timeout=0.05)
            except queue.Empty:
                if not alive or time.monotonic() > give_up:
                    raise FunctionDied("\n".join(self._new_lines())) from None
            else:
                return Answer(payload=payload, failed=outcome == "error", log=self._new_lines())

    def _start(self) -> Process:
        runtime = self.runtime or runtime_folder(Path(self._folder.name) / "runtime")
        client = (
            f"sys.argv[:] = ['awslambdaric', {self._handler!r}]; "
            "import runpy; runpy.run_module('awslambdaric', run_name='__main__')"
        )
        with self._log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603  the command is ours
                isolated(client, [self._function, self._layer / "python", runtime]),
                cwd=self._function,
                env=self._environment
                | {
                    "AWS_LAMBDA_RUNTIME_API": self._server.address,
                    "LAMBDA_RUNTIME_DIR": str(runtime),
                    "LAMBDA_TASK_ROOT": str(self._function),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _new_lines(self) -> tuple[str, ...]:
        """The lines logged since the last call; the client logs before it responds."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            new = log.read()
        self._read += len(new)
        return tuple(new.decode().splitlines())


class RuntimeApi(ThreadingHTTPServer):
    """The HTTP server: it sends invocations, and receives their results."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RuntimeApiHandler)
        self.address = f"127.0.0.1:{self.server_port}"
        self.invocations: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.outcomes: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a function that is killed while it waits."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class RuntimeApiHandler(BaseHTTPRequestHandler):
    """The connection of the runtime client."""

    server: RuntimeApi
    protocol_version = "HTTP/1.1"
    # Without these two, every answer waits 40 ms for an acknowledgement that is itself delayed.
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1

    def do_GET(self) -> None:
        """Send the next invocation, when there is one."""
        invocation = self.server.invocations.get()
        if invocation is None:  # the server stops
            self.close_connection = True
            return
        self._answer(
            HTTPStatus.OK,
            invocation.body,
            {
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline),
                "Lambda-Runtime-Invoked-Function-Arn": FUNCTION_ARN,
                "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            },
        )

    def do_POST(self) -> None:
        """Receive a response, or an error of an invocation or of the start."""
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length or 0))
        if length is None or len(body) < int(length):
            # The function was killed while it responded.
            self.close_connection = True
            return
        outcome = self.path.rpartition("/")[2]  # response or error
        self.server.outcomes.put((outcome, json.loads(body)))
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}', {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Log nothing: only the function's log is of interest."""

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
