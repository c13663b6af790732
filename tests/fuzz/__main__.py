"""`make fuzz`: hostile input for envelopes, mapping and responses, as long as the time allows."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from os import cpu_count
from pathlib import Path
from time import monotonic
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.fuzz.run import CHUNK, Finding, run_seeds

SHOWN: Final = 20


def main() -> None:
    """Run seeds until the time is up, and exit with 1 if there are findings."""
    options = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--minutes", type=float, default=10, help="0 runs one seed")
    arguments = options.parse_args()
    console, totals, findings = Console(), Counter[str](), list[Finding]()
    for counts, found in results(arguments.seed, arguments.minutes):
        totals += counts
        findings += found
    console.print(table(totals, findings))
    folder = Path(tempfile.mkdtemp(prefix="fuzz-")) if findings else Path()
    for finding in findings[:SHOWN]:
        file = folder / f"{finding.target}-{finding.seed}.txt"
        file.write_text(finding.text, errors="surrogateescape")
        line = f"make fuzz SEED={finding.seed} MINUTES=0: {finding.target} {finding.complaint}"
        console.print(f"{line}; the input is {file}", markup=False, highlight=False, soft_wrap=True)
    sys.exit(1 if findings else 0)


def results(seed: int, minutes: float) -> Iterator[tuple[Counter[str], list[Finding]]]:
    """What every chunk of seeds has found, until the time is up."""
    if minutes == 0:
        yield run_seeds(range(seed, seed + 1))
        return
    end, chunks = monotonic() + 60 * minutes, count(seed, CHUNK)
    # One processor is left free: what shares it would seem slower than it is.
    workers = max(1, (cpu_count() or 1) - 1)
    with ProcessPoolExecutor(workers) as processes:
        running: set[Future[tuple[Counter[str], list[Finding]]]] = set()
        while running or monotonic() < end:
            while monotonic() < end and len(running) <= workers:
                start = next(chunks)
                running.add(processes.submit(run_seeds, range(start, start + CHUNK)))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def table(totals: Counter[str], findings: list[Finding]) -> Table:
    """The cases and findings of each target, as a table."""
    found = Counter(finding.target for finding in findings)
    shown = Table("target", "cases", "findings")
    for name, number in sorted(totals.items()):
        shown.add_row(name, f"{number:,}", f"{found[name]:,}")
    return shown


if __name__ == "__main__":
    main()
