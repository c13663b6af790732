"""Stores regulations in one table of DynamoDB, the source of truth for each of them.

A chunk is one item; a write succeeds only for the latest version. Each regulation has an item
beside it that names its chunk. So has each task of Mixpanel that a chunk has claimed, so that no
two chunks follow the same one.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from rudder_mixpanel.aws.dynamodb import (
    ConditionFailed,
    call_table,
    read_items,
    write_in_transactions,
)
from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.stored_chunk import decode_chunk, encode_chunk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Chunks that are found due at a time.
MOST_DUE: Final = 100
CHUNK: Final = "chunk#"
REGULATION: Final = "regulation#"
TASK: Final = "task#"
# The two indexes: chunks with work by when it is due, and all chunks by when they were created.
DUE_INDEX: Final = "due"
MADE_INDEX: Final = "made"


class RegulationRepository(Protocol):
    """The stored regulations; every method raises TableUnavailable."""

    def entries(self, regulations: Collection[str]) -> dict[str, str]:
        """The id of the chunk of each of these regulations; unknown ones are missing."""
        ...

    def load(self, chunk: str) -> Chunk | None:
        """Read the latest version of a chunk."""
        ...

    def load_all(self, chunks: Sequence[str]) -> Iterator[Chunk | None]:
        """The latest version of each of up to a hundred chunks, decoded when it is asked for."""
        ...

    def begin(self, chunk: Chunk) -> bool:
        """Write a new chunk; False when one with its id exists."""
        ...

    def enter(self, chunk: str, regulations: Sequence[str]) -> set[str]:
        """Write an entry for each regulation of a chunk; return those that belong to another."""
        ...

    def save(self, chunk: Chunk) -> bool:
        """Write a chunk; False when it was written by another process since it was read."""
        ...

    def claim(self, task_id: str, chunk: str) -> bool:
        """Claim a task of Mixpanel for a chunk; False when another chunk has claimed it."""
        ...

    def due(self, now: int) -> list[str]:
        """Ids of chunks with work that is due, the longest due first; the list may be partial."""
        ...

    def due_times(self) -> dict[str, int]:
        """When the work on each chunk is due, of all chunks that have any."""
        ...

    def page(self, first: str, last: str, limit: int) -> list[tuple[str, str]]:
        """Sort key and id of the first chunks, by creation, whose keys are in a range."""
        ...


class DynamoRegulationRepository:
    """Regulations in DynamoDB."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, backoff: TableBackoff) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.backoff = backoff

    def entries(self, regulations: Collection[str]) -> dict[str, str]:
        """Read a hundred at a time in parallel, strongly consistent."""
        ids = [REGULATION + regulation for regulation in regulations]
        return dict(map(read_entry, self.read_items(ids)))

    def read_items(self, ids: Collection[str]) -> list[Any]:
        """Read any number of items, strongly consistent; raises TableUnavailable."""
        return read_items(self.dynamodb, self.table, ids, self.backoff)

    def load(self, chunk: str) -> Chunk | None:
        """Read one item, strongly consistent."""
        get = partial(self.dynamodb.get_item, TableName=self.table, ConsistentRead=True)
        response = self.call(partial(get, Key={"id": {"S": CHUNK + chunk}}))
        item = cast("dict[str, Any]", response.get("Item"))
        return decode_chunk(item["content"]["B"]) if item else None

    def load_all(self, chunks: Sequence[str]) -> Iterator[Chunk | None]:
        """Read them in one call, strongly consistent."""
        items = self.read_items([CHUNK + chunk for chunk in chunks])
        stored = {item["id"]["S"].removeprefix(CHUNK): item["content"]["B"] for item in items}
        for chunk in chunks:
            yield decode_chunk(stored[chunk]) if chunk in stored else None

    def begin(self, chunk: Chunk) -> bool:
        """Write it on the condition that no item has its id."""
        return self.put(chunk, "attribute_not_exists(id)", {})

    def save(self, chunk: Chunk) -> bool:
        """Write it on the condition that the item still has the version that was read."""
        version = chunk.version
        chunk.version += 1
        saved = self.put(chunk, "version = :version", {":version": {"N": str(version)}})
        if not saved:
            chunk.version = version
        return saved

    def put(self, chunk: Chunk, condition: str, values: dict[str, Any]) -> bool:
        """Write a chunk on a condition; False when the condition fails."""
        expression: Any = {"ExpressionAttributeValues": values} if values else {}
        return self.put_if(ConditionExpression=condition, Item=chunk_item(chunk), **expression)

    def put_if(self, **request: Any) -> bool:
        """Write an item on a condition; False when the condition fails."""
        try:
            self.call(partial(self.dynamodb.put_item, TableName=self.table, **request))
        except ConditionFailed:
            return False
        return True

    def enter(self, chunk: str, regulations: Sequence[str]) -> set[str]:
        """Write each entry on the condition that no other chunk has it."""
        actions: list[Any] = [
            {"Put": {"TableName": self.table, **entry_put(chunk, regulation)}}
            for regulation in regulations
        ]
        failed = write_in_transactions(self.dynamodb, actions, self.backoff)
        return {regulations[index] for index in failed}

    def claim(self, task_id: str, chunk: str) -> bool:
        """Write it on the condition that no other chunk has claimed it."""
        return self.put_if(
            Item={"id": {"S": TASK + task_id}, **owner(chunk)}, **unowned_by_others(chunk)
        )

    def due(self, now: int) -> list[str]:
        """Query the index, which lags a moment behind the table."""
        response = self.query(
            IndexName=DUE_INDEX,
            KeyConditionExpression="#work = :due AND due_at <= :now",
            ExpressionAttributeNames={"#work": "work"},
            ExpressionAttributeValues={":due": {"S": "due"}, ":now": {"N": str(now)}},
            Limit=MOST_DUE,
        )
        return [str(item["id"]["S"]).removeprefix(CHUNK) for item in response["Items"]]

    def due_times(self) -> dict[str, int]:
        """Query the whole index, about 100 bytes a chunk."""
        times: dict[str, int] = {}
        start: Any = {}
        while True:
            response = self.query(
                IndexName=DUE_INDEX,
                KeyConditionExpression="#work = :due",
                ExpressionAttributeNames={"#work": "work"},
                ExpressionAttributeValues={":due": {"S": "due"}},
                **start,
            )
            items: Sequence[Any] = response["Items"]
            times |= {
                item["id"]["S"].removeprefix(CHUNK): int(item["due_at"]["N"]) for item in items
            }
            if "LastEvaluatedKey" not in response:
                return times
            start = {"ExclusiveStartKey": response["LastEvaluatedKey"]}

    def page(self, first: str, last: str, limit: int) -> list[tuple[str, str]]:
        """Query the index of all chunks, which lags a moment behind the table."""
        if first > last:
            return []
        response = self.query(
            IndexName=MADE_INDEX,
            KeyConditionExpression="kept = :chunk AND made BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":chunk": {"S": "chunk"},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            Limit=limit,
        )
        items: Sequence[Any] = response["Items"]
        return [(item["made"]["S"], item["id"]["S"].removeprefix(CHUNK)) for item in items]

    def query(self, **request: Any) -> Any:
        """Query an index."""
        return self.call(partial(self.dynamodb.query, TableName=self.table, **request))

    def call(self, call: Callable[[], Any]) -> Any:
        """Make a call, repeated while it is throttled; raises ConditionFailed for a write."""
        return call_table(call, self.backoff)


