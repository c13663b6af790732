"""`python -m benchmarks.invocation`: the cost of delivering a batch, and against a revision.

`--against REV` builds another revision of this project as well. Both deliver the same batches, by
turns, between the same stand-ins for AWS and Mixpanel, so that other work on the machine affects
them alike. The program that measures is always this copy's.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console

from benchmarks.__main__ import HERE, NOW
from benchmarks.batches import batches
from benchmarks.comparison import comparison_table, summarize, traffic_lines
from benchmarks.delivering import (
    AWS_DELAY,
    MIXPANEL_DELAY,
    Measurement,
    Servers,
    deliver_once,
    start_function,
)
from benchmarks.machine import describe_machine
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.servers import run_aws, run_emulator
from sandbox.aws import ROOT
from sandbox.revision import UnknownRevision, describe_revision, unpack_revision
from sandbox.stack import build
from tests.fakes.runtime_api import LambdaRuntime

COUNT: Final = 2000
ROUNDS: Final = 5
REFERENCE: Final = HERE / "reference_revision"
# The names of the revisions in the figures
PRESENT: Final = "present"
AGAINST: Final = "against"

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Built:
    """A revision with the layer that was built of it."""

    name: str
    source: Path
    layer: Path


@dataclass(frozen=True, slots=True)
class Trial:
    """One scenario and the running functions that deliver it, by revision."""

    scenario: Scenario
    batch: bytes
    servers: Servers
    functions: Mapping[str, LambdaRuntime]
    measured: dict[str, list[Measurement]] = field(default_factory=dict)

    def run(self) -> None:
        """Deliver the batch with each revision, and note what that used."""
        for name, function in self.functions.items():
            measurement = deliver_once(self.batch, function, self.servers)
            self.measured.setdefault(name, []).append(measurement)

    def warm_up(self) -> None:
        """Deliver it once with each, unmeasured: functions connect, and import what they need."""
        for function in self.functions.values():
            deliver_once(self.batch, function, self.servers)


def main() -> None:
    """Deliver the batches, and print what that cost.

    Raises SystemExit when this copy does not have the revision to compare with.
    """
    options = parser().parse_args()
    chosen = [scenario for scenario in SCENARIOS if options.only in scenario.name]
    try:
        figures = compare(options.against, chosen, options.rounds, options.count)
    except UnknownRevision as error:
        raise SystemExit(str(error)) from None
    title = (
        f"{options.count:,} events, medians of {options.rounds} rounds\n"
        f"Mixpanel responds after {1000 * MIXPANEL_DELAY:.0f} ms, AWS after "
        f"{1000 * AWS_DELAY:.0f} ms"
    )
    console = Console()
    console.print(comparison_table(figures["scenarios"], title))
    for line in traffic_lines(figures["scenarios"]):
        console.print(line, highlight=False)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.invocation", description=__doc__)
    options.add_argument("--against", metavar="REV", help="a revision of git to compare with")
    options.add_argument("--count", type=int, default=COUNT, help="events in a batch")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="deliveries of each batch")
    options.add_argument("--only", default="", help="only batches whose name contains this")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file")
    return options


def reference_revision() -> str:
    """The revision with which documented figures are compared: the version of 2026-11-26."""
    return REFERENCE.read_text().strip()


def compare(against: str | None, scenarios: Sequence[Scenario], rounds: int, count: int) -> Json:
    """Deliver each scenario in alternating rounds; return the figures with machine and day."""
    with TemporaryDirectory() as name:
        revisions = built_revisions(Path(name), against)
        with running_trials(revisions, scenarios, count) as trials:
            measure_rounds(trials, rounds)
    return {
        **describe_machine(),
        "rounds": rounds,
        "events": count,
        "revisions": {PRESENT: describe_revision("HEAD")}
        | ({AGAINST: describe_revision(against)} if against else {}),
        "scenarios": {trial.scenario.name: summarize(trial.measured) for trial in trials},
    }


def built_revisions(folder: Path, against: str | None) -> list[Built]:
    """This copy, and the revision to compare with."""
    revisions = [Built(PRESENT, ROOT, build_layer(folder / PRESENT, ROOT))]
    if against:
        source = unpack_revision(against, folder / "source")
        revisions.append(Built(AGAINST, source, build_layer(folder / AGAINST, source)))
    return revisions


def build_layer(folder: Path, source: Path) -> Path:
    """Build a working copy; return the folder of its layer."""
    folder.mkdir()
    return build(folder, source).parent / "RudderMixpanelLayer"


@contextmanager
def running_trials(
    revisions: Sequence[Built], scenarios: Sequence[Scenario], count: int
) -> Iterator[list[Trial]]:
    """Run the functions and servers of all scenarios while the block lasts.

    Each scenario has processes of its own, so that the memory which one needs is not another's.
    """
    destination = json.loads((HERE / "destination.json").read_text())
    with ExitStack() as stack:
        mixpanel = stack.enter_context(run_emulator(NOW, "--id-mode", "simplified"))
        trials = []
        for scenario in scenarios:
            aws_url = stack.enter_context(run_aws(destination | scenario.settings, AWS_DELAY))
            servers = Servers(aws_url, mixpanel)
            functions = {
                revision.name: stack.enter_context(
                    start_function(revision.source, revision.layer, servers)
                )
                for revision in revisions
            }
            (batch,) = batches(count, 1, scenario.share)
            trials.append(Trial(scenario, json.dumps(batch).encode(), servers, functions))
        yield trials


def measure_rounds(trials: Sequence[Trial], rounds: int) -> None:
    """Deliver every batch with every revision, again and again."""
    for trial in trials:
        trial.warm_up()
    for _ in range(rounds):
        for trial in trials:
            trial.run()


if __name__ == "__main__":
    main()
