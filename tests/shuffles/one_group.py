"""One group in every batch, while ten invocations run side by side: how often records are received.

Only one of them updates the group at a time. The others try again for two seconds, and once more in
the end; then the group's update goes back to the queue.

    python -m tests.shuffles.one_group
"""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rudder_mixpanel.delivery.deliver import Delivery
from tests.fakes.accounting import account_discrepancies, difference, queue_discrepancies
from tests.shuffles.scenario import CONFIG
from tests.shuffles.stack import Stack
from tests.shuffles.touches import Chances

INVOCATIONS: Final = 10
BATCH: Final = 10
# Seconds of a call to AWS, and of a request to Mixpanel, as docs/performance.md measures them.
CALL: Final = 0.005
REQUEST: Final = 0.050
# The most often that a record is received.
MOST: Final = 5


@dataclass(slots=True)
class Timing(Chances):
    """Calls that take about as long as they do."""

    request: float = REQUEST

    def seconds(self) -> float:
        """Half of a call to AWS."""
        return CALL / 2 * self.random.uniform(0.5, 1.5)

    def seconds_of_request(self) -> float:
        """Half of a request to Mixpanel; one of a hundred takes ten times as long."""
        factor = 10 if self.random.random() < 0.01 else 1
        return factor * self.request / 2 * self.random.uniform(0.5, 1.5)


@dataclass
class OneGroup(Stack):
    """Notes how often each record was received until nothing of it was kept."""

    receives: Counter[int] = field(default_factory=Counter)

    def report(self, delivery: Delivery) -> None:
        """Note the records that are finished."""
        super().report(delivery)
        self.receives.update(
            event.record.attempt for event in delivery.events if event.outcome_name != "kept"
        )


def run_group(records: int, seed: int = 0, request: float = REQUEST) -> OneGroup:
    """Deliver group calls of as many users, all waiting from the beginning."""
    timing = Timing(Random(seed), request=request)  # noqa: S311 - reproducible
    stack = OneGroup(CONFIG, timing, INVOCATIONS, BATCH, begins_at=1)
    for number in range(records):
        call = {
            "type": "group",
            "messageId": f"m{number}",
            "userId": f"user-{number}",
            "timestamp": "2026-10-05T12:00:00.000Z",
            # A property of its own, so that no update is superseded.
            "traits": {"company_id": "acme", f"member-{number}": number},
        }
        stack.send(json.dumps(call), after=0)
    stack.run()
    return stack


def wrong_in(stack: OneGroup, records: int) -> list[str]:
    """What is wrong in the end."""
    [group] = stack.store.groups.values()
    members = sum(name.startswith("member-") for name in group.properties)
    return [
        *queue_discrepancies(stack.events, stack.dead),
        *account_discrepancies(stack.accounts),
        *difference("members", members, records),
    ]


def main() -> int:
    """Print how many records were received how often, at several latencies of Mixpanel."""
    records, most = 1500, 0
    for request in (REQUEST, 0.1, 0.2, 0.5):
        stack = run_group(records, request=request)
        counts = ", ".join(f"{count}: {stack.receives[count]}" for count in sorted(stack.receives))
        sys.stdout.write(
            f"Mixpanel {1000 * request:.0f} ms, {stack.invocations} invocations in "
            f"{stack.seconds:.0f} s; records by receives: {counts}; {wrong_in(stack, records)}\n"
        )
        most = max(most, *stack.receives) if request == REQUEST else most
    return 1 if most > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
