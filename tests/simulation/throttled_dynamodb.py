"""A stand-in for DynamoDB that limits the rate of calls as DynamoDB does, over real HTTP.

Each table has a bucket of write units and one of read units, which fill at a constant rate. A
transaction first prepares each of its actions and then does it, a unit for either, so that one that
is cancelled has used what was prepared. Only the calls and conditions of regulations are known.
"""

import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any, Final

import orjson

READ_UNITS: Final = 12_000
CONFLICT: Final = "TransactionConflict"
CALL_ERRORS: Final = ("ProvisionedThroughputExceededException", "ThrottlingException")
REASONS: Final = ("ProvisionedThroughputExceeded", "ThrottlingError")

type Item = dict[str, Any]


class Failed(Exception):
    """A call fails; `reasons` are those of the actions of a transaction."""

    def __init__(self, code: str, reasons: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.reasons = reasons


class Bucket:
    """Units of a table, of which one second's can be saved."""

    def __init__(self, rate: float) -> None:
        self.rate = self.units = rate
        self.used = 0.0
        self.filled_at = time.monotonic()

    def take(self, units: float) -> bool:
        """Take some units, unless there are too few."""
        now = time.monotonic()
        self.units = min(self.rate, self.units + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.units < units:
            return False
        self.units -= units
        self.used += units
        return True


class Table:
    """Items by their ids."""

    def __init__(self, writes: float) -> None:
        self.items: dict[str, Item] = {}
        self.writes = Bucket(writes)
        self.reads = Bucket(READ_UNITS)
        self.in_transactions: set[str] = set()


class ThrottledDynamoDb:
    """The tables, and the calls to them."""

    def __init__(self, write_units: float, seconds: float) -> None:
        self.seconds = seconds
        self.tables = {name: Table(write_units) for name in ("regulations", "suppressions")}
        self.lock = Lock()
        self.calls: Counter[str] = Counter()
        self.errors, self.reasons = cycle(CALL_ERRORS), cycle(REASONS)

    def call(self, action: str, request: Any) -> Any:
        """Do a call, and return its response; raises Failed."""
        self.calls[action] += 1
        try:
            if action == "TransactWriteItems":
                return self.transact(request["TransactItems"])
            time.sleep(self.seconds)
            with self.lock:
                return getattr(self, action)(request)
        except Failed as failed:
            self.calls[f"{action}: {failed.code}"] += 1
            raise

    def take(self, bucket: Bucket, units: float) -> None:
        """Take units for a single call; raises Failed when there are too few."""
        if not bucket.take(units):
            raise Failed(next(self.errors))

    def GetItem(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Read one item."""
        table = self.tables[request["TableName"]]
        item = table.items.get(request["Key"]["id"]["S"])
        self.take(table.reads, 1 + size_of(item) / 4096)
        return {"Item": item} if item else {}

    def BatchGetItem(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Read as many of the items as there are units for."""
        ((name, wanted),) = request["RequestItems"].items()
        table = self.tables[name]
        read = [key for key in wanted["Keys"] if table.reads.take(1)]
        if not read:
            raise Failed(next(self.errors))
        items = [table.items[key["id"]["S"]] for key in read if key["id"]["S"] in table.items]
        left = [key for key in wanted["Keys"] if key not in read]
        return {
            "Responses": {name: items},
            "UnprocessedKeys": {name: {**wanted, "Keys": left}} if left else {},
        }

    def Scan(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Read the first item."""
        return {"Items": list(self.tables[request["TableName"]].items.values())[:1]}

    def Query(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Find what is due."""
        now = int(request["ExpressionAttributeValues"][":now"]["N"])
        items = self.tables[request["TableName"]].items.values()
        due = [item for item in items if "due_at" in item and int(item["due_at"]["N"]) <= now]
        return {"Items": sorted(due, key=lambda item: int(item["due_at"]["N"]))}

    def PutItem(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Write an item on a condition."""
        return self.write(request, request["Item"])

    def UpdateItem(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Write the check value."""
        values = request["ExpressionAttributeValues"]
        return self.write(request, {**request["Key"], "check_value": values[":check"]})

    def write(self, request: Any, item: Item) -> Any:
        """Write an item on a condition; raises Failed when it fails, which uses units as well."""
        table, id_ = self.tables[request["TableName"]], item["id"]["S"]
        self.take(table.writes, 1 + max(size_of(item), size_of(table.items.get(id_))) // 1024)
        if not holds(request, table.items.get(id_)):
            raise Failed("ConditionalCheckFailedException")
        table.items[id_] = item
        return {}

    def transact(self, actions: list[Any]) -> Any:
        """Do all actions or none; raises Failed with the reason for each."""
        writes = [action.get("Put") or action["Update"] for action in actions]
        table = self.tables[writes[0]["TableName"]]
        ids = [(write.get("Item") or write["Key"])["id"]["S"] for write in writes]
        with self.lock:
            reasons = [
                self.prepare(table, id_, write) for id_, write in zip(ids, writes, strict=True)
            ]
            if any(reason != "None" for reason in reasons):
                time.sleep(0)
                raise_after = reasons
            else:
                raise_after = []
                table.in_transactions.update(ids)
        time.sleep(self.seconds)
        if raise_after:
            raise Failed("TransactionCanceledException", raise_after)
        with self.lock:
            table.writes.used += len(ids)
            table.writes.units -= len(ids)
            for id_, write in zip(ids, writes, strict=True):
                table.items[id_] = write.get("Item") or updated(table.items.get(id_), id_, write)
            table.in_transactions.difference_update(ids)
        return {}

    def prepare(self, table: Table, id_: str, write: Any) -> str:
        """Why an action of a transaction cannot be done; `None` when it can."""
        if id_ in table.in_transactions:
            return CONFLICT
        if not table.writes.take(1):
            return next(self.reasons)
        return "None" if holds(write, table.items.get(id_)) else "ConditionalCheckFailed"

    def statistics(self) -> dict[str, Any]:
        """What the tables hold, and what was used."""
        suppressed = [
            item for item in self.tables["suppressions"].items.values() if "holders" in item
        ]
        units = {name: round(table.writes.used) for name, table in self.tables.items()}
        return {"suppressed": len(suppressed), "units": units, "calls": dict(self.calls)}


def size_of(item: Item | None) -> int:
    """The bytes of an item, approximately."""
    if item is None:
        return 0
    content = item.get("content", {}).get("B", "")
    return len(b64decode(content)) or len(orjson.dumps(item))


def holds(request: Any, item: Item | None) -> bool:
    """Whether the condition of a write holds."""
    values = request.get("ExpressionAttributeValues", {})
    match request.get("ConditionExpression"):
        case None:
            return True
        case "version = :version":
            return item is not None and item["version"] == values[":version"]
        case "attribute_not_exists(id)":
            return item is None
        case "attribute_not_exists(id) OR #chunk = :chunk":
            return item is None or item["chunk"] == values[":chunk"]
        case other:
            raise ValueError(other)


def updated(item: Item | None, id_: str, write: Any) -> Item:
    """An item whose holders are added to."""
    assert write["UpdateExpression"] == "ADD holders :regulations"
    held = set((item or {}).get("holders", {}).get("SS", ()))
    added = held | set(write["ExpressionAttributeValues"][":regulations"]["SS"])
    return {"id": {"S": id_}, "holders": {"SS": sorted(added)}}


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
