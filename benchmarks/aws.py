"""A stand-in for AWS, as a process that responds after a given delay.

It stores nothing: benchmarks measure the cost of the calls and their number. A GET returns how
often each action was called, and how many items of each table were read and written; a DELETE
forgets that.
"""

import argparse
import base64
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

type Json = dict[str, Any]

SETTINGS: Final = "settings"
CREDENTIALS: Final = "credentials"
WRITE_KEY: Final = "benchmark-write-key"
PROFILES: Final = "profiles"
# A profile of twenty properties, of which all were set long ago; an entry has sixteen bytes.
HISTORY: Final = b"".join(number.to_bytes(6) + bytes(10) for number in range(21))
PROFILE: Final[Json] = {
    "version": {"S": "0123456789ab"},
    "lease": {"N": "0"},
    "history": {"B": base64.b64encode(HISTORY).decode()},
    "expires_at": {"N": "2000000000"},
}
# Calls of DynamoDB that read; all others write.
READS: Final = frozenset({"BatchGetItem", "GetItem", "Query"})
# The table that a statement of PartiQL names first.
TABLE: Final = re.compile(r'"([\w.-]+)"')


def respond(target: str, request: Json, destination: Json) -> Json:
    """The response to a call: everything succeeds, and no user is suppressed."""
    match target.rpartition(".")[2]:
        case "GetParameter":
            settings = {name: value for name, value in destination.items() if name != "token"}
            return {"Parameter": {"Name": SETTINGS, "Value": json.dumps(settings), "Version": 1}}
        case "GetSecretValue":
            keys = [{"source": "benchmark", "writeKey": WRITE_KEY}]
            secret = json.dumps({"token": destination["token"], "writeKeys": keys})
            return {"Name": request["SecretId"], "SecretString": secret, "VersionId": "1"}
        case "BatchGetItem":
            tables = request["RequestItems"].items()
            return {"Responses": {name: stored_items(name, read["Keys"]) for name, read in tables}}
        case "BatchExecuteStatement":
            return {"Responses": [{} for _ in request["Statements"]]}
        case "SendMessageBatch" | "ChangeMessageVisibilityBatch":
            entries = [{"Id": entry["Id"]} for entry in request["Entries"]]
            return {"Successful": entries, "Failed": []}
        case _:  # a write, of which nothing is read, or a query, which finds nothing
            return {"Items": [], "Count": 0}


def stored_items(table: str, keys: list[Json]) -> list[Json]:
    """The items with these keys: every profile was updated before, and no other table has any."""
    return [{**key, **PROFILE} for key in keys] if table == PROFILES else []


def items_of(action: str, request: Json) -> Counter[str]:
    """How many items of each table a call of DynamoDB reads or writes, as in `ledger, written`."""
    verb = "read" if action in READS else "written"
    return Counter(f"{table}, {verb}" for table in tables_of(request))


def tables_of(request: Json) -> Iterator[str]:
    """The table of each item of a call of DynamoDB."""
    for table, items in request.get("RequestItems", {}).items():
        for _ in items["Keys"] if isinstance(items, dict) else items:
            yield table
    for statement in request.get("Statements", ()):
        if named := TABLE.search(statement["Statement"]):
            yield named[1]
    if "TableName" in request:
        yield request["TableName"]


class Handler(BaseHTTPRequestHandler):
    """One call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize: ClassVar[int] = -1
    destination: ClassVar[Json] = {}
    delay: ClassVar[float] = 0
    calls: ClassVar[Counter[str]] = Counter()
    items: ClassVar[Counter[str]] = Counter()

    def do_POST(self) -> None:
        """Respond to the call."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        target = self.headers["X-Amz-Target"]
        action = target.rpartition(".")[2]
        self.calls[action] += 1
        self.items.update(items_of(action, request))
        time.sleep(self.delay)
        self.send(respond(target, request, self.destination))

    def do_GET(self) -> None:
        """Return the counts."""
        self.send({"calls": self.calls, "items": self.items})

    def do_DELETE(self) -> None:
        """Forget the counts."""
        self.calls.clear()
        self.items.clear()
        self.send({})

    def send(self, response: Json) -> None:
        """Send a response."""
        body = json.dumps(response).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("destination", type=json.loads)
    options.add_argument("delay", type=float)
    arguments = options.parse_args()
    Handler.destination, Handler.delay = arguments.destination, arguments.delay
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
