"""A few of the scenarios over the built functions; `make interleavings` runs hundreds."""

import pytest

from tests.interleavings.built_discrepancies import broken_promises, discrepancies
from tests.interleavings.built_scenario import BuiltScenario, run_built_scenario
from tests.interleavings.built_system import BuiltSystem
from tests.interleavings.spellings import names_in


@pytest.mark.parametrize("seed", range(4))
def test_built_functions_keep_promises(system: BuiltSystem, seed: int) -> None:
    """No request too late or too soon, every regulation ends, and no deletion is unwanted."""
    assert discrepancies(run_built_scenario(system, seed)) == []


def test_scenarios_contain_what_they_are_about(system: BuiltSystem) -> None:
    """Events are sent in them, users deleted, and regulations cancelled."""
    scenarios = [run_built_scenario(system, seed) for seed in range(100, 103)]
    contents = (
        any(scenario.cancelled for scenario in scenarios),
        any(scenario.promises for scenario in scenarios),
        len(scenarios[-1].requests()) > 0,
    )
    assert contents == (True, True, True)


def test_broken_promise_is_noticed(system: BuiltSystem) -> None:
    """A request names a user whom the scenario considers suppressed, and who is not."""
    scenario = BuiltScenario(system, 200)
    system.mixpanel.reset()
    scenario.send_event()
    scenario.deliver()
    (_, text), *_ = scenario.requests()
    names = [*scenario.users, *(f"device-{user}" for user in scenario.users)]
    long_ago = system.clock().replace(year=2000)
    scenario.promises["made-up"] = (long_ago, names_in(text).intersection(names))
    assert len(broken_promises(scenario)) == len(scenario.requests())
