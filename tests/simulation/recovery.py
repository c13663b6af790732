"""How long delivery takes to recover from an outage, at the rates of real traffic.

Every message stands for `scale` messages: the limits of SQS, the batch size and the capacity of the
function are divided by it. The clock moves by the time that the invocations of an account take.

    python -m tests.simulation.recovery --rate 3000
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from mixpanel_emulator.faults.plan import Fault
from tests.fakes.sqs.queue import MAX_IN_FLIGHT
from tests.simulation.discrepancies import discrepancies
from tests.simulation.failures import Failures
from tests.simulation.simulation import BATCH_SIZE, START, Simulation
from tests.simulation.traffic import CONFIG

HOUR: Final = 3600
# Wall seconds of an invocation with a full batch, as docs/performance.md measures it, and how many
# run at once (MaximumConcurrency in template.yaml).
SECONDS_A_BATCH: Final = 2.0
CONCURRENCY: Final = 10


@dataclass
class Recovery:
    """An outage of Mixpanel under constant traffic, and what is left of it afterwards."""

    rate: float  # events a second
    outage_hours: float = 24
    scale: int = 1000
    sent: list[dict[str, Any]] = field(default_factory=list)
    most_messages: int = 0

    def __post_init__(self) -> None:
        """Begin with an empty queue and the outage."""
        self.end = START + timedelta(hours=self.outage_hours)
        self.simulation = Simulation(
            CONFIG,
            Failures(),
            batch_size=max(1, BATCH_SIZE // self.scale),
            in_flight=MAX_IN_FLIGHT // self.scale,
            outage=self.fault_at,
        )

    def fault_at(self, now: datetime) -> Fault | None:
        """The outage."""
        return Fault(fault="envoy_503") if now < self.end else None

    def run(self) -> float:
        """Run until no event has waited for longer than a batch; return the hours after the end."""
        simulation, clock = self.simulation, self.simulation.clock
        arrivals = self.arrivals()
        while clock() < self.end or len(simulation.events) > self.rate / self.scale:
            self.send_arrived(arrivals)
            messages = len(simulation.source.batches[-1].records) if simulation.poll() else 1
            clock.advance(messages * self.seconds_a_message)
            self.most_messages = max(self.most_messages, len(simulation.events))
        return (clock() - self.end).total_seconds() / HOUR

    @property
    def seconds_a_message(self) -> float:
        """The seconds that one message takes of the capacity of all invocations."""
        return SECONDS_A_BATCH * self.scale / BATCH_SIZE / CONCURRENCY

    def arrivals(self) -> Iterator[dict[str, Any]]:
        """Events without end."""
        number = 0
        while True:
            number += 1
            yield {
                "type": "track",
                "event": "Viewed",
                "messageId": f"event-{number}",
                "userId": f"user-{number}",
                "timestamp": "2026-10-05T12:00:00.000Z",
            }

    def send_arrived(self, arrivals: Iterator[dict[str, Any]]) -> None:
        """Send the events that have arrived by now."""
        seconds = (self.simulation.clock() - START).total_seconds()
        while len(self.sent) < seconds * self.rate / self.scale:
            self.sent.append(next(arrivals))
            self.simulation.send(json.dumps(self.sent[-1]))

    def summary(self) -> dict[str, Any]:
        """Run, and what became of the traffic."""
        hours = self.run()
        self.simulation.run()
        return {
            "events a second": self.rate,
            "outage, hours": self.outage_hours,
            "recovered after, hours": round(hours, 2),
            "most messages on the queue": self.most_messages * self.scale,
            "most receives of a message": self.simulation.max_receives,
            "wrong": discrepancies(self.simulation, self.sent),
        }


def main() -> None:
    """Print the summary of one outage."""
    options = argparse.ArgumentParser(prog="python -m tests.simulation.recovery")
    options.add_argument("--rate", type=float, default=100)
    options.add_argument("--hours", type=float, default=24)
    options.add_argument("--scale", type=int, default=1000)
    arguments = options.parse_args()
    recovery = Recovery(arguments.rate, arguments.hours, arguments.scale)
    for name, value in recovery.summary().items():
        print(f"{name:30}{value}")  # noqa: T201 - the program's output


if __name__ == "__main__":
    main()
