"""`rudder-mixpanel where`, asked about events while calls fail, compared with where they are.

What is right is taken from Mixpanel's own view and from the queues, never from the log.

    python -m tests.simulation.where --events 100000 --questions 2000
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from mixpanel_emulator.faults.plan import Fault
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel_cli.where.answer import Answer, CopyPlace, WhereOutcome
from rudder_mixpanel_cli.where.report import text_lines
from tests.fakes.accounting import expected_operations
from tests.fakes.sqs.queue import Queue
from tests.simulation.discrepancies import ResultState
from tests.simulation.failures import Failures
from tests.simulation.logged import LoggedSimulation
from tests.simulation.simulation import START
from tests.simulation.traffic import CONFIG, Message, messages, records

FAILING_SECONDS: Final = 3 * 3600
# What is special in a simulation: records that die, an outage of ten days, or nothing.
DEADLY, LONG_OUTAGE, KINDS = 1, 2, 4
OUTAGE: Final = timedelta(days=10)
# An outage of ten days has a thousand invocations.
EVENTS, EVENTS_IN_OUTAGE = 2000, 100
EVENTS_OF_ALL_KINDS: Final = (KINDS - 1) * EVENTS + EVENTS_IN_OUTAGE
SUPPRESSED_SHARE: Final = 0.02
COPIES: Final = {CopyPlace.EVENTS: "events", CopyPlace.DEAD: "dead"}


@dataclass(slots=True)
class Truth:
    """Where events are: in Mixpanel, and in the bodies of the queues."""

    simulation: LoggedSimulation
    result: ResultState = field(init=False)
    bodies: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Look once."""
        simulation = self.simulation
        self.result = ResultState(simulation)
        queues = {
            "events": simulation.events,
            "rejected": simulation.rejected,
            "dead": simulation.dead,
        }
        self.bodies = {name: all_bodies(queue) for name, queue in queues.items()}

    def is_in(self, queue: str, message: Message) -> bool:
        """Whether a queue holds it."""
        return f'"{message["messageId"]}"' in self.bodies[queue]

    def applied(self, message: Message) -> list[bool]:
        """For each operation, whether Mixpanel has it; none if it is filtered or rejected."""
        try:
            operations = expected_operations(message, self.result.destination, START)
        except RejectedEvent:
            return []
        return [self.result.times_applied(operation) > 0 for operation in operations]


def all_bodies(queue: Queue) -> str:
    """The bodies of a queue in one text."""
    return "\n".join(message.body for message in queue.messages())


def mistake(answer: Answer, message: Message, truth: Truth) -> str:
    """What is wrong with an answer; empty when it is right."""
    places = {name for name in truth.bodies if truth.is_in(name, message)}
    applied = truth.applied(message)
    is_applied = bool(applied) and all(applied)
    right = {
        WhereOutcome.DELIVERED: is_applied,
        WhereOutcome.WAITING: "events" in places,
        # A replayed event is on the events queue until the log says more.
        WhereOutcome.REJECTED: "rejected" in places if answer.stored else "events" in places,
        # After a crash their record may be received again, with the same result.
        WhereOutcome.FILTERED: not applied and places <= {"events"},
        WhereOutcome.SUPPRESSED: not any(applied) and places <= {"events"},
        WhereOutcome.DEAD: "dead" in places,
        WhereOutcome.NOT_RECEIVED: "events" in places,
        WhereOutcome.UNDELIVERED: False,
    }[answer.outcome]
    if not right:
        return f"says {answer.outcome}; it is in {sorted(places)}, Mixpanel has {applied}"
    if answer.partly_at is not None and not any(applied):
        return "says partly delivered; Mixpanel has nothing of it"
    if answer.copy is not None and COPIES[answer.copy] not in places:
        return f"says that a copy is in the {answer.copy}; it is in {sorted(places)}"
    return ""


@dataclass(slots=True)
class Interview:
    """Questions about a simulation at several moments, and the answers."""

    seed: int
    questions: int
    events: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Ask while calls fail, when everything is finished, after a replay, and at the end."""
        random = Random(self.seed)  # noqa: S311 - reproducible
        is_outage = self.seed % KINDS == LONG_OUTAGE
        sent = messages(EVENTS_IN_OUTAGE if is_outage else EVENTS, self.seed)
        self.events = len(sent)
        failures = Failures(seed=self.seed, failure_rate=0.15, death_rate=0.001)
        simulation = self.simulation(failures)
        for message in sent:
            if random.random() < SUPPRESSED_SHARE:
                simulation.suppressions.hold(message["userId"])
        simulation.send(*records(sent, self.seed))
        for moment in (0, 600, FAILING_SECONDS):
            simulation.run(until=moment)
            self.ask(simulation, random.sample(sent, self.questions // 6), f"after {moment} s")
        failures.stop()
        simulation.run()
        self.ask(simulation, random.sample(sent, self.questions // 6), "finished")
        simulation.replay()
        self.ask(simulation, random.sample(sent, self.questions // 6), "replayed")
        simulation.run()
        self.ask(simulation, random.sample(sent, self.questions // 6), "in the end")

    def simulation(self, failures: Failures) -> LoggedSimulation:
        """A simulation with a special condition in two of four seeds."""
        kind = self.seed % KINDS

        def outage(now: Any) -> Fault | None:
            return (
                Fault(fault="envoy_503") if kind == LONG_OUTAGE and now < START + OUTAGE else None
            )

        return LoggedSimulation(
            CONFIG,
            failures,
            batch_size=400,
            duplicates=0.02,
            outage=outage,
            max_receives_of_a_record=6 if kind == DEADLY else None,
        )

    def ask(self, simulation: LoggedSimulation, asked: list[Message], moment: str) -> None:
        """Ask about some events, and compare."""
        truth = Truth(simulation)
        answers = simulation.where(*(message["messageId"] for message in asked))
        for message in asked:
            answer, situation = answers[message["messageId"]]
            kind = f"partly {answer.outcome}" if answer.partly_at else answer.outcome
            self.outcomes[kind] += 1
            self.examples.setdefault(kind, "\n".join(text_lines(answer, situation)))
            if wrong := mistake(answer, message, truth):
                self.wrong.append(f"seed {self.seed}, {moment}: {message['messageId']} {wrong}")


def main() -> None:
    """Print how often each answer was given, an example of it, and what was wrong."""
    options = argparse.ArgumentParser(prog="python -m tests.simulation.where")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--questions", type=int, default=2000)
    arguments = options.parse_args()
    outcomes, wrong, examples = Counter[str](), list[str](), dict[str, str]()
    simulations = max(1, -(-arguments.events * KINDS // EVENTS_OF_ALL_KINDS))
    events = 0
    for seed in range(arguments.seed * 1_000_000, arguments.seed * 1_000_000 + simulations):
        interview = Interview(seed, max(6, arguments.questions // simulations + 5))
        interview.run()
        events += interview.events
        outcomes += interview.outcomes
        wrong += interview.wrong
        examples = {**interview.examples, **examples}
    for outcome, count in outcomes.most_common():
        print(f"{outcome:24}{count:>7,}\n{examples[outcome]}")  # noqa: T201 - the program's output
    print(f"{'events':24}{events:>7,}")  # noqa: T201
    print(f"{'questions':24}{outcomes.total():>7,}\n{'wrong':24}{len(wrong):>7,}")  # noqa: T201
    print("\n".join(wrong[:20]))  # noqa: T201
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
