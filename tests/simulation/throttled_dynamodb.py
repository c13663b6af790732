"""A stand-in for DynamoDB that limits the rate of calls as DynamoDB does.

Each table has a bucket of write units and one of read units, which fill at a constant rate. A
transaction first prepares each of its actions and then does it, a unit for either, so that one that
is cancelled has used what was prepared. Only the calls and conditions of regulations and of the
ledger are known.
"""

import time
from base64 import b64decode
from collections import Counter
from itertools import cycle
from threading import Lock
from typing import Any, Final

import orjson

from tests.fakes.partiql import execute_call

TABLES: Final = ("regulations", "suppressions", "ledger")
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
        self.tables = {name: Table(write_units) for name in TABLES}
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

    def BatchExecuteStatement(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Execute as many of the statements as there are units for."""
        return {
            "Responses": [
                execute_call([statement], self.items_of)[0]
                if self.tables["ledger"].writes.take(1)
                else {"Error": {"Code": next(self.reasons), "Message": "throttled"}}
                for statement in request["Statements"]
            ]
        }

    def BatchWriteItem(self, request: Any) -> Any:  # noqa: N802 - DynamoDB's name
        """Write as many of the items as there are units for."""
        ((name, writes),) = request["RequestItems"].items()
        table, left = self.tables[name], []
        for write in writes:
            if table.writes.take(1):
                item = write["PutRequest"]["Item"]
                table.items[item["id"]["S"]] = item
            else:
                left.append(write)
        if len(left) == len(writes):
            raise Failed(next(self.errors))
        return {"UnprocessedItems": {name: left} if left else {}}

    def items_of(self, name: str) -> dict[str, Item] | None:
        """The items of a table, none if there is no such table."""
        return self.tables[name].items if name in self.tables else None

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
        states = Counter(item["state"]["S"] for item in self.tables["ledger"].items.values())
        units = {name: round(table.writes.used) for name, table in self.tables.items()}
        return {
            "suppressed": len(suppressed),
            "counters": dict(states),
            "units": units,
            "calls": dict(self.calls),
        }


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
