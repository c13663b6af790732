"""The table of suppressed users: one item for each identifier, under a keyed hash of it.

An item holds the regulations that suppress the identifier, which is suppressed as long as there is
one. What cannot be read is unknown, and nothing about unknown users is sent. How many events a
regulation has suppressed is counted in an item of its own, under the regulation's id.
"""

import hmac
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import write_in_transactions
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.message.identity import plain_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Limit of BatchGetItem: https://docs.aws.amazon.com/amazondynamodb, "BatchGetItem"
KEYS: Final = 100
SIDE_BY_SIDE: Final = 16
# Attempts at keys that DynamoDB returns unprocessed.
ATTEMPTS: Final = 4
# Milliseconds that one count, and after it the response to Lambda, may take.
TIME_TO_COUNT: Final = 15_000
# Half of SHA-256: collisions do not happen, and an item of a thousand users stays small.
DIGITS: Final = 32
NOBODY: Final[frozenset[str]] = frozenset()
HOLD: Final = "ADD holders :regulations"
RELEASE: Final = "DELETE holders :regulations ADD past :regulations"


def pseudonym(key: bytes, identifier: str) -> str:
    """The keyed hash that stands for all spellings of an identifier in the tables."""
    return keyed_hash(key, plain_id(identifier))


def keyed_hash(key: bytes, text: str) -> str:
    """A hash of a text that nobody can compute without the key."""
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:DIGITS]


class SuppressionLookup(Protocol):
    """What delivery needs of the table of suppressed users."""

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each identifier; those that cannot be read are missing."""
        ...

    def count(self, suppressed: Mapping[str, int], at: int, time_left: TimeLeft) -> None:
        """Count for the reports how many events each regulation suppressed."""
        ...


class DynamoSuppressionLookup:
    """The suppressed users in DynamoDB, looked up by identifier."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, key: bytes) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.key = key

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """Read in concurrent batches of a hundred, strongly consistent."""
        names = {identifier: pseudonym(self.key, identifier) for identifier in identifiers}
        read = partial(self.read_batch, threading.Event())
        batches = list(batched(dict.fromkeys(names.values()), KEYS, strict=False))
        holders: dict[str, frozenset[str]] = {}
        if len(batches) == 1:
            holders = read(batches[0])
        elif batches:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
                for part in threads.map(read, batches):
                    holders |= part
        return {identifier: holders[name] for identifier, name in names.items() if name in holders}

    def read_batch(
        self, unreachable: threading.Event, names: Iterable[str]
    ) -> dict[str, frozenset[str]]:
        """The regulations that hold each pseudonym; those that cannot be read are missing."""
        remaining: list[Any] = [{"id": {"S": name}} for name in names]
        holders = {key["id"]["S"]: NOBODY for key in remaining}
        for _ in range(ATTEMPTS):
            # A failed call takes seconds, so no further one is made by any thread.
            if not remaining or unreachable.is_set():
                break
            try:
                items, remaining = self.read_items(remaining)
            except (BotoCoreError, ClientError):
                unreachable.set()
                break
            for item in items:
                holders[str(item["id"]["S"])] = frozenset(item.get("holders", {}).get("SS", ()))
        for key in remaining:
            del holders[key["id"]["S"]]
        return holders

    def read_items(self, keys: list[Any]) -> tuple[list[Any], list[Any]]:
        """The items with these keys, and the keys that DynamoDB did not process."""
        request: Any = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": "id, holders",
        }
        response = self.dynamodb.batch_get_item(RequestItems={self.table: request})
        unprocessed: Any = response.get("UnprocessedKeys", {})
        items: list[Any] = response["Responses"].get(self.table, [])
        return items, unprocessed.get(self.table, {}).get("Keys", [])

    def count(self, suppressed: Mapping[str, int], at: int, time_left: TimeLeft) -> None:
        """Add to the count of each regulation; stop when there is no time or no response."""
        for regulation, events in suppressed.items():
            if time_left() < TIME_TO_COUNT:
                return
            try:
                self.dynamodb.update_item(
                    TableName=self.table,
                    Key={"id": {"S": regulation}},
                    UpdateExpression="SET last_event_at = :at ADD events :events",
                    ExpressionAttributeValues={
                        ":at": {"N": str(at)},
                        ":events": {"N": str(events)},
                    },
                )
            except (BotoCoreError, ClientError):
                return


@dataclass(frozen=True, slots=True)
class SuppressionEntry:
    """One item: the regulations that hold an identifier and those that held it, or a count."""

    holders: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    events: int = 0
    last_event_at: int = 0


class SuppressionStore(Protocol):
    """What regulations and deletion need of the table of suppressed users."""

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress each pseudonym for its regulations. Raises TableUnavailable."""
        ...

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """End the suppression of each pseudonym by its regulations. Raises TableUnavailable."""
        ...

    def get(self, name: str) -> SuppressionEntry:
        """The item with this key, empty if there is none. Raises TableUnavailable."""
        ...


class DynamoSuppressionStore:
    """The suppressed users in DynamoDB, written by pseudonym."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Add the regulations to the holders. Raises TableUnavailable."""
        self.update(HOLD, names)

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Move the regulations from the holders to the past ones. Raises TableUnavailable."""
        self.update(RELEASE, names)

    def update(self, expression: str, names: Mapping[str, Sequence[str]]) -> None:
        """Update each item. Raises TableUnavailable."""
        actions: list[Any] = [
            {
                "Update": {
                    "TableName": self.table,
                    "Key": {"id": {"S": name}},
                    "UpdateExpression": expression,
                    "ExpressionAttributeValues": {":regulations": {"SS": sorted(set(regulations))}},
                }
            }
            for name, regulations in names.items()
        ]
        write_in_transactions(self.dynamodb, actions)

    def get(self, name: str) -> SuppressionEntry:
        """Read one item, strongly consistent. Raises TableUnavailable."""
        try:
            response = self.dynamodb.get_item(
                TableName=self.table, Key={"id": {"S": name}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise TableUnavailable(type(error).__name__) from error
        item = response.get("Item", {})
        return SuppressionEntry(
            frozenset(item.get("holders", {}).get("SS", [])),
            frozenset(item.get("past", {}).get("SS", [])),
            int(item.get("events", {}).get("N", "0")),
            int(item.get("last_event_at", {}).get("N", "0")),
        )
