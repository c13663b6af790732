"""The built function on a hostile network: it ends in time, and every event has one outcome."""

import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.clock import Clock
from tests.fakes.hostile_server import (
    Behavior,
    dripping,
    endless,
    reading_slowly,
    responding,
    response,
    say_nothing,
    silent_addresses,
)
from tests.fakes.runtime_api import Answer
from tests.fakes.sqs.account import START
from tests.package.conftest import Built
from tests.system.discrepancies import discrepancies
from tests.system.hostile_system import HostileSystem
from tests.system.test_delivery import MIXED, call, purchases

# What the server does, and why the events are kept
BEHAVIORS: dict[str, tuple[Behavior, set[str]]] = {
    "reads slowly": (reading_slowly(), {"WriteTimeout", "ReadTimeout"}),
    "says nothing": (say_nothing, {"ReadTimeout"}),
    "responds slowly": (dripping(*[b"1"] * 600, first=response(length=600)), {"ReadTimeout"}),
    "responds endlessly": (endless(response(length=10**9), b"1" * 1000), {"ReadError"}),
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
        call(
            "track",
            100 + number,
            properties={"revenue": 5} | {f"t{n}": text.randbytes(120).hex() for n in range(160)},
        )
        for number in range(count)
    ]


def deliver(system: HostileSystem, *bodies: Any) -> tuple[set[str], list[str]]:
    """Invoke the function on the hostile network; then the network recovers until all is done.

    Returns why events were kept in the first invocation, and all discrepancies in the end.
    """
    system.send(*bodies)
    system.source.poll()
    system.recover()
    system.run_until_empty()
    return set(reasons(system.function.answers[0])), discrepancies(system)


def reasons(answer: Answer) -> Iterator[str]:
    """Why requests of an invocation got no response."""
    for line in answer.log:
        entry = json.loads(line)
        if entry.get("code") == "MIXPANEL_UNAVAILABLE":
            yield entry["reason"]


@pytest.mark.parametrize("name", BEHAVIORS)
def test_server_that_does_not_respond_delays_its_events(system: HostileSystem, name: str) -> None:
    """All lanes end in time; a counter is sent when its event has been delivered."""
    behavior, kept_for = BEHAVIORS[name]
    system.behave(behavior)
    assert deliver(system, *MIXED, *long_purchases(100)) == (kept_for, [])


def test_silent_addresses_delay_their_events(system: HostileSystem) -> None:
    """The host has twenty of them; nothing was sent, so no counter is doubtful."""
    with silent_addresses(20) as addresses:
        system.look_up([port for *_, (_, port) in addresses])
        assert deliver(system, *MIXED, *purchases(3)) == ({"ConnectTimeout"}, [])


def test_hanging_look_up_delays_its_events(system: HostileSystem) -> None:
    """The thread that hangs neither delays the response nor harms the next invocation."""
    system.look_up(None)
    assert deliver(system, *MIXED, *purchases(3)) == ({"ConnectTimeout"}, [])


IMPORTED = b'{"code":200,"num_records_imported":1,"status":"OK"}'
FAILED = response(b'{"code":500}', status=b"500 Internal Server Error")


def kept_on_the_queue(system: HostileSystem, *bodies: Any) -> list[int]:
    """How many records stay on the queue after an invocation with each body."""
    kept = []
    for body in bodies:
        system.send(body)
        system.source.poll()
        kept.append(len(system.events.messages()))
    return kept


def test_answer_that_is_encoded_as_itself_is_read(system: HostileSystem) -> None:
    """`Content-Encoding: identity` changes nothing."""
    system.behave(responding(response(IMPORTED, b"Content-Encoding: identity")))
    assert kept_on_the_queue(system, call("track", 1)) == [0]


def test_extra_bytes_after_an_answer_are_not_the_next_answer(system: HostileSystem) -> None:
    """Neither a failure nor a success that belongs to no request."""
    success = response(IMPORTED)
    system.behave(responding(success + FAILED, success))
    assert kept_on_the_queue(system, call("track", 1), call("track", 2)) == [0, 0]
    system.behave(responding(FAILED + success, FAILED))
    assert kept_on_the_queue(system, call("track", 3), call("track", 4)) == [1, 2]
