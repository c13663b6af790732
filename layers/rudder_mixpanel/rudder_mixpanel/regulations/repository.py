"""The register of regulations: the truth about each, in one table of DynamoDB.

A chunk is one item, written only by whoever has read its latest version. A regulation is an item
beside it that says which chunk it belongs to, and under which pseudonyms its user is suppressed. So
is a task of Mixpanel's, that no two chunks take for their own.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import SIDE_BY_SIDE, write_in_transactions
from rudder_mixpanel.errors import DeliveryError, TableUnavailable
from rudder_mixpanel.regulations.model import Chunk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS: Final = 100
CHUNK: Final = "chunk#"
REGULATION: Final = "regulation#"
TASK: Final = "task#"
# The two indexes: what is due, by when; and all chunks, by when they came.
DUE_INDEX: Final = "due"
MADE_INDEX: Final = "made"
FAILED_CONDITION: Final = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class RegulationEntry:
    """Where a regulation is, and under which names its user is suppressed."""

    chunk: str
    names: tuple[str, ...]


class RegulationRepository(Protocol):
    """What the use cases need of the register; all of it raises TableUnavailable."""

    def entries(self, regulations: Collection[str]) -> dict[str, RegulationEntry]:
        """The entry of each of these that there is."""
        ...

    def load(self, chunk: str) -> Chunk | None:
        """A chunk as it is now."""
        ...

    def begin(self, chunk: Chunk) -> bool:
        """Write a chunk that is new; False when there is one of its id."""
        ...

    def enter(self, chunk: Chunk) -> set[str]:
        """Write an entry for each member, and tell which of them belong to another chunk."""
        ...

    def save(self, chunk: Chunk) -> bool:
        """Write a chunk; False when somebody else has written it since it was read."""
        ...

    def claim(self, task_id: str, chunk: str) -> bool:
        """Say that a task of Mixpanel's is this chunk's; False when it is another one's."""
        ...

    def due(self, now: int) -> list[str]:
        """Chunks for which there is something to do, the longest due first; not all, maybe."""
        ...

    def page(self, after: str, limit: int) -> list[tuple[str, str]]:
        """Chunks in the order in which they came, each with its place; `after` a place."""
        ...


