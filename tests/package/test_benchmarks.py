"""The benchmark of invocations delivers what it measures."""

from benchmarks.invocation import Built as BuiltRevision
from benchmarks.invocation import measure_rounds, running_trials
from benchmarks.scenarios import SCENARIOS
from sandbox.aws import ROOT
from tests.package.conftest import Built


def test_two_revisions_deliver_every_batch_in_every_round(built: Built) -> None:
    """Here twice the same, and small batches."""
    revisions = [BuiltRevision(name, ROOT, built.layer) for name in ("present", "against")]
    with running_trials(revisions, SCENARIOS[-2:], count=20) as trials:
        measure_rounds(trials, rounds=2)
    assert [
        {
            name: [bool(one.requests and one.calls) for one in each]
            for name, each in measured.items()
        }
        for measured in (trial.measured for trial in trials)
    ] == [{"present": [True, True], "against": [True, True]}] * 2
