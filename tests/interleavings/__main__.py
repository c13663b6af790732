"""`make interleavings`: run scenarios from a seed on, and print the seeds of those that fail.

Most scenarios run over the use cases, with tables in memory; some over the functions as they are
built.
"""

import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from moto.server import ThreadedMotoServer

from tests.fakes.seeded_runs import Result, report
from tests.interleavings import built_discrepancies
from tests.interleavings.built_scenario import run_built_scenario
from tests.interleavings.built_system import BuiltSystem
from tests.interleavings.discrepancies import accepted_by_worker, discrepancies
from tests.interleavings.scenario import Scenario, run_scenario
from tests.package.conftest import Built, sam_build

# Scenarios that a process runs in a row
CHUNK = 500
# Scenarios over the built functions, for each of the others
BUILT_SHARE = 300 / 100_000


def main(first: int, count: int) -> int:
    """Run the scenarios on all processors; return 1 if one of them failed."""
    starts = range(first, first + count, CHUNK)
    with ProcessPoolExecutor() as processes:
        results = processes.map(run_chunk, starts, [first + count] * len(starts))
        failures = report("interleavings", results, first, count)
    few = round(count * BUILT_SHARE)
    failures += report("interleavings of built functions", run_built(few), 0, few)
    return 1 if failures else 0


def run_chunk(first: int, end: int) -> Result:
    """Run some scenarios in a row."""
    totals: Counter[str] = Counter()
    lines = []
    for seed in range(first, min(first + CHUNK, end)):
        scenario = run_scenario(seed)
        totals += counts_of(scenario)
        if failures := discrepancies(scenario):
            lines.append(f"seed {seed}: {failures[:3]}\n")
    return totals, lines


def counts_of(scenario: Scenario) -> Counter[str]:
    """What happened in a scenario."""
    tables = (scenario.repository, scenario.suppressions)
    statuses = Counter(f"tasks in {status}" for status in scenario.deletion.task_statuses())
    happened = {
        "run": 1,
        "requests with events": len(scenario.sent),
        "requests for deletions": len(scenario.api.times),
        "regulations": len(scenario.promises),
        "of these accepted by the worker": len(accepted_by_worker(scenario)),
        "replays": scenario.replayed,
        "tasks of others": len(scenario.api.foreign),
        "failed calls to tables": sum(table.failures for table in tables),
    }
    return scenario.counts + statuses + Counter(happened)


def run_built(count: int) -> Iterator[Result]:
    """Run scenarios over the functions as they are built, one by one."""
    if not count:
        return
    with built_system() as system:
        for seed in range(count):
            scenario = run_built_scenario(system, seed)
            totals = Counter(
                {
                    "run": 1,
                    "requests with events": len(scenario.requests()),
                    "deletions": len(system.mixpanel.deletions()),
                    "regulations": len(scenario.promises),
                    "of these during a request": scenario.requested_meanwhile,
                }
            )
            failures = built_discrepancies.discrepancies(scenario)
            yield totals + scenario.counts, [f"seed {seed}: {failures[:3]}\n"] if failures else []


@contextmanager
def built_system() -> Iterator[BuiltSystem]:
    """Build the functions, and start them with AWS on this machine."""
    os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        sam_build(folder / "built")
        with BuiltSystem(Built(folder / "built"), f"http://{host}:{port}", folder) as system:
            yield system
    server.stop()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
