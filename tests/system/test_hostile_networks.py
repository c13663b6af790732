"""The built function on a hostile network: it ends in time, and every event has one outcome."""

import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.clock import Clock
from tests.fakes.event_source import Batch
from tests.fakes.hostile_server import (
    Behavior,
    dripping,
    endless,
    reading_slowly,
    response,
    say_nothing,
)
from tests.fakes.sqs.account import START
from tests.package.conftest import Built
from tests.system.discrepancies import discrepancies
from tests.system.hostile_system import HostileSystem
from tests.system.test_delivery import MIXED, call

BEHAVIORS: dict[str, Behavior] = {
    "reads slowly": reading_slowly(),
    "says nothing": say_nothing,
    "responds slowly": dripping(*[b"1"] * 600, first=response(length=600)),
    "responds endlessly": endless(response(length=10**9), b"1" * 1000),
}


@pytest.fixture
def system(built: Built, aws: str) -> Iterator[HostileSystem]:
    """The system of a destination that uses most settings."""
    httpx.post(f"{aws}/moto-api/reset", trust_env=False)
    config = {"people": True, "groupKeySettings": [{"groupKey": "groupId"}]}
    with HostileSystem(built, aws, Clock(START), **config) as system:
        yield system


def long_purchases(count: int) -> list[dict[str, Any]]:
    """Purchases that fill the buffers of both sides, since they cannot be compressed."""
    text = random.Random(0)  # noqa: S311 - not a secret
    return [
        call("track", 100 + number, properties={"revenue": 5, "text": text.randbytes(20_000).hex()})
        for number in range(count)
    ]


def deliver(system: HostileSystem, *bodies: Any) -> Batch | None:
    """Invoke the function on the hostile network; then the network recovers until all is done."""
    system.send(*bodies)
    first = system.source.poll()
    system.recover()
    system.run_until_empty()
    return first


@pytest.mark.parametrize("name", BEHAVIORS)
def test_server_that_does_not_respond_delays_its_events(system: HostileSystem, name: str) -> None:
    """All lanes end in time; a counter is sent when its event has been delivered."""
    system.behave(BEHAVIORS[name])
    first = deliver(system, *MIXED, *long_purchases(100))
    assert (first and first.failure, discrepancies(system)) == (None, [])
