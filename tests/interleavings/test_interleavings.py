"""A sample of the scenarios; `make interleavings SEED=…` runs a hundred thousand."""

from typing import Any

import pytest

from rudder_mixpanel.deletion.failure import complete
from rudder_mixpanel.deletion.step import Step
from rudder_mixpanel.regulations.task import Task
from tests.interleavings.discrepancies import accepted_by_worker, discrepancies
from tests.interleavings.scenario import Scenario, run_scenario


@pytest.mark.parametrize("seed", range(60))
def test_promises_are_kept(seed: int) -> None:
    """No request too late or too soon, every regulation ends, and no deletion is unwanted."""
    assert discrepancies(run_scenario(seed)) == []


def amounts(scenario: Scenario) -> dict[str, int]:
    """How much of what scenarios are about is in one."""
    return {
        **scenario.counts,
        "events": len(scenario.sent),
        "groups": sum("$group_id" in request.names for request in scenario.sent),
        "updated profiles": scenario.updated_profiles,
        "deletions": len(scenario.deletion.deleted()),
        "replays": scenario.replayed,
        "bad ends": len({"FAILURE", "REVOKED"}.intersection(scenario.deletion.task_statuses())),
        "tasks of others": len(scenario.api.foreign),
        "failed calls to tables": scenario.repository.failures + scenario.suppressions.failures,
        "failed erasures": scenario.profile_times.failures,
        "regulations accepted by the worker": len(accepted_by_worker(scenario)),
    }


def test_scenarios_contain_what_they_are_about() -> None:
    """Also what happens in few of them."""
    scenarios = [amounts(run_scenario(seed)) for seed in range(40)]
    names = {name for scenario in scenarios for name in scenario}
    sums = {name: sum(scenario.get(name, 0) for scenario in scenarios) for name in names}
    expected = {
        *("swarms", "outages", "repeated requests", "jobs of RudderStack's worker"),
        *("cancellations", "requests without an answer", *amounts(Scenario(0))),
    }
    assert {name for name in expected if not sums.get(name)} == set()


def succeed(step: Step, task: Task, _: Any) -> None:
    """Take a failed task for one that has deleted its users."""
    complete(step, task)


def be_due_at_once(chunk: Any, effective_at: int) -> None:
    """Accept a chunk whose deletion is due at once."""
    chunk.effective_at, chunk.tasks = effective_at, [Task(0, list(chunk.members))]


@pytest.mark.parametrize(
    ("target", "fault", "broken"),
    [
        (
            "tests.interleavings.environment.Lookups.look_up",
            lambda _, ids: dict.fromkeys(ids, frozenset()),
            "sent after effectiveAt",
        ),
        (
            "rudder_mixpanel.regulations.chunk.Chunk.accept",
            be_due_at_once,
            "asked before effectiveAt",
        ),
        (
            "rudder_mixpanel.deletion.poll.apply_failure",
            succeed,
            "completed without a deletion",
        ),
        (
            "tests.fakes.regulation_tables.MemoryProfileTimes.erase",
            lambda *_: None,
            "completed with times of profile updates",
        ),
        (
            "rudder_mixpanel.regulations.chunk.Chunk.remove_canceled",
            lambda *_: None,
            "asked for somebody unwanted",
        ),
        (
            "rudder_mixpanel.deletion.failure.MOST_FAILURES",
            1,
            "forgotten",
        ),
        (
            "tests.fakes.deletion.FakeDeletionDependencies.pause",
            lambda _: None,
            "two requests within a second",
        ),
    ],
)
def test_broken_promise_is_noticed(
    monkeypatch: pytest.MonkeyPatch, target: str, fault: object, broken: str
) -> None:
    """With a fault for each of the promises."""
    monkeypatch.setattr(target, fault)
    found = (each for seed in range(100) for each in discrepancies(run_scenario(seed)))
    assert any(each.startswith(broken) for each in found)
