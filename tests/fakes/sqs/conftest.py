"""A queue on the fake SQS, and a boto3 client."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START, Account
from tests.fakes.sqs.server import SqsServer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@pytest.fixture(scope="session")
def sqs_server() -> Iterator[SqsServer]:
    """One server for all tests of queues."""
    with SqsServer(Clock(START)) as sqs:
        yield sqs


@pytest.fixture(scope="session")
def client(sqs_server: SqsServer) -> "SQSClient":
    """A client that does not repeat failed calls."""
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("sqs", endpoint_url=sqs_server.url, config=once)


@pytest.fixture
def account(sqs_server: SqsServer, client: "SQSClient") -> Account:
    """A queue with a visibility timeout of 30 seconds and at most three receives."""
    return Account(sqs_server, client, max_receives=3)
