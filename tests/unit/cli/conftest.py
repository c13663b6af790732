"""A stack as far as an operator needs it, with moto as AWS."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from rudder_mixpanel_cli.queues import queues
from tests.unit.cli.queues.waiting import STACK, TEMPLATE, Waiting


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    """A deployed stack whose queues are empty; nobody waits for more."""
    monkeypatch.setattr(queues, "PATIENCE", 0)
    with mock_aws():
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName=STACK, TemplateBody=TEMPLATE)
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        told = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        yield Waiting(
            told["RejectedQueueUrl"], told["EventsDeadLetterQueueUrl"], told["EventsQueueUrl"]
        )