class DynamoRegulationRepository:
    """The register in DynamoDB."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def entries(self, regulations: Collection[str]) -> dict[str, RegulationEntry]:
        """Ask for a hundred at a time, side by side, and strongly consistent."""
        batches = list(batched(dict.fromkeys(regulations), KEYS, strict=False))
        found: dict[str, RegulationEntry] = {}
        if len(batches) == 1:
            found = self.some_entries(batches[0])
        elif batches:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
                for part in threads.map(self.some_entries, batches):
                    found |= part
        return found

    def some_entries(self, regulations: Iterable[str]) -> dict[str, RegulationEntry]:
        """As many entries as one call may ask for, until DynamoDB has put none of them off."""
        found: dict[str, RegulationEntry] = {}
        left: Any = [{"id": {"S": REGULATION + one}} for one in regulations]
        while left:
            with table_errors():
                answer = self.dynamodb.batch_get_item(
                    RequestItems={self.table: {"Keys": left, "ConsistentRead": True}}
                )
            for item in answer["Responses"].get(self.table, []):
                regulation = item["id"]["S"].removeprefix(REGULATION)
                names = tuple(item.get("names", {}).get("SS", []))
                found[regulation] = RegulationEntry(item["chunk"]["S"], tuple(sorted(names)))
            put_off: Any = answer.get("UnprocessedKeys", {})
            left = put_off.get(self.table, {}).get("Keys", [])
        return found

    def load(self, chunk: str) -> Chunk | None:
        """Read one item, strongly consistent."""
        with table_errors():
            answer = self.dynamodb.get_item(
                TableName=self.table, Key={"id": {"S": CHUNK + chunk}}, ConsistentRead=True
            )
        item = cast("dict[str, Any]", answer.get("Item"))
        return Chunk.decoded(item["content"]["B"]) if item else None

    def begin(self, chunk: Chunk) -> bool:
        """Write it on the condition that there is none."""
        return self.put(chunk, "attribute_not_exists(id)", {})

    def save(self, chunk: Chunk) -> bool:
        """Write it on the condition that it is of the version that was read."""
        version = chunk.version
        chunk.version += 1
        saved = self.put(chunk, "version = :version", {":version": {"N": str(version)}})
        if not saved:
            chunk.version = version
        return saved

    def put(self, chunk: Chunk, condition: str, values: dict[str, Any]) -> bool:
        """Write a chunk on a condition."""
        item: dict[str, Any] = {
            "id": {"S": CHUNK + chunk.id},
            "content": {"B": chunk.encoded()},
            "version": {"N": str(chunk.version)},
            "kept": {"S": "chunk"},
            "made": {"S": sort_key(chunk)},
        }
        if chunk.due is not None:
            item |= {"work": {"S": "due"}, "due_at": {"N": str(chunk.due)}}
        given: Any = {"ExpressionAttributeValues": values} if values else {}
        try:
            with table_errors():
                self.dynamodb.put_item(
                    TableName=self.table, Item=item, ConditionExpression=condition, **given
                )
        except ConditionFailed:
            return False
        return True

    def enter(self, chunk: Chunk) -> set[str]:
        """Write the entries, each on the condition that it is not another chunk's."""
        actions: list[Any] = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": {
                        "id": {"S": REGULATION + one},
                        "chunk": {"S": chunk.id},
                        "names": {"SS": sorted(set(chunk.people[one].names))},
                    },
                    "ConditionExpression": "attribute_not_exists(id) OR #chunk = :chunk",
                    "ExpressionAttributeNames": {"#chunk": "chunk"},
                    "ExpressionAttributeValues": {":chunk": {"S": chunk.id}},
                }
            }
            for one in chunk.members
        ]
        return {chunk.members[place] for place in write_in_transactions(self.dynamodb, actions)}

    def claim(self, task_id: str, chunk: str) -> bool:
        """Write it on the condition that nobody else has."""
        try:
            with table_errors():
                self.dynamodb.put_item(
                    TableName=self.table,
                    Item={"id": {"S": TASK + task_id}, "chunk": {"S": chunk}},
                    ConditionExpression="attribute_not_exists(id) OR #chunk = :chunk",
                    ExpressionAttributeNames={"#chunk": "chunk"},
                    ExpressionAttributeValues={":chunk": {"S": chunk}},
                )
        except ConditionFailed:
            return False
        return True

    def due(self, now: int) -> list[str]:
        """Ask the index, which knows a moment later what the table knows."""
        with table_errors():
            answer = self.dynamodb.query(
                TableName=self.table,
                IndexName=DUE_INDEX,
                KeyConditionExpression="#work = :due AND due_at <= :now",
                ExpressionAttributeNames={"#work": "work"},
                ExpressionAttributeValues={":due": {"S": "due"}, ":now": {"N": str(now)}},
                Limit=KEYS,
            )
        return [str(item["id"]["S"]).removeprefix(CHUNK) for item in answer["Items"]]

    def page(self, after: str, limit: int) -> list[tuple[str, str]]:
        """Ask the index."""
        with table_errors():
            answer = self.dynamodb.query(
                TableName=self.table,
                IndexName=MADE_INDEX,
                KeyConditionExpression="kept = :chunk AND made > :after",
                ExpressionAttributeValues={
                    ":chunk": {"S": "chunk"},
                    ":after": {"S": after or " "},
                },
                Limit=limit,
            )
        items: Sequence[Any] = answer["Items"]
        return [(one["made"]["S"], one["id"]["S"].removeprefix(CHUNK)) for one in items]


class ConditionFailed(DeliveryError):
    """Somebody else was first."""


@contextmanager
def table_errors() -> Iterator[None]:
    """What goes wrong in the block is the table's; a condition that fails is no fault."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == FAILED_CONDITION:
            raise ConditionFailed from None
        raise TableUnavailable(code) from error
    except BotoCoreError as error:
        raise TableUnavailable(type(error).__name__) from error


def sort_key(chunk: Chunk) -> str:
    """Where a chunk stands among all, in the order in which they came."""
    return f"{chunk.asked_at:012d}#{chunk.id}"
