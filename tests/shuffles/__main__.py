"""`make shuffles`: run shuffles from a seed on, and print the seeds of those that end wrong.

Then ten invocations at once update one group, and how often each record was received is printed.
"""

import argparse
import gc
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from tests.fakes.seeded_runs import Result, report
from tests.shuffles import one_group
from tests.shuffles.discrepancies import discrepancies
from tests.shuffles.scenario import Shuffle

# Shuffles that a process runs in a row
CHUNK: Final = 250


def main(first: int, count: int) -> int:
    """Run the shuffles on all processors; return 1 if one of them ended wrong."""
    starts = range(first, first + count, CHUNK)
    began = time.monotonic()
    with ProcessPoolExecutor() as processes:
        results = processes.map(run_chunk, starts, [first + count] * len(starts))
        failures = report("shuffles", results, first, count)
    sys.stdout.write(f"{count / (time.monotonic() - began):.0f} shuffles a second\n")
    return one_group.main() or (1 if failures else 0)


def run_chunk(first: int, end: int) -> Result:
    """Run some shuffles in a row."""
    # What the modules have made stays, and need not be looked at.
    gc.freeze()
    totals: Counter[str] = Counter()
    lines = []
    for seed in range(first, min(first + CHUNK, end)):
        counts, failures = run_seed(seed)
        totals += counts
        if failures:
            lines.append(f"seed {seed}: {failures[:3]}\n")
    return totals, lines


def run_seed(seed: int) -> tuple[Counter[str], list[str]]:
    """What happened in one shuffle, and what is wrong in the end."""
    shuffle = Shuffle(seed)
    try:
        failures = discrepancies(shuffle.run())
    except Exception as error:  # noqa: BLE001 - one that fails must not end the others
        failures = [f"{type(error).__name__}: {error}"]
    return counts_of(shuffle), failures


def counts_of(shuffle: Shuffle) -> Counter[str]:
    """What happened in a shuffle."""
    stack, chances = shuffle.stack, shuffle.chances
    return Counter(
        {
            "run": 1,
            "invocations": stack.invocations,
            "deaths": chances.deaths,
            "failed calls": chances.failures,
            "late arrivals": chances.late_arrivals,
            "updates delivered": len(shuffle.delivered),
            "updates superseded": len(shuffle.superseded),
            "updates in doubt": shuffle.in_doubt,
            "messages replayed": shuffle.replayed,
            "users suppressed": len(shuffle.suppressed),
        }
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="make shuffles", description=__doc__)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--count", type=int, default=100_000)
    arguments = options.parse_args()
    sys.exit(main(arguments.seed, arguments.count))
