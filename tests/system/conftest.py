"""Delivery systems, of queues, the built functions, AWS and Mixpanel."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START
from tests.package.conftest import Built, built
from tests.system.delivery_system import DeliverySystem


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The URL of AWS on this machine; a test that uses it resets it first."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def deploy(built: Built, aws: str) -> Iterator[Callable[..., DeliverySystem]]:
    """Starts a system for a destination with this Config."""
    with ExitStack() as stack:

        def deployed(**config: Any) -> DeliverySystem:
            httpx.post(f"{aws}/moto-api/reset", trust_env=False)
            return stack.enter_context(DeliverySystem(built, aws, Clock(START), **config))

        yield deployed


@pytest.fixture
def system(deploy: Callable[..., DeliverySystem]) -> DeliverySystem:
    """The system of a destination that uses most settings."""
    return deploy(
        people=True,
        groupKeySettings=[{"groupKey": "groupId"}],
        setOnceProperties=[{"property": "createdAt"}],
        unionProperties=[{"property": "interests"}],
    )


__all__ = ["built"]
