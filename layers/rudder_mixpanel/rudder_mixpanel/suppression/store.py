"""Stores who is suppressed: for each pseudonym, the regulations that hold it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from rudder_mixpanel.aws.dynamodb import (
    ConditionFailed,
    call_table,
    read_items,
    write_in_transactions,
)
from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.suppression.lookup import check_value_of, holders_of
from rudder_mixpanel.suppression.pseudonyms import CHECK, WrongSuppressionKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOLD: Final = "ADD holders :regulations"
RELEASE: Final = "DELETE holders :regulations ADD past :regulations"
NO_CHECK_VALUE: Final = "the table of suppressed users has no check value"


@dataclass(frozen=True, slots=True)
class SuppressionEntry:
    """One item: the regulations that hold an identifier and those that held it, or a count."""

    holders: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()
    events: int = 0
    last_event_at: int = 0


class SuppressionStore(Protocol):
    """What regulations and deletion need of the table of suppressed users."""

    def verify_key(self, check: str) -> None:
        """Verify that the table was begun with the key of this check value, or begin it.

        Raises WrongSuppressionKey and TableUnavailable.
        """
        ...

    def holders(self, names: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each pseudonym; unknown ones are missing.

        Raises TableUnavailable.
        """
        ...

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress each pseudonym for its regulations.

        Raises TableUnavailable, also for a table that was never begun.
        """
        ...

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """End the suppression of each pseudonym by its regulations.

        Raises TableUnavailable, also for a table that was never begun.
        """
        ...

    def get(self, name: str) -> SuppressionEntry:
        """The item with this key, empty if there is none. Raises TableUnavailable."""
        ...


class DynamoSuppressionStore:
    """The suppressed users in DynamoDB, written by pseudonym."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, backoff: TableBackoff) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.backoff = backoff

    def verify_key(self, check: str) -> None:
        """Compare the check value, and write it first if the table is empty.

        Raises WrongSuppressionKey and TableUnavailable. It is read again after that, since another
        process may have begun the table meanwhile.
        """
        stored = self.check_value()
        if not stored:
            if self.is_empty():
                self.write_check_value(check)
            stored = self.check_value()
        if stored != check:
            raise WrongSuppressionKey

    def check_value(self) -> str:
        """The check value; empty if there is none. Raises TableUnavailable."""
        return check_value_of(self.item(CHECK))

    def is_empty(self) -> bool:
        """Whether the table has no item at all. Raises TableUnavailable."""
        scan = partial(self.dynamodb.scan, TableName=self.table, Limit=1, ConsistentRead=True)
        response = self.call(partial(scan, ProjectionExpression="id"))
        return not response["Items"]

    def write_check_value(self, check: str) -> None:
        """Write the check value, unless there is one. Raises TableUnavailable."""
        update = partial(
            self.dynamodb.update_item,
            TableName=self.table,
            Key={"id": {"S": CHECK}},
            UpdateExpression="SET check_value = :check",
            ConditionExpression="attribute_not_exists(id)",
            ExpressionAttributeValues={":check": {"S": check}},
        )
        try:
            self.call(update)
        except ConditionFailed:
            return

    def holders(self, names: Collection[str]) -> dict[str, frozenset[str]]:
        """Read a hundred at a time. Raises TableUnavailable."""
        items = read_items(self.dynamodb, self.table, names, self.backoff, "id, holders")
        return {item["id"]["S"]: holders_of(item) for item in items}

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Add the regulations to the holders. Raises TableUnavailable."""
        self.update(HOLD, names)

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Move the regulations from the holders to the past ones. Raises TableUnavailable."""
        self.update(RELEASE, names)

    def update(self, expression: str, names: Mapping[str, Sequence[str]]) -> None:
        """Update each item. Raises TableUnavailable.

        The function that deletes users has no key on purpose, so that it can only see that the
        table was begun at all, and not by which key.
        """
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
        if actions and not self.check_value():
            raise TableUnavailable(NO_CHECK_VALUE)
        write_in_transactions(self.dynamodb, actions, self.backoff)

    def get(self, name: str) -> SuppressionEntry:
        """Read one item, strongly consistent. Raises TableUnavailable."""
        item = self.item(name)
        return SuppressionEntry(
            frozenset(item.get("holders", {}).get("SS", [])),
            frozenset(item.get("past", {}).get("SS", [])),
            int(item.get("events", {}).get("N", "0")),
            int(item.get("last_event_at", {}).get("N", "0")),
        )

    def item(self, name: str) -> Any:
        """One item, strongly consistent; empty if there is none. Raises TableUnavailable."""
        get = partial(self.dynamodb.get_item, TableName=self.table, ConsistentRead=True)
        return self.call(partial(get, Key={"id": {"S": name}})).get("Item", {})

    def call(self, call: Callable[[], Any]) -> Any:
        """Make a call. Raises ConditionFailed and TableUnavailable."""
        return call_table(call, self.backoff)
