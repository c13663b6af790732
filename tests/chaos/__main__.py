"""`make chaos`: deliver with three processes at once, kill some of them, and find what is wrong."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from sandbox.aws import KEY, REGION, local_aws
from tests.chaos.discrepancies import LOST, TWICE, Results, discrepancies
from tests.chaos.moments import PHASES, Phase
from tests.chaos.system import ChaosSystem
from tests.chaos.trial import Trial
from tests.package.conftest import Built, sam_build

SHOWN: Final = 20


def main() -> None:
    """Run trials, print what happened, and exit with 1 if there are discrepancies."""
    options = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--trials", type=int, default=300)
    arguments = options.parse_args()
    console, totals = Console(), Totals()
    seeds = range(arguments.seed, arguments.seed + arguments.trials)
    with chaos_system() as system:
        for seed in track(seeds, "Trials", console=console, disable=not console.is_terminal):
            totals.add(Trial(system, seed).run())
    console.print(totals.kills_table())
    console.print(totals.table())
    for sentence in totals.wrong[:SHOWN]:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    sys.exit(1 if totals.wrong else 0)


@contextmanager
def chaos_system() -> Iterator[ChaosSystem]:
    """Build the function, and start everything that it needs."""
    os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), KEY)
    os.environ["AWS_DEFAULT_REGION"] = REGION
    with TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(name)
        sam_build(folder / "built")
        with (
            local_aws(folder) as aws,
            ChaosSystem(Built(folder / "built"), aws, folder) as system,
        ):
            yield system


class Totals:
    """What happened in all trials."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.kills: Counter[tuple[str, Phase]] = Counter()
        self.wrong: list[str] = []

    def add(self, trial: Trial) -> None:
        """Add one trial that has ended."""
        sentences = discrepancies(trial)
        self.wrong += [f"make chaos SEED={trial.seed} TRIALS=1: {line}" for line in sentences]
        self.kills += trial.kills
        self.counts["trials"] += 1
        self.counts["trials without a kill"] += not trial.kills
        self.counts["records"] += len(trial.system.sent)
        self.counts["invocations"] += trial.invocations
        self.counts["events with a counter of unknown outcome"] += Results(trial.system).unknown
        self.counts["lost"] += sum(line.endswith(LOST) for line in sentences)
        self.counts["counted twice"] += sum(line.endswith(TWICE) for line in sentences)
        self.counts["discrepancies"] += len(sentences)

    def table(self) -> Table:
        """The counts as a table."""
        shown = Table("what", "how often", title="Trials")
        for name, count in self.counts.items():
            shown.add_row(name, f"{count:,}")
        return shown

    def kills_table(self) -> Table:
        """The kills by call and phase, as a table."""
        shown = Table("killed at", *PHASES, title=f"{self.kills.total():,} kills")
        for call in sorted({call for call, _ in self.kills}):
            shown.add_row(call, *(str(self.kills[call, phase] or "") for phase in PHASES))
        return shown


if __name__ == "__main__":
    main()
