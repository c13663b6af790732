"""`make backfills`: kill a backfill at random moments, resume and repeat it, and compare."""

import argparse
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console

from tests.backfill.system import BackfillSystem
from tests.backfill.trial import KilledBackfill

SHOWN: Final = 20
OPTIONS: Final = ("--counters", "--profiles", "once")


def main() -> None:
    """Run the trial, print what happened, and exit with 1 if there are discrepancies."""
    options = argparse.ArgumentParser(prog="make backfills", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--rate", type=int, default=3000, help="slow enough for all kills")
    arguments = options.parse_args()
    words = (*OPTIONS, "--rate", str(arguments.rate))
    console = Console()
    with TemporaryDirectory(prefix="backfill-") as folder, BackfillSystem(Path(folder)) as system:
        now = system.sqs.clock() - timedelta(seconds=1)
        trial = KilledBackfill(system, arguments.events, now, Random(arguments.seed))  # noqa: S311 - reproducible
        trial.prepare()
        began = time.monotonic()
        result = trial.run(arguments.kills, *words)
        wrong = list(trial.discrepancies())
        copies = system.simulation.copies
        console.print(
            f"{trial.kills} kills in {time.monotonic() - began:,.0f} s; {result['sent']:,} events "
            f"sent, {copies.total() - len(copies):,} of them again; discrepancies: {len(wrong)}"
        )
        trial.run(0, *words, "--restart")
        repeated = list(trial.discrepancies())
        console.print(f"After a repeat of all: discrepancies: {len(repeated)}")
        for sentence in [*wrong, *repeated][:SHOWN]:
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    sys.exit(1 if wrong or repeated else 0)


if __name__ == "__main__":
    main()