def chunk_item(chunk: Chunk) -> dict[str, Any]:
    """The item of a chunk; only a chunk with work is in the index of what is due."""
    item: dict[str, Any] = {
        "id": {"S": CHUNK + chunk.id},
        "content": {"B": encode_chunk(chunk)},
        "version": {"N": str(chunk.version)},
        "kept": {"S": "chunk"},
        "made": {"S": sort_key(chunk)},
    }
    if chunk.due is not None:
        item |= {"work": {"S": "due"}, "due_at": {"N": str(chunk.due)}}
    return item


def entry_put(chunk: str, regulation: str) -> dict[str, Any]:
    """The item of a regulation's entry, and the condition for writing it."""
    item = {"id": {"S": REGULATION + regulation}, **owner(chunk)}
    return {"Item": item, **unowned_by_others(chunk)}


def read_entry(item: Any) -> tuple[str, str]:
    """The ids of a regulation and its chunk, from its item."""
    return item["id"]["S"].removeprefix(REGULATION), item["chunk"]["S"]


def owner(chunk: str) -> dict[str, Any]:
    """The attribute of an item that belongs to a chunk."""
    return {"chunk": {"S": chunk}}


def unowned_by_others(chunk: str) -> dict[str, Any]:
    """The condition that an item is new, or belongs to this chunk."""
    return {
        "ConditionExpression": "attribute_not_exists(id) OR #chunk = :chunk",
        "ExpressionAttributeNames": {"#chunk": "chunk"},
        "ExpressionAttributeValues": {":chunk": {"S": chunk}},
    }


def sort_key(chunk: Chunk) -> str:
    """The key that sorts chunks by their creation."""
    return f"{time_key(chunk.requested_at)}#{chunk.id}"


def time_key(seconds: int) -> str:
    """The key before those of all chunks that are created at this time or later."""
    return f"{seconds:012d}"
