"""`python -m benchmarks.performance`: the figures of docs/performance.md, in one run.

It measures mapping beside its floor, invocations against the reference revision, and cold starts
beside their baselines, writes benchmarks/performance.json, and prints the table. It takes about
five minutes, and needs a machine without other work.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks import cold_start, invocation, workload
from benchmarks.__main__ import HERE, NOW
from benchmarks.goals import Figure, compared_figures
from benchmarks.machine import describe_machine
from benchmarks.scenarios import SCENARIOS
from benchmarks.stages import measure
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.garbage import collecting_afterwards

PERFORMANCE: Final = HERE / "performance.json"
MAPPED: Final = 20_000
MAPPING_REPEATS: Final = 9


def main() -> None:
    """Measure everything, write the figures, and print them."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.performance", description=__doc__)
    options.add_argument("--rounds", type=int, default=invocation.ROUNDS, help="of invocations")
    options.add_argument("--starts", type=int, default=cold_start.ROUNDS, help="of cold starts")
    options.add_argument("--json", type=Path, default=PERFORMANCE, help="file of the figures")
    chosen = options.parse_args()
    figures = measure_all(chosen.rounds, chosen.starts)
    chosen.json.write_text(json.dumps(figures, indent=2) + "\n")
    table = Table(*(name.replace("_", " ") for name in Figure._fields))
    for figure in compared_figures(figures):
        table.add_row(*figure)
    Console().print(table)


def measure_all(rounds: int, starts: int) -> dict[str, Any]:
    """Every figure, with the machine and the day."""
    return {
        **describe_machine(),
        "mapping": measure_mapping(),
        "invocations": invocation.compare(
            invocation.reference_revision(), SCENARIOS, rounds, invocation.COUNT
        ),
        "starts": cold_start.measure_starts(starts),
    }


@collecting_afterwards()
def measure_mapping() -> dict[str, Any]:
    """What mapping costs, as in `make bench`."""
    destination = Destination.from_config(json.loads((HERE / "destination.json").read_text()))
    return measure(list(workload.lines(MAPPED)), destination, NOW, MAPPING_REPEATS)


if __name__ == "__main__":
    main()
