"""Which regulations hold a suppressed identifier: written by those who accept and cancel them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.transactions import write_all

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOLD: Final = "ADD holders :regulations"
RELEASE: Final = "DELETE holders :regulations ADD past :regulations"


@dataclass(frozen=True, slots=True)
class Held:
    """What the table says of one identifier: who holds it, who held it, what was not sent."""

    holders: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    events: int = 0
    last_event_at: int = 0


class Holders(Protocol):
    """What regulations need of the table of suppressed users."""

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress each of these, for these regulations; raises TableUnavailable."""
        ...

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress them no more for these regulations; raises TableUnavailable."""
        ...

    def of(self, name: str) -> Held:
        """What is known of one; raises TableUnavailable."""
        ...


class DynamoHolders:
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
        write_all(self.dynamodb, actions)

    def of(self, name: str) -> Held:
        """Read one item, strongly consistent."""
        try:
            answer = self.dynamodb.get_item(
                TableName=self.table, Key={"id": {"S": name}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise TableUnavailable(type(error).__name__) from error
        item = answer.get("Item", {})
        return Held(
            frozenset(item.get("holders", {}).get("SS", [])),
            frozenset(item.get("past", {}).get("SS", [])),
            int(item.get("events", {}).get("N", "0")),
            int(item.get("last_event_at", {}).get("N", "0")),
        )
