"""BatchExecuteStatement in moto, whose own inserts an item over an existing one.

It is exact for the statements of the package, and calls of DynamoDB are executed one by one, so
that conditional writes are atomic.
"""

from collections.abc import Iterator, MutableMapping
from threading import RLock
from typing import Any, Final

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from tests.fakes.partiql import CallRefused, Item, execute_call

LOCK: Final = RLock()
ORIGINAL_CALL: Final = DynamoHandler.call_action


class MotoItems(MutableMapping[str, Item]):
    """The items of one of moto's tables by their ids."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __getitem__(self, id_: str) -> Item:
        """The item with an id; raises KeyError."""
        item = self.table.get_item(DynamoType({"S": id_}))
        if item is None:
            raise KeyError(id_)
        attributes: Item = item.to_json()["Attributes"]
        return attributes

    def __setitem__(self, id_: str, item: Item) -> None:
        """Write an item."""
        self.table.put_item(item)

    def __delitem__(self, id_: str) -> None:
        """Delete an item."""
        self.table.delete_item(DynamoType({"S": id_}), None)

    def __iter__(self) -> Iterator[str]:
        """The ids."""
        return (item.hash_key.value for item in self.table.all_items())

    def __len__(self) -> int:
        """The number of items."""
        return len(self.table.all_items())


def correct_statements() -> None:
    """Let moto execute the statements of a batch as DynamoDB does, in this process."""
    DynamoHandler.call_action = call_one_by_one  # type: ignore[method-assign]
    DynamoHandler.batch_execute_statement = batch_execute_statement  # type: ignore[method-assign, assignment]


def call_one_by_one(handler: DynamoHandler) -> Any:
    """Answer a call while no other is being answered."""
    with LOCK:
        return ORIGINAL_CALL(handler)


def batch_execute_statement(handler: DynamoHandler) -> DynamoResult:
    """Answer a BatchExecuteStatement."""
    tables = handler.dynamodb_backend.tables

    def items_of(name: str) -> MotoItems | None:
        return MotoItems(tables[name]) if name in tables else None

    try:
        return DynamoResult({"Responses": execute_call(handler.body["Statements"], items_of)})
    except CallRefused as refused:
        raise MockValidationException(str(refused)) from None
