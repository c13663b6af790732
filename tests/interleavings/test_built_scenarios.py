"""A few of the scenarios over the built functions; `make interleavings` runs hundreds."""

from collections.abc import Callable

import pytest

from tests.interleavings.built_discrepancies import discrepancies
from tests.interleavings.built_scenario import BuiltScenario, run_built_scenario
from tests.interleavings.built_system import BuiltSystem
from tests.interleavings.promises import Promise
from tests.interleavings.spellings import names_in


@pytest.mark.parametrize("seed", range(4))
def test_built_functions_keep_promises(system: BuiltSystem, seed: int) -> None:
    """No request too late or too soon, every regulation ends, and no deletion is unwanted."""
    assert discrepancies(run_built_scenario(system, seed)) == []


def test_scenarios_contain_what_they_are_about(system: BuiltSystem) -> None:
    """Events are sent in them, users deleted, and regulations cancelled and requested again."""
    scenarios = [run_built_scenario(system, seed) for seed in range(100, 103)]
    contents = (
        any(scenario.counts["cancellations"] for scenario in scenarios),
        any(scenario.counts["repeated requests"] for scenario in scenarios),
        any(scenario.counts["jobs of RudderStack's worker"] for scenario in scenarios),
        any(scenario.promises for scenario in scenarios),
        len(scenarios[-1].requests()) > 0,
    )
    assert contents == (True,) * 5


@pytest.fixture
def ended(system: BuiltSystem) -> BuiltScenario:
    """A scenario that has ended, in which events about users are sent who are then deleted.

    The functions are processes, so that a seed does not decide everything that happens.
    """
    scenarios = (run_built_scenario(system, seed) for seed in range(201, 230))
    return next(scenario for scenario in scenarios if is_eventful(scenario))


def is_eventful(scenario: BuiltScenario) -> bool:
    """Whether events about users with regulations were sent, and users deleted."""
    sent = {name for _, text in scenario.requests() for name in names_in(text)}
    regulated = {name for promise in scenario.promises.values() for name in promise.names}
    return not sent.isdisjoint(regulated) and bool(scenario.system.mixpanel.deletions())


def promised_long_ago(promise: Promise) -> None:
    """The suppression was effective before anything was sent."""
    promise.effective_at, promise.cancelled_at = 1, float("inf")


def promised_for_later(promise: Promise) -> None:
    """The suppression is effective after everything has ended."""
    promise.effective_at = 2**33


def unwanted(promise: Promise) -> None:
    """Nobody wanted anybody deleted."""
    promise.deletes = False


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (promised_long_ago, "sent after effectiveAt"),
        (promised_for_later, "asked before effectiveAt"),
        (promised_for_later, "completed without a deletion"),
        (unwanted, "asked for somebody unwanted"),
    ],
)
def test_broken_promise_is_noticed(
    ended: BuiltScenario, change: Callable[[Promise], None], broken: str
) -> None:
    """What the functions did breaks other promises than those that they made."""
    for promise in ended.promises.values():
        change(promise)
    assert any(each.startswith(broken) for each in discrepancies(ended))
