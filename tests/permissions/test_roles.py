"""Roles have what their functions use and what Lambda needs, and nothing else."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from moto import mock_aws

from tests.permissions.enforcement import Enforcement
from tests.permissions.policy import Permission, Policy, Request, Statement
from tests.permissions.requests import arn
from tests.permissions.roles import granted, needed_by_lambda, policy_of
from tests.permissions.usage import unused

ENVIRONMENT = {
    "LEDGER_TABLE": "ledger",
    "PROFILES_TABLE": "profiles",
    "SUPPRESSIONS_TABLE": "suppressions",
}


def test_lambda_has_what_it_needs() -> None:
    """To read a function's queue, and to write its log and traces."""
    has = {(role, action, resource) for role, _, action, resource in granted()}
    assert needed_by_lambda().keys() - has == set()


@pytest.mark.parametrize(
    ("attributes", "allowed"), [(("events", "id"), True), (("holders", "id"), False)]
)
def test_delivery_counts_and_does_not_suppress(
    attributes: tuple[str, ...], *, allowed: bool
) -> None:
    """The condition of the template is evaluated."""
    policy = policy_of("DeliverEventsFunction", ENVIRONMENT)
    table, context = arn("dynamodb", "table/suppressions"), {"dynamodb:Attributes": attributes}
    allowing = policy.allowing(Request("dynamodb:UpdateItem", table, context))
    assert bool(allowing) is allowed


def test_permission_that_nothing_used_is_named() -> None:
    """What Lambda needs counts as used."""
    [some, *others] = sorted(granted())
    assert (unused(set(others)), unused(granted())) == (
        [some] if (some.role, some.action, some.resource) not in needed_by_lambda() else [],
        [],
    )


def test_denied_call_is_remembered() -> None:
    """The code gets AWS's error, and the test learns of it although it is caught."""
    enforcement = Enforcement()
    with mock_aws(), enforcement.installed():
        boto3.client("sqs").create_queue(QueueName="events")
        with enforcement.under(Policy("Role", ())):
            client: Any = get_session().create_client("sqs")
        with pytest.raises(ClientError, match=r"\(AccessDenied\).* perform: sqs:GetQueueUrl"):
            client.get_queue_url(QueueName="events")
    assert (len(enforcement.take_denied()), enforcement.take_denied()) == (1, [])


def test_allowed_call_is_counted() -> None:
    """By the permission that allows it."""
    enforcement, queue = Enforcement(), arn("sqs", "events")
    allow = {"Sid": "Find", "Effect": "Allow", "Action": "sqs:GetQueueUrl", "Resource": queue}
    with mock_aws(), enforcement.installed():
        boto3.client("sqs").create_queue(QueueName="events")
        with enforcement.under(Policy("Role", (Statement.of(allow, {queue: "Events"}),))):
            client: Any = get_session().create_client("sqs")
        client.get_queue_url(QueueName="events")
    assert set(enforcement.used) == {Permission("Role", "Find", "sqs:GetQueueUrl", "Events")}
