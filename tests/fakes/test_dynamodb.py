"""The tables in moto have the keys and indexes of the template's tables."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # brings no types
from moto import mock_aws

from tests.fakes.dynamodb import create_regulations_table, create_table

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
COMPARED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@pytest.mark.parametrize(
    ("resource", "create"),
    [
        ("Ledger", create_table),
        ("Suppressions", create_table),
        ("Regulations", create_regulations_table),
    ],
)
@mock_aws
def test_table_is_the_one_of_the_template(resource: str, create: Any) -> None:
    """A test on a table of another form would claim nothing about the stack."""
    properties = load(str(TEMPLATE))["Resources"][resource]["Properties"]
    dynamodb = boto3.client("dynamodb")
    table: Any = dynamodb.describe_table(TableName=create(dynamodb, "table"))["Table"]
    assert [described(table, name) for name in COMPARED] == [
        described(properties, name) for name in COMPARED
    ]


def described(table: Any, name: str) -> list[Any]:
    """A part of a table's definition, without what DynamoDB adds to it."""
    kept = {"AttributeName", "AttributeType", "IndexName", "KeySchema", "KeyType", "Projection"}
    return sorted(
        (
            {key: value for key, value in part.items() if key in kept}
            for part in table.get(name) or []
        ),
        key=str,
    )
