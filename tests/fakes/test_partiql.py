"""The stand-in refuses what DynamoDB refuses, or does not document."""

from typing import Any

import pytest

from tests.fakes.partiql import CallRefused, Items, execute_call

INSERT = "INSERT INTO \"table\" VALUE {'id': ?}"


def execute(*statements: tuple[str, str]) -> list[dict[str, Any]]:
    """Execute statements with one parameter on a table with one item."""
    items: Items = {"there": {"id": {"S": "there"}, "state": {"S": "new"}}}
    entries = [{"Statement": text, "Parameters": [{"S": id_}]} for text, id_ in statements]
    return execute_call(entries, {"table": items}.get)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO table VALUE {'id': ?}",
        'INSERT INTO "table" VALUE {id: ?}',
        "INSERT INTO \"table\" VALUE {'state': ?}",
        'UPDATE "table" SET state = \'old\' WHERE "id" = ?',
        'UPDATE "table" SET "state" = \'old\' WHERE "state" = ?',
        'UPDATE "table" SET "state" = \'old\'',
        'UPDATE "table" SET "state" = \'old\' WHERE "id" = ? OR "state" = \'new\'',
        'UPDATE "table" REMOVE "state" WHERE "id" = ?',
        'DELETE FROM "table" WHERE id = ?',
        'DELETE FROM "table" WHERE "id" > ?',
        'DROP "table"',
        'DELETE FROM "table" WHERE "id" = ? -- all',
    ],
)
def test_statement_of_another_form_is_invalid(text: str) -> None:
    """A name without quotes may be a reserved word, and a condition must name the item."""
    [response] = execute((text, "there"))
    assert response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [(INSERT, str(number)) for number in range(26)],
        [(INSERT, "a"), (INSERT, "a")],
        [(INSERT, "a"), ('SELECT * FROM "table" WHERE "id" = ?', "b")],
    ],
    ids=["none", "26", "the same item twice", "a write and a read"],
)
def test_call_that_dynamodb_does_not_document_is_refused(statements: list[tuple[str, str]]) -> None:
    """As a whole."""
    with pytest.raises(CallRefused):
        execute(*statements)


def test_item_is_shown_only_on_demand() -> None:
    """The statement says so."""
    failing = 'DELETE FROM "table" WHERE "id" = ? AND "state" = \'old\''
    [response] = execute((failing, "there"))
    assert response["Error"] == {
        "Code": "ConditionalCheckFailed",
        "Message": "The conditional request failed",
    }
