"""A queue on the SQS of these tests, and an ordinary client."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START, Account
from tests.fakes.sqs.server import Sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture(scope="session")
def serving() -> Iterator[Sqs]:
    """One server for all tests of queues."""
    with Sqs(Clock(START)) as sqs:
        yield sqs


@pytest.fixture(scope="session")
def connected(serving: Sqs) -> "SQSClient":
    """An ordinary client, which does not repeat what failed."""
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("sqs", endpoint_url=serving.url, config=once)


@pytest.fixture
def account(serving: Sqs, connected: "SQSClient") -> Account:
    """A queue that hides messages for 30 seconds and gives up after three receives."""
    return Account(serving, connected, most_receives=3)
