"""An emulator on a real socket for all tests of a module, emptied for each."""

from collections.abc import Iterator

import pytest

from mixpanel_emulator import Emulator
from tests.unit.emulator.asgi_client import NOW
from tests.unit.emulator.socket_client import SocketClient


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    """An emulator whose clock stands still until a test moves it."""
    with Emulator(now=lambda: NOW) as mixpanel:
        yield mixpanel


@pytest.fixture
def client(running: Emulator) -> SocketClient:
    """A client of the emulator, which is empty."""
    running.reset()
    running.set_clock(NOW)
    return SocketClient(running)
