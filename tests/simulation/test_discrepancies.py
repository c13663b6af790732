"""A simulation in which an event is lost, repeated or not reported does not pass."""

import json
from typing import Any

import pytest

from mixpanel_emulator.faults.plan import Fault
from rudder_mixpanel.aws.sqs import Queue
from tests.build import track
from tests.simulation.discrepancies import discrepancies
from tests.simulation.failures import Failures
from tests.simulation.simulation import Simulation
from tests.simulation.traffic import CONFIG, records

PURCHASE = track(timestamp="2026-10-05T12:00:00.000Z", properties={"revenue": 5})


def simulate(*messages: dict[str, Any]) -> Simulation:
    """A simulation of a good day."""
    simulation = Simulation(CONFIG, Failures())
    simulation.send(*records(list(messages), 0))
    simulation.run()
    return simulation


def test_good_day_has_no_discrepancies() -> None:
    """Delivered, filtered and rejected events are all accounted for."""
    filtered, rejected = track(integrations={"All": False}), track(type="purchase")
    assert discrepancies(simulate(PURCHASE, filtered), [PURCHASE, filtered]) == []
    assert discrepancies(simulate(rejected), [rejected]) == []


def test_lost_event_is_named() -> None:
    """Mixpanel does not have what was sent."""
    simulation = simulate(PURCHASE)
    simulation.store.events.clear()
    lines = [line for line in discrepancies(simulation, [PURCHASE]) if line.endswith("is lost")]
    assert len(lines) == 1


def test_lost_update_is_named() -> None:
    """A profile does not have what was sent."""
    simulation = simulate(PURCHASE)
    simulation.store.profiles.clear()
    lines = [line for line in discrepancies(simulation, [PURCHASE]) if line.endswith("is lost")]
    assert len(lines) == 1


@pytest.mark.parametrize("name", ["$transactions"])
def test_counter_that_counted_twice_is_named(name: str) -> None:
    """A profile has two of what was sent once."""
    simulation = simulate(PURCHASE)
    [profile] = simulation.store.profiles.values()
    profile.properties[name] *= 2
    lines = [line for line in discrepancies(simulation, [PURCHASE]) if line.endswith("2 times")]
    assert len(lines) == 1


def test_rejected_event_that_nobody_reports_is_named() -> None:
    """It is not in the rejected queue."""
    rejected = track(type="purchase")
    simulation = simulate(rejected)
    simulation.rejected.purge()
    lines = [line for line in discrepancies(simulation, [rejected]) if "should be rejected" in line]
    assert len(lines) == 1


def test_message_that_is_left_is_named() -> None:
    """The queue is not empty."""
    simulation = simulate(PURCHASE)
    simulation.send("{}")
    assert discrepancies(simulation, [PURCHASE]) == ["messages in the queue: 1, expected 0"]


def test_message_that_an_invocation_added_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if what is left of a record were sent twice."""
    send = Queue.send

    def send_twice(queue: Queue, messages: Any, time_left: Any) -> list[bool]:
        return send(queue, [*messages, *messages], time_left)[: len(messages)]

    monkeypatch.setattr(Queue, "send", send_twice)
    simulation = Simulation(
        CONFIG, Failures(), outage=lambda _now: Fault(fault="envoy_503", endpoint="engage")
    )
    simulation.send(json.dumps([PURCHASE, track(type="identify", traits={"plan": "pro"})]))
    simulation.poll()
    assert "messages that invocations added: 1, expected 0" in discrepancies(simulation, [])
