"""A trial: records are delivered by three processes at once, of which some are killed."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final, Self

from tests.chaos.messages import random_records
from tests.chaos.moments import Moment, Phase, random_moment
from tests.chaos.system import PROCESSES, ChaosSystem

# What else goes wrong at Mixpanel: nothing of it leaves doubt about a counter.
FAULTS: Final[tuple[dict[str, Any] | None, ...]] = (
    None,
    None,
    {"fault": "slow", "delay": 0.05},
    {"fault": "json_503", "endpoint": "import", "times": 1},
    {"fault": "json_503", "endpoint": "groups", "times": 1},
    {"fault": "json_429", "endpoint": "engage", "times": 1},
    {"fault": "json_429", "endpoint": "engage", "times": 2, "after": 1},
)
# The chance of each process to be killed, in the first round and in the second
KILLED: Final = (0.8, 0.2)
# Records that are visible within this many seconds of each other share a round.
STEP: Final = 30
MAX_ROUNDS: Final = 200


class Trial:
    """One trial over a system; its seed decides the records, the faults and the moments.

    `killed` is the chance of each process to be killed in the first round, in the second, and so
    on.
    """

    def __init__(self, system: ChaosSystem, seed: int, killed: Sequence[float] = KILLED) -> None:
        self.system = system
        self.seed = seed
        self.killed = killed
        self.random = Random(seed)  # noqa: S311 - reproducible
        self.kills: Counter[tuple[str, Phase]] = Counter()
        self.rounds = 0
        self.invocations = 0

    def run(self) -> Self:
        """Send records, and deliver them."""
        self.system.reset()
        if fault := self.random.choice(FAULTS):
            self.system.mixpanel.fault(**fault)
        return self.deliver(*random_records(self.seed, self.random, self.system.clock()))

    def deliver(self, *bodies: Any) -> Self:
        """Send records, and deliver until the queue is empty or the rounds are used up."""
        self.system.send(*bodies)
        while self.system.events.messages() and self.rounds < MAX_ROUNDS:
            self.deliver_visible(self.random_moments())
        return self

    def deliver_visible(self, moments: Sequence[Moment | None]) -> None:
        """Deliver what is visible; what it leaves is visible in the next round."""
        self.rounds += 1
        batches = self.system.visible_batches(self.random)
        self.invocations += sum(map(bool, batches))
        self.kills.update(self.system.invoke_at_once(batches, moments))
        if visible_at := self.system.events.next_visible_at():
            wait = (visible_at - self.system.clock.milliseconds) / 1000
            self.system.clock.advance(max(STEP, wait))

    def random_moments(self) -> list[Moment | None]:
        """When each process is killed in this round; at least one is to be, in the first."""
        chance = self.killed[self.rounds] if self.rounds < len(self.killed) else 0
        moments = [
            random_moment(self.random) if self.random.random() < chance else None
            for _ in range(PROCESSES)
        ]
        if self.rounds == 0 and chance and not any(moments):
            moments[0] = random_moment(self.random)
        return moments
