"""Whatever goes wrong, wherever: every event has one known fate, and counters count once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixpanel_emulator.faults.plan import Fault
from tests.fakes.accounting import attribute_text
from tests.simulation.discrepancies import discrepancies
from tests.simulation.perils import Perils
from tests.simulation.simulation import START, Simulation
from tests.simulation.traffic import CONFIG, Message, messages, records

SEEDS = st.integers(0, 2**32)
AT_LEAST_ONCE = {**CONFIG, "counterDelivery": "at-least-once"}


def purchases(count: int) -> list[Message]:
    """As many orders, each of which counts thrice in a profile."""
    return [
        {
            "type": "track",
            "event": "Order Completed",
            "messageId": f"order-{number}",
            "userId": f"user-{number}",
            "timestamp": "2026-10-05T12:00:00.000Z",
            "properties": {"revenue": 9.5, "item_count": 2, "loyalty_points": 9},
        }
        for number in range(count)
    ]


def ran(simulation: Simulation, sent: list[Message], seed: int = 0) -> Simulation:
    """The simulation, when a bad time is over and the queue is empty."""
    simulation.send(*records(sent, seed))
    simulation.run(until=6 * 3600)
    simulation.perils.end()
    simulation.run()
    return simulation


def touches() -> int:
    """How often a good day with three orders touches the world."""
    simulation = ran(Simulation(CONFIG, Perils()), purchases(3))
    assert discrepancies(simulation, purchases(3)) == []
    return simulation.perils.touches


TOUCHES = touches()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("touch", range(TOUCHES))
def test_death_at_any_point_of_the_money_path(touch: int, after: bool) -> None:  # noqa: FBT001 - drawn
    """Before or after each claim, each request, each entry: no revenue is counted twice or lost."""
    simulation = ran(Simulation(CONFIG, Perils(die_at=touch, after=after)), purchases(3))
    assert (discrepancies(simulation, purchases(3)), simulation.perils.deaths) == ([], 1)


@pytest.mark.parametrize("touch", range(TOUCHES))
def test_at_least_once_loses_no_counter(touch: int) -> None:
    """Who wants it so gets every counter, at the price of some twice, and nothing to look after."""
    simulation = ran(Simulation(AT_LEAST_ONCE, Perils(die_at=touch)), purchases(3))
    missing = [one for one in discrepancies(simulation, purchases(3)) if one.endswith("lost")]
    assert (missing, simulation.rejected.messages()) == ([], [])


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_bad_days_lose_nothing_and_count_nothing_twice(seed: int) -> None:
    """Every fifth touch fails, some kill; records come twice, in any order, in any envelope."""
    sent = messages(40, seed)
    perils = Perils(seed=seed, likely=0.2, deadly=0.01)
    simulation = ran(Simulation(CONFIG, perils, batch=30, repeats=0.1), sent, seed)
    assert discrepancies(simulation, sent) == []


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_quiet_days_reject_nothing_but_what_can_never_be(seed: int) -> None:
    """Duplicates and disorder alone cost nobody anything."""
    sent = messages(60, seed)
    simulation = ran(Simulation(CONFIG, Perils(seed=seed), batch=30, repeats=0.2), sent, seed)
    wrong = [one for one in sent if one["type"] == "purchase" and one["integrations"]["All"]]
    told = {message.body for message in simulation.rejected.messages()}
    assert (discrepancies(simulation, sent), len(told)) == ([], len(wrong))


DAY = timedelta(days=1)
HOUR = 3600


def until(end: datetime, fault: str) -> Callable[[datetime], Fault | None]:
    """A Mixpanel that does this to every request until then."""
    return lambda now: Fault(fault=fault) if now < end else None


def hours(simulation: Simulation) -> float:
    """How long it took until the queue was empty."""
    return (simulation.clock() - START).total_seconds() / HOUR


@pytest.mark.parametrize("fault", ["envoy_503", "json_401", "json_429", "html_403"])
def test_bad_day_of_24_hours_loses_nothing(fault: str) -> None:
    """Away, or with an expired token: a hundred attempts each, and all is there within minutes."""
    sent = [one for one in messages(120, 5) if one["type"] != "track"] + purchases(10)
    simulation = Simulation(CONFIG, Perils(seed=5), weather=until(START + DAY, fault))
    ran(simulation, sent)
    late = hours(simulation) - 24
    assert (
        discrepancies(simulation, sent),
        simulation.most_receives <= 110,
        late < 0.31,
        doubtful(simulation),
    ) == (
        [],
        True,
        True,
        0,
    )


def test_quota_of_half_the_traffic_delays_it() -> None:
    """A quarter of an hour of twice the quota is there within an hour and a half, all of it."""
    sent = messages(1800, 6)
    simulation = Simulation(CONFIG, Perils(seed=6), batch=6, quota=60)
    for minute in range(15):
        simulation.send(*records(sent[120 * minute :][:120], minute))
        simulation.run_for(60)
    simulation.run()
    assert (
        discrepancies(simulation, sent),
        doubtful(simulation),
        simulation.most_receives < 12,
        hours(simulation) < 3 / 2,
    ) == ([], 0, True, True)


def doubtful(simulation: Simulation) -> int:
    """How many reports of an unknown outcome there are."""
    return sum(
        attribute_text(one, "code") == "OUTCOME_UNKNOWN" for one in simulation.rejected.messages()
    )
