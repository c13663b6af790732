"""A sample of the scenarios; `make interleavings SEED=…` runs a hundred thousand."""

import pytest

from tests.interleavings.discrepancies import broken_promises, discrepancies
from tests.interleavings.scenario import run_scenario


@pytest.mark.parametrize("seed", range(60))
def test_promises_are_kept(seed: int) -> None:
    """No request too late or too soon, every regulation ends, and no deletion is unwanted."""
    assert discrepancies(run_scenario(seed)) == []


def test_scenarios_contain_what_they_are_about() -> None:
    """Events are sent and replayed in them, users deleted, and regulations cancelled."""
    scenarios = [run_scenario(seed) for seed in range(20)]
    requests = [request for scenario in scenarios for request in scenario.sent]
    contents = (
        len(requests) > 40,
        sum(len(scenario.deletion.deleted()) for scenario in scenarios) > 5,
        sum(scenario.counts["cancellations"] for scenario in scenarios) > 20,
        sum(scenario.replayed for scenario in scenarios) > 0,
        any("$group_id" in request.names for request in requests),
    )
    assert contents == (True, True, True, True, True)


def test_broken_promise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a delivery that treats every user as not suppressed."""
    monkeypatch.setattr(
        "tests.interleavings.environment.Lookups.look_up",
        lambda _, identifiers: dict.fromkeys(identifiers, False),
    )
    assert any(broken_promises(run_scenario(seed)) for seed in range(20))
