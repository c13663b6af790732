"""A whole system: queues, the built functions, AWS and Mixpanel."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from moto.server import ThreadedMotoServer

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START
from tests.package.conftest import Built, built
from tests.system.harness import System


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
