"""`make soak`: a million events on bad days, and the account of what became of them."""

import argparse
import sys
from collections import Counter
from dataclasses import asdict

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.fakes.accounting import attribute_text
from tests.simulation.discrepancies import discrepancies
from tests.simulation.perils import Perils
from tests.simulation.simulation import Simulation
from tests.simulation.traffic import CONFIG, messages, records

# Events that share a queue, a ledger and a Mixpanel, so that memory stays small.
TOGETHER = 2000
BAD_DAYS = 6 * 3600


def main() -> None:
    """Run, print, and fail where the books are wrong."""
    options = argparse.ArgumentParser(prog="make soak", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--events", type=int, default=1_000_000)
    given = options.parse_args()
    console = Console()
    books, wrong = Counter[str](), list[str]()
    seeds = range(given.seed * 1_000_000, given.seed * 1_000_000 + given.events // TOGETHER)
    for seed in track(seeds, "Bad days", console=console, disable=not console.is_terminal):
        counts, found = bad_days(seed)
        books.update(counts)
        wrong += [f"seed {seed}: {one}" for one in found]
    console.print(table(books, len(wrong)))
    for one in wrong[:20]:
        console.print(one)
    sys.exit(1 if wrong else 0)


def bad_days(seed: int) -> tuple[Counter[str], list[str]]:
    """What some events met with until the queue was empty, and what is wrong in the end."""
    sent = messages(TOGETHER, seed)
    perils = Perils(seed=seed, likely=0.15, deadly=0.001)
    simulation = Simulation(CONFIG, perils, batch=400, repeats=0.02)
    simulation.send(*records(sent, seed))
    simulation.run(until=BAD_DAYS)
    perils.end()
    simulation.run()
    books = Counter({"events": len(sent), "deaths": perils.deaths, "failures": perils.failures})
    for account in simulation.accounts:
        books.update(asdict(account))
    rejected = simulation.rejected.messages()
    books["counters in doubt"] = sum(
        attribute_text(one, "code") == "OUTCOME_UNKNOWN" for one in rejected
    )
    books["invocations"] = len(simulation.source.batches)
    books["dead letters"] = len(simulation.dead.messages())
    return books, discrepancies(simulation, sent)


def table(books: Counter[str], wrong: int) -> Table:
    """The account, for people."""
    shown = Table("what", "how often", title="Events are counted anew at each attempt")
    for name, count in books.items():
        shown.add_row(name, f"{count:,}")
    shown.add_row("lost, counted twice, or unexplained", f"{wrong:,}")
    return shown


if __name__ == "__main__":
    main()
