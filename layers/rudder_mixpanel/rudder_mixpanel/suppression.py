"""Who is suppressed: a table with one item an identifier, under a keyed hash of it.

An item holds the regulations that suppress the identifier: it counts as suppressed for as long as
there is one. What the table does not answer for is unknown, and nothing that is unknown is sent.
How many events a regulation has held back is counted in an item of its own, by its id.
"""

import hmac
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import write_in_transactions
from rudder_mixpanel.destination.destination import DEVICE
from rudder_mixpanel.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb, "BatchGetItem"
KEYS: Final = 100
SIDE_BY_SIDE: Final = 16
# How often keys that DynamoDB put off are asked for again.
ATTEMPTS: Final = 4
# Milliseconds that one count may take, and the report of the batch after it.
TIME_TO_COUNT: Final = 15_000
# Half of SHA-256: no two identifiers meet, and an item of a thousand users stays small.
DIGITS: Final = 32
NOBODY: Final[frozenset[str]] = frozenset()
HOLD: Final = "ADD holders :regulations"
RELEASE: Final = "DELETE holders :regulations ADD past :regulations"


def pseudonym(key: bytes, identifier: str) -> str:
    """What stands for an identifier in the tables; nobody finds the way back without the key.

    Blanks around it do not make it another one, as in RudderStack's own suppression.
    """
    plain = identifier.strip().removeprefix(DEVICE).strip()
    return hmac.digest(key, plain.encode("utf-8", "surrogatepass"), "sha256").hex()[:DIGITS]


class SuppressionLookup(Protocol):
    """What delivery needs to know of suppressed users."""

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each now; what could not be looked up is missing."""
        ...

    def count(self, held_back: Mapping[str, int], at: int, time_left: Callable[[], int]) -> None:
        """Note how many events were not sent because of each regulation, for the reports."""
        ...


class DynamoSuppressionLookup:
    """The suppressed users in DynamoDB, asked by their identifiers."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, key: bytes) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.key = key

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """Ask for a hundred at a time, side by side, and strongly consistent."""
        names = {one: pseudonym(self.key, one) for one in identifiers}
        gone = threading.Event()

        def held(batch: tuple[str, ...]) -> dict[str, frozenset[str]]:
            return {} if gone.is_set() else self.held(batch, gone)

        batches = list(batched(dict.fromkeys(names.values()), KEYS, strict=False))
        found: dict[str, frozenset[str]] = {}
        if len(batches) == 1:
            found = held(batches[0])
        elif batches:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
                for part in threads.map(held, batches):
                    found |= part
        return {one: found[name] for one, name in names.items() if name in found}

    def held(self, names: Iterable[str], gone: threading.Event) -> dict[str, frozenset[str]]:
        """Which regulations hold each of these; without what DynamoDB would not say."""
        left: list[Any] = [{"id": {"S": name}} for name in names]
        found = {key["id"]["S"]: NOBODY for key in left}
        for _ in range(ATTEMPTS):
            asked: Any = {
                "Keys": left,
                "ConsistentRead": True,
                "ProjectionExpression": "id, holders",
            }
            try:
                answer = self.dynamodb.batch_get_item(RequestItems={self.table: asked})
            except (BotoCoreError, ClientError):
                # One that fails costs seconds: the others are not tried.
                gone.set()
                break
            for item in answer["Responses"].get(self.table, []):
                found[str(item["id"]["S"])] = frozenset(item.get("holders", {}).get("SS", ()))
            put_off: Any = answer.get("UnprocessedKeys", {})
            left = put_off.get(self.table, {}).get("Keys", [])
            if not left:
                break
        for key in left:
            del found[key["id"]["S"]]
        return found

    def count(self, held_back: Mapping[str, int], at: int, time_left: Callable[[], int]) -> None:
        """Add to what each has counted; what there is no time to write is left uncounted."""
        for regulation, events in held_back.items():
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
    """What the table says of one identifier: who holds it, who held it, what was not sent."""

    holders: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    events: int = 0
    last_event_at: int = 0


class SuppressionStore(Protocol):
    """What regulations need of the table of suppressed users."""

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress each of these, for these regulations; raises TableUnavailable."""
        ...

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress them no more for these regulations; raises TableUnavailable."""
        ...

    def get(self, name: str) -> SuppressionEntry:
        """What is known of one; raises TableUnavailable."""
        ...


class DynamoSuppressionStore:
    """The suppressed users in DynamoDB, written by their pseudonyms."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Add regulations to the sets of holders."""
        self.update(HOLD, names)

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Move regulations out of the sets of holders; who held an identifier stays known."""
        self.update(RELEASE, names)

    def update(self, expression: str, names: Mapping[str, Sequence[str]]) -> None:
        """Update each item."""
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
        """Read one item, strongly consistent."""
        try:
            answer = self.dynamodb.get_item(
                TableName=self.table, Key={"id": {"S": name}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise TableUnavailable(type(error).__name__) from error
        item = answer.get("Item", {})
        return SuppressionEntry(
            frozenset(item.get("holders", {}).get("SS", [])),
            frozenset(item.get("past", {}).get("SS", [])),
            int(item.get("events", {}).get("N", "0")),
            int(item.get("last_event_at", {}).get("N", "0")),
        )
