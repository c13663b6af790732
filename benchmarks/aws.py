"""The AWS that an invocation talks to, as a process that answers at once, or after a while.

It remembers nothing: what is measured is what calls cost the function, and how many there are.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

type Json = dict[str, Any]

SETTINGS: Final = "settings"
CREDENTIALS: Final = "credentials"
WRITE_KEY: Final = "benchmark-write-key"


def answer(target: str, request: Json, destination: Json) -> Json:
    """What a call is answered with: everything succeeds, and nobody is suppressed."""
    match target.rpartition(".")[2]:
        case "GetParameter":
            settings = {name: one for name, one in destination.items() if name != "token"}
            return {"Parameter": {"Name": SETTINGS, "Value": json.dumps(settings), "Version": 1}}
        case "GetSecretValue":
            keys = [{"source": "benchmark", "writeKey": WRITE_KEY}]
            secret = json.dumps({"token": destination["token"], "writeKeys": keys})
            return {"Name": request["SecretId"], "SecretString": secret, "VersionId": "1"}
        case "BatchGetItem":
            return {"Responses": {name: [] for name in request["RequestItems"]}}
        case "BatchExecuteStatement":
            return {"Responses": [{} for _ in request["Statements"]]}
        case "SendMessageBatch" | "ChangeMessageVisibilityBatch":
            taken = [{"Id": one["Id"]} for one in request["Entries"]]
            return {"Successful": taken, "Failed": []}
        case _:
            return {}


class Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1
    destination: ClassVar[Json] = {}
    delay: ClassVar[float] = 0

    def do_POST(self) -> None:
        """Answer it."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(answer(self.headers["X-Amz-Target"], request, self.destination)).encode()
        time.sleep(self.delay)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def running(destination: Json, delay: float) -> Iterator[str]:
    """The URL of such an AWS, in a process of its own, whose answers take so many seconds."""
    command = [sys.executable, "-m", "benchmarks.aws", json.dumps(destination), str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout  # noqa: S101 - it is a pipe
        yield process.stdout.readline().decode().strip()
        process.kill()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("destination", type=json.loads)
    options.add_argument("delay", type=float)
    told = options.parse_args()
    Handler.destination, Handler.delay = told.destination, told.delay
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
