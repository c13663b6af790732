"""Statements are evaluated as IAM does."""

from typing import Any

import pytest

from tests.permissions.policy import Policy, Request, Statement

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/ledger"
COUNTS = {
    "ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "events"]},
    "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
}


def statement(**elements: Any) -> Statement:
    """A statement that allows PutItem on the table, with these elements changed."""
    allow = {"Sid": "Sid", "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE}
    return Statement.of({**allow, **elements}, {})


@pytest.mark.parametrize(
    ("elements", "action", "resource", "allowed"),
    [
        ({}, "dynamodb:PutItem", TABLE, True),
        ({}, "DynamoDB:putitem", TABLE, True),
        ({}, "dynamodb:PartiQLInsert", TABLE, False),
        ({}, "dynamodb:PutItem", f"{TABLE}/index/due", False),
        ({}, "dynamodb:PutItem", TABLE.upper(), False),
        ({"Action": ["sqs:SendMessage", "dynamodb:*"]}, "dynamodb:PutItem", TABLE, True),
        ({"Action": "dynamodb:P?tItem"}, "dynamodb:PutItem", TABLE, True),
        ({"Resource": "*"}, "dynamodb:PutItem", TABLE, True),
        ({"Resource": [f"{TABLE}/index/*"]}, "dynamodb:PutItem", f"{TABLE}/index/due", True),
        ({"Resource": [f"{TABLE}/index/*"]}, "dynamodb:PutItem", TABLE, False),
        ({"Resource": "arn.aws.*"}, "dynamodb:PutItem", TABLE, False),
    ],
)
def test_statement_allows_what_it_names(
    elements: dict[str, Any], action: str, resource: str, *, allowed: bool
) -> None:
    """Actions in any case, resources exactly, both with wildcards."""
    policy = Policy("Role", (statement(**elements),))
    assert bool(policy.allowing(Request(action, resource))) is allowed


def test_denial_outweighs_every_permission() -> None:
    """In whichever order the statements are."""
    policy = Policy("Role", (statement(Effect="Deny", Action="dynamodb:*"), statement()))
    assert policy.allowing(Request("dynamodb:PutItem", TABLE)) == set()


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ({"dynamodb:Attributes": ("events", "id")}, True),
        ({"dynamodb:Attributes": ("id", "holders")}, False),
        ({}, True),
        ({"dynamodb:Attributes": ("id",), "dynamodb:ReturnValues": ("NONE",)}, True),
        ({"dynamodb:Attributes": ("id",), "dynamodb:ReturnValues": ("ALL_OLD",)}, False),
    ],
)
def test_condition_restricts_a_permission(
    context: dict[str, tuple[str, ...]], *, allowed: bool
) -> None:
    """ForAllValues and IfExists hold for a request without the key."""
    policy = Policy("Role", (statement(Condition=COUNTS),))
    assert bool(policy.allowing(Request("dynamodb:PutItem", TABLE, context))) is allowed


def test_key_must_be_there_without_if_exists() -> None:
    """StringEquals fails for a request without the key."""
    condition = {"StringEquals": {"dynamodb:Select": "COUNT"}}
    policy = Policy("Role", (statement(Condition=condition),))
    assert policy.allowing(Request("dynamodb:PutItem", TABLE)) == set()


@pytest.mark.parametrize(
    "elements",
    [
        {"Condition": {"StringLike": {"dynamodb:Select": "*"}}},
        {"Condition": {"ForAnyValue:StringEquals": {"dynamodb:Select": "COUNT"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}},
        {"NotAction": "dynamodb:Scan"},
        {"Effect": "Permit"},
    ],
    ids=str,
)
def test_unknown_element_is_an_error(elements: dict[str, Any]) -> None:
    """Nothing is evaluated by a guess."""
    with pytest.raises(NotImplementedError):
        statement(**elements)
