"""Whatever fails: every event has one known outcome, and no counter counts twice."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixpanel_emulator.faults.plan import Fault
from tests.fakes.accounting import is_outcome_unknown
from tests.simulation.discrepancies import discrepancies
from tests.simulation.failures import Failures
from tests.simulation.simulation import START, Simulation
from tests.simulation.traffic import CONFIG, Message, messages, records

SEEDS = st.integers(0, 2**32)
AT_LEAST_ONCE = {**CONFIG, "counterDelivery": "at-least-once"}


def purchases(count: int) -> list[Message]:
    """Orders of one user each, each of which counts three times in a profile."""
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


def calls(call_type: str, count: int) -> list[Message]:
    """Calls of this type, of one user each."""
    return [
        {
            "type": call_type,
            "event": "Viewed",
            "messageId": f"{call_type}-{number}",
            "userId": f"user-{call_type}-{number}",
            "timestamp": "2026-10-05T12:00:00.000Z",
            "traits": {"plan": "pro"},
        }
        for number in range(count)
    ]


def simulate(simulation: Simulation, sent: list[Message], seed: int = 0) -> Simulation:
    """Run a simulation until failures have stopped and the queue is empty."""
    simulation.send(*records(sent, seed))
    simulation.run(until=6 * 3600)
    simulation.failures.stop()
    simulation.run()
    return simulation


def calls_without_failures() -> int:
    """How many calls a delivery of three orders makes when nothing fails."""
    simulation = simulate(Simulation(CONFIG, Failures()), purchases(3))
    assert discrepancies(simulation, purchases(3)) == []
    return simulation.failures.calls


CALLS = calls_without_failures()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("call", range(CALLS))
def test_death_at_any_call_neither_loses_nor_repeats_a_counter(call: int, after: bool) -> None:  # noqa: FBT001 - drawn
    """Before or after each claim, each request, each entry: no revenue is counted twice or lost."""
    failures = Failures(dies_at=call, dies_after=after)
    simulation = simulate(Simulation(CONFIG, failures), purchases(3))
    assert (discrepancies(simulation, purchases(3)), failures.deaths) == ([], 1)


@pytest.mark.parametrize("call", range(CALLS))
def test_at_least_once_loses_no_counter(call: int) -> None:
    """Every counter is applied, some of them twice, and none is left to an operator."""
    simulation = simulate(Simulation(AT_LEAST_ONCE, Failures(dies_at=call)), purchases(3))
    sentences = discrepancies(simulation, purchases(3))
    missing = [sentence for sentence in sentences if sentence.endswith("lost")]
    assert (missing, simulation.rejected.messages()) == ([], [])


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_failures_lose_nothing_and_repeat_no_counter(seed: int) -> None:
    """Every fifth call fails, processes die, and records are repeated and out of order."""
    sent = messages(40, seed)
    failures = Failures(seed=seed, failure_rate=0.2, death_rate=0.01)
    simulation = Simulation(CONFIG, failures, batch_size=30, duplicates=0.1)
    assert discrepancies(simulate(simulation, sent, seed), sent) == []


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_without_failures_only_invalid_events_are_rejected(seed: int) -> None:
    """Although records are repeated and out of order."""
    sent = messages(60, seed)
    simulation = Simulation(CONFIG, Failures(seed=seed), batch_size=30, duplicates=0.2)
    simulate(simulation, sent, seed)
    invalid = [
        event for event in sent if event["type"] == "purchase" and event["integrations"]["All"]
    ]
    rejected = {message.body for message in simulation.rejected.messages()}
    assert (discrepancies(simulation, sent), len(rejected)) == ([], len(invalid))


DAY = timedelta(days=1)
HOUR = 3600


def until(end: datetime, fault: str) -> Callable[[datetime], Fault | None]:
    """An outage until this time: every request has this fault."""
    return lambda now: Fault(fault=fault) if now < end else None


def hours(simulation: Simulation) -> float:
    """The hours that it took until the queue was empty."""
    return (simulation.clock() - START).total_seconds() / HOUR


@pytest.mark.parametrize("fault", ["envoy_503", "json_401", "json_429", "html_403"])
def test_outage_of_24_hours_loses_nothing(fault: str) -> None:
    """No connection, or an expired token: all events arrive within minutes of its end."""
    sent = [event for event in messages(120, 5) if event["type"] != "track"] + purchases(10)
    simulation = Simulation(CONFIG, Failures(seed=5), outage=until(START + DAY, fault))
    simulate(simulation, sent)
    assert (
        discrepancies(simulation, sent),
        simulation.max_receives <= 110,
        hours(simulation) - 24 < 0.31,
        unknown_outcomes(simulation),
    ) == ([], True, True, 0)


@pytest.mark.parametrize("days", [4.5, 6])
def test_events_for_track_survive_an_outage_of_days(days: float) -> None:
    """/track drops events of over five days and answers success, so they go to /import."""
    sent = messages(30, 5)
    end = START + timedelta(days=days)
    simulation = Simulation(
        {**CONFIG, "ingestionApi": "track"}, Failures(), outage=until(end, "envoy_503")
    )
    simulation.send(*records(sent, 5))
    simulation.run()
    assert discrepancies(simulation, sent) == []


def test_a_record_stays_one_message_in_an_outage() -> None:
    """Of many events, one filtered, one too long to be sent back by itself, others rejected."""
    sent = messages(40, 5)
    sent[7]["context"] = {"junk": [1e15] * 40_000}
    body = json.dumps({"batch": sent}).replace("1000000000000000.0", "1e15")
    simulation = Simulation(CONFIG, Failures(), outage=until(START + DAY, "envoy_503"))
    simulation.send(body)
    counts = []
    for _ in range(12):
        simulation.run_for(900)
        counts.append(len(simulation.events))
    simulation.run()
    assert (counts, discrepancies(simulation, sent)) == ([1] * 12, [])


def test_records_stay_as_many_when_half_of_each_call_fails() -> None:
    """SQS accepts some entries of each call and not the others."""
    sent = messages(400, 5)
    simulation = Simulation(
        CONFIG, Failures(seed=5, failure_rate=0.4), outage=until(START + DAY / 4, "envoy_503")
    )
    simulation.send(*records(sent, 5))
    before = len(simulation.events)
    simulation.run_for(3 * HOUR)
    during = len(simulation.events)
    simulate(simulation, [])
    assert (during <= before + simulation.repeated, discrepancies(simulation, sent)) == (True, [])


def test_outage_of_one_endpoint_does_not_stop_the_others_at_the_limit_of_sqs() -> None:
    """A thousandth of 600 kept events a second, and of the messages that may be in flight."""
    profiles, events = calls("identify", 60 * 36), calls("track", 60 * 6)
    simulation = Simulation(
        CONFIG,
        Failures(),
        batch_size=20,
        in_flight=120,
        outage=lambda _now: Fault(fault="envoy_503", endpoint="engage"),
    )
    arrived = []
    for minute in range(60):
        simulation.send(*map(json.dumps, profiles[36 * minute :][:36]))
        simulation.send(*map(json.dumps, events[6 * minute :][:6]))
        simulation.run_for(60)
        arrived.append(len(simulation.store.events))
    assert arrived == [6 * (minute + 1) for minute in range(60)]


ACCOUNT = {
    "serviceAccountUserName": "sandbox.0123.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}


@pytest.mark.parametrize("api", ["import", "track"])
@pytest.mark.parametrize("account", [{}, ACCOUNT], ids=["token", "account"])
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_token_of_no_project_loses_nothing_until_it_is_corrected(
    account: dict[str, str], api: str, seed: int
) -> None:
    """Mixpanel would answer success, and drop users, groups and counters; other calls fail, too."""
    sent = messages(40, seed)
    failures = Failures(seed=seed, failure_rate=0.1, death_rate=0.01)
    simulation = Simulation({**CONFIG, "ingestionApi": api, **account}, failures, batch_size=30)
    project = simulation.project
    simulation.project = replace(project, token="0" * 32)
    simulation.send(*records(sent, seed))
    simulation.run(until=6 * HOUR)
    updates = len(simulation.store.updates)
    simulation.project = project
    failures.stop()
    simulation.run()
    assert (updates, discrepancies(simulation, sent)) == (0, [])


@pytest.mark.parametrize("batch_size", [1, 2, 2000])
@pytest.mark.parametrize("fault", ["json_400", "html_414", "html_431"])
def test_complaint_about_the_project_rejects_nothing(fault: str, batch_size: int) -> None:
    """An exceeded quota, or a proxy's new limit: all events arrive within minutes of its end."""
    sent = [event for event in messages(60, 8) if event["type"] != "purchase"] + purchases(10)
    complaint = until(START + 3 * DAY / 24, fault)
    simulation = Simulation(CONFIG, Failures(seed=8), batch_size=batch_size, outage=complaint)
    simulate(simulation, sent)
    assert (
        discrepancies(simulation, sent),
        simulation.rejected.messages(),
        hours(simulation) - 3 < 0.31,
    ) == ([], [], True)


def test_quota_of_half_the_traffic_delays_it() -> None:
    """15 minutes of twice the quota are delivered in full within an hour and three quarters."""
    sent = messages(1800, 6)
    simulation = Simulation(CONFIG, Failures(seed=6), batch_size=6, quota=60)
    for minute in range(15):
        simulation.send(*records(sent[120 * minute :][:120], minute))
        simulation.run_for(60)
    simulation.run()
    assert (
        discrepancies(simulation, sent),
        unknown_outcomes(simulation),
        simulation.max_receives < 12,
        hours(simulation) < 7 / 4,
    ) == ([], 0, True, True)


def unknown_outcomes(simulation: Simulation) -> int:
    """How many counters are reported because they may have counted."""
    return sum(map(is_outcome_unknown, simulation.rejected.messages()))
