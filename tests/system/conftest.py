"""Queues of SQS for their own tests, and a whole system for those of delivery."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START, Account
from tests.fakes.sqs.server import Sqs
from tests.package.conftest import Built, built
from tests.system.harness import System

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


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """AWS on this machine; who uses it begins with an account that is empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def deploy(built: Built, aws: str) -> Iterator[Callable[..., System]]:
    """Sets up a system for a destination with this Config."""
    with ExitStack() as stack:

        def deployed(**config: Any) -> System:
            httpx.post(f"{aws}/moto-api/reset", trust_env=False)
            return stack.enter_context(System(built, aws, Clock(START), **config))

        yield deployed


@pytest.fixture
def system(deploy: Callable[..., System]) -> System:
    """The system of a destination that uses most of what there is."""
    return deploy(
        people=True,
        groupKeySettings=[{"groupKey": "groupId"}],
        setOnceProperties=[{"property": "createdAt"}],
        unionProperties=[{"property": "interests"}],
    )


__all__ = ["built"]
