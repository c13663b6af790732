"""A few of the trials; `make chaos` runs hundreds."""

import pytest

from tests.chaos.discrepancies import discrepancies
from tests.chaos.messages import click, event_fields
from tests.chaos.moments import PHASES, Moment, Phase
from tests.chaos.system import ChaosSystem
from tests.chaos.trial import Trial


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_killed_processes_lose_nothing_and_count_nothing_twice(
    system: ChaosSystem, seed: int
) -> None:
    """Three processes share records, ledger and Mixpanel, and some of them are killed."""
    assert discrepancies(Trial(system, seed).run()) == []


@pytest.mark.parametrize("phase", PHASES)
def test_process_is_killed_at_a_moment(system: ChaosSystem, phase: Phase) -> None:
    """Each phase of a call can be hit."""
    system.reset()
    system.send(*(click(event_fields(f"{phase}-{n}", system.clock())) for n in range(9)))
    trial = Trial(system, 1)
    trial.deliver_visible([Moment("/import", 1, phase)] * 3)
    assert set(trial.kills) == {("/import", phase)}
