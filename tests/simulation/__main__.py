"""`make soak`: a million events while calls fail, and what became of them."""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from datetime import timedelta

from tests.fakes.accounting import is_outcome_unknown
from tests.fakes.seeded_runs import Result, report
from tests.fakes.sqs.queue import MAX_IN_FLIGHT
from tests.simulation.discrepancies import discrepancies
from tests.simulation.failures import Failures
from tests.simulation.simulation import START, Simulation
from tests.simulation.traffic import CONFIG, Message, messages, records

# Events of one simulation, so that memory stays small.
EVENTS = 2000
FAILING_SECONDS = 6 * 3600
# What is special in every fourth simulation: events for /track at the border of five days, a token
# of no project in the first hour, few messages that may be in flight.
OLD_TRACKED, WRONG_TOKEN, FULL_FLIGHT = 1, 2, 3


def main(seed: int, events: int) -> int:
    """Run simulations on all processors; return 1 if one of them has discrepancies."""
    seeds = range(seed * 1_000_000, seed * 1_000_000 + events // EVENTS)
    with ProcessPoolExecutor() as processes:
        results = processes.map(simulate, seeds)
        return 1 if report("simulations", results, seeds.start, len(seeds)) else 0


def simulate(seed: int) -> Result:
    """Run a simulation until its queue is empty. Events count once for each attempt."""
    sent = messages(EVENTS, seed)
    failures = Failures(seed=seed, failure_rate=0.15, death_rate=0.001)
    simulation = special_simulation(seed, failures, sent)
    project = simulation.project
    simulation.send(*records(sent, seed))
    if seed % 4 == WRONG_TOKEN:
        simulation.project = replace(project, token="0" * 32)
        simulation.run(until=FAILING_SECONDS / 6)
        simulation.project = project
    simulation.run(until=FAILING_SECONDS)
    failures.stop()
    simulation.run()
    counts = Counter(
        {"run": 1, "events": len(sent), "deaths": failures.deaths, "failures": failures.failures}
    )
    for account in simulation.accounts:
        counts.update(asdict(account))
    rejected = simulation.rejected.messages()
    counts["counters in doubt"] = sum(map(is_outcome_unknown, rejected))
    counts["invocations"] = len(simulation.source.batches)
    counts["dead letters"] = len(simulation.dead.messages())
    counts["records repeated by a lost answer"] = simulation.repeated
    counts["messages multiplied"] = simulation.multiplied
    return counts, [f"seed {seed}: {each}\n" for each in discrepancies(simulation, sent)]


def special_simulation(seed: int, failures: Failures, sent: list[Message]) -> Simulation:
    """A simulation with a special condition in three of four seeds."""
    config, in_flight = CONFIG, MAX_IN_FLIGHT
    if seed % 4 == OLD_TRACKED:
        config = {**CONFIG, "ingestionApi": "track"}
        for number, message in enumerate(sent):
            age = timedelta(days=5) - timedelta(seconds=number * FAILING_SECONDS / EVENTS)
            message["timestamp"] = (START - age).isoformat()
    elif seed % 4 == FULL_FLIGHT:
        in_flight = 300
    return Simulation(config, failures, batch_size=400, duplicates=0.02, in_flight=in_flight)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1_000_000)
    options = parser.parse_args()
    sys.exit(main(options.seed, options.events))
