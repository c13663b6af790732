"""Calls ask IAM for the actions that AWS documents."""

from typing import Any

import pytest

from tests.permissions.policy import Request
from tests.permissions.requests import arn, requests_of

KEY = {"id": {"S": "1"}}
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/events"

CALLS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("sqs", "SendMessageBatch", {"QueueUrl": URL}, [("sqs:SendMessage", "events")]),
    ("sqs", "DeleteMessageBatch", {"QueueUrl": URL}, [("sqs:DeleteMessage", "events")]),
    (
        "sqs",
        "ChangeMessageVisibilityBatch",
        {"QueueUrl": URL},
        [("sqs:ChangeMessageVisibility", "events")],
    ),
    ("sqs", "GetQueueUrl", {"QueueName": "events"}, [("sqs:GetQueueUrl", "events")]),
    ("ssm", "GetParameter", {"Name": "/a/b"}, [("ssm:GetParameter", "parameter/a/b")]),
    ("ssm", "GetParameter", {"Name": "a"}, [("ssm:GetParameter", "parameter/a")]),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": "key"},
        [("secretsmanager:GetSecretValue", "secret:key")],
    ),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": arn("secretsmanager", "secret:key-AbCdEf")},
        [("secretsmanager:GetSecretValue", "secret:key-AbCdEf")],
    ),
    (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {"a": {"Keys": [KEY]}, "b": {"Keys": [KEY]}}},
        [("dynamodb:BatchGetItem", "table/a"), ("dynamodb:BatchGetItem", "table/b")],
    ),
    (
        "dynamodb",
        "BatchWriteItem",
        {"RequestItems": {"a": [{"DeleteRequest": {"Key": KEY}}]}},
        [("dynamodb:BatchWriteItem", "table/a")],
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        {
            "TransactItems": [
                {"Put": {"TableName": "a", "Item": KEY}},
                {"Update": {"TableName": "b", "Key": KEY, "UpdateExpression": "SET c = :c"}},
                {"ConditionCheck": {"TableName": "a", "Key": KEY}},
            ]
        },
        [
            ("dynamodb:PutItem", "table/a"),
            ("dynamodb:UpdateItem", "table/b"),
            ("dynamodb:ConditionCheckItem", "table/a"),
        ],
    ),
    (
        "dynamodb",
        "Query",
        {"TableName": "a", "IndexName": "due"},
        [("dynamodb:Query", "table/a/index/due")],
    ),
    (
        "dynamodb",
        "BatchExecuteStatement",
        {
            "Statements": [
                {"Statement": "INSERT INTO \"a\" VALUE {'id': ?}"},
                {"Statement": 'UPDATE "a" SET "b" = ?'},
                {"Statement": 'DELETE FROM "a" WHERE "id" = ?'},
                {"Statement": 'SELECT "id" FROM "a"."due" WHERE "id" = ?'},
            ]
        },
        [
            ("dynamodb:PartiQLInsert", "table/a"),
            ("dynamodb:PartiQLUpdate", "table/a"),
            ("dynamodb:PartiQLDelete", "table/a"),
            ("dynamodb:PartiQLSelect", "table/a/index/due"),
        ],
    ),
]


@pytest.mark.parametrize(("service", "operation", "call", "expected"), CALLS)
def test_call_asks_for_its_actions(
    service: str, operation: str, call: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """Each action with the ARN of its resource."""
    asked = [
        (request.action, request.resource) for request in requests_of(service, operation, call)
    ]
    assert asked == [(action, arn(service, name)) for action, name in expected]


@pytest.mark.parametrize(
    ("operation", "call", "attributes"),
    [
        ("GetItem", {"Key": KEY, "ProjectionExpression": "#a.b, c[0]"}, ("a", "c", "id")),
        (
            "UpdateItem",
            {
                "Key": KEY,
                "UpdateExpression": "SET #a = if_not_exists(#a, :zero) + :one REMOVE d.e",
                "ConditionExpression": "attribute_exists(f) AND NOT contains(g, :g)",
            },
            ("a", "d", "f", "g", "id"),
        ),
        ("Scan", {"ProjectionExpression": "id"}, ("id",)),
        ("PutItem", {"Item": {**KEY, "h": {"N": "1"}}}, ("h", "id")),
    ],
)
def test_conditions_see_every_attribute(
    operation: str, call: dict[str, Any], attributes: tuple[str, ...]
) -> None:
    """Those of the key, and those that expressions name."""
    names = {"#a": "a"}
    table = {"TableName": "table", "ExpressionAttributeNames": names}
    [request] = requests_of("dynamodb", operation, {**table, **call})
    assert request.context["dynamodb:Attributes"] == attributes


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({}, "ALL_ATTRIBUTES"),
        ({"IndexName": "due"}, "ALL_PROJECTED_ATTRIBUTES"),
        ({"ProjectionExpression": "id"}, "SPECIFIC_ATTRIBUTES"),
        ({"Select": "COUNT"}, "COUNT"),
    ],
)
def test_conditions_see_what_a_scan_returns(call: dict[str, Any], expected: str) -> None:
    """DynamoDB's default counts: it is safer than to treat it as missing."""
    [request] = requests_of("dynamodb", "Scan", {"TableName": "table", **call})
    assert request.context["dynamodb:Select"] == (expected,)


def test_returned_values_are_seen() -> None:
    """As the call names them."""
    call = {"TableName": "table", "Key": KEY, "ReturnValues": "ALL_OLD"}
    [request] = requests_of("dynamodb", "DeleteItem", call)
    assert request == Request(
        "dynamodb:DeleteItem",
        arn("dynamodb", "table/table"),
        {"dynamodb:Attributes": ("id",), "dynamodb:ReturnValues": ("ALL_OLD",)},
    )


def test_objects_of_s3_are_listed_by_their_bucket() -> None:
    """Its ARN has neither region nor account."""
    calls = (("ListObjectsV2", {"Bucket": "b"}), ("GetObject", {"Bucket": "b", "Key": "k/1"}))
    asked = [request for call in calls for request in requests_of("s3", *call)]
    assert [(request.action, request.resource) for request in asked] == [
        ("s3:ListBucket", "arn:aws:s3:::b"),
        ("s3:GetObject", "arn:aws:s3:::b/k/1"),
    ]


def test_unknown_service_is_an_error() -> None:
    """A function that uses another service needs a line here."""
    with pytest.raises(NotImplementedError):
        requests_of("kinesis", "GetRecords", {})
