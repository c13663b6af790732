"""Who is suppressed: a table with one item an identifier, under a keyed hash of it.

An item holds the regulations that suppress the identifier: it counts as suppressed for as long as
there is one. What the table does not answer for is unknown, and nothing that is unknown is sent.
How many events a regulation has held back is counted in an item of its own, by its id.
"""

import hmac
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.destination import DEVICE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb, "BatchGetItem"
KEYS: Final = 100
SIDE_BY_SIDE: Final = 16
# How often keys that DynamoDB put off are asked for again.
OFFERS: Final = 4
# Milliseconds that one count may take, and the report of the batch after it.
TIME_TO_COUNT: Final = 15_000
# Half of SHA-256: no two identifiers meet, and an item of a thousand users stays small.
DIGITS: Final = 32
NOBODY: Final[frozenset[str]] = frozenset()


def pseudonym(key: bytes, identifier: str) -> str:
    """What stands for an identifier in the tables; nobody finds the way back without the key.

    Blanks around it do not make it another one, as in RudderStack's own suppression.
    """
    plain = identifier.strip().removeprefix(DEVICE).strip()
    return hmac.digest(key, plain.encode("utf-8", "surrogatepass"), "sha256").hex()[:DIGITS]


class Suppressions(Protocol):
    """What delivery needs to know of suppressed users."""

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each now; what could not be looked up is missing."""
        ...

    def count(self, held_back: Mapping[str, int], at: int, time_left: Callable[[], int]) -> None:
        """Note how many events were not sent because of each regulation, for the reports."""
        ...


class DynamoSuppressions:
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
        for _ in range(OFFERS):
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
