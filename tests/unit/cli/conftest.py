"""A stack with the queues that the commands read, with moto as AWS, and somebody who answers."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from rudder_mixpanel_cli.queues import queue
from tests.permissions.operator import OPERATOR
from tests.unit.cli.queues.stack_queues import STACK, TEMPLATE, StackQueues


@pytest.fixture(autouse=True)
def nothing_is_denied() -> Iterator[None]:
    """Every command runs under its permissions, and a denied call fails the test."""
    with OPERATOR.installed():
        yield
    assert OPERATOR.take_denied() == []


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[StackQueues]:
    """A deployed stack with empty queues; reading them does not wait for more messages."""
    monkeypatch.setattr(queue, "WAIT_TIME", 0)
    with mock_aws():
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName=STACK, TemplateBody=TEMPLATE)
        described = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        yield StackQueues(
            outputs["RejectedQueueUrl"],
            outputs["EventsDeadLetterQueueUrl"],
            outputs["EventsQueueUrl"],
        )


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at the terminal can answer questions."""
    monkeypatch.setattr("rudder_mixpanel_cli.confirmation.is_terminal", lambda: True)
