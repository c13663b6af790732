"""Queues, tables and Mixpanel, and invocations of the function side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random
from typing import Any, Final
from unittest import mock

import httpx

from mixpanel_emulator.faults.plan import Fault
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store
from rudder_mixpanel.aws import sqs
from rudder_mixpanel.delivery import credential_check
from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from tests.fakes.clock import Clock
from tests.fakes.event_source import event, kept_records
from tests.fakes.sqs.queue import TWO_WEEKS, Queue, Received, Settings
from tests.shuffles.process import Process, Tables
from tests.shuffles.touches import Chances, Touches
from tests.shuffles.turns import Turn, Turns
from tests.simulation.failures import ProcessDied
from tests.simulation.mixpanel import respond
from tests.simulation.simulation import START

# A queue that is not empty after this many invocations never will be.
MOST_INVOCATIONS: Final = 5_000

type Attributes = dict[str, dict[str, str]]
type Respond = Callable[[httpx.Request, Fault | None], httpx.Response]


@dataclass
class Stack:
    """A stack whose invocations begin, fail and end independently of each other.

    `duplicates` is how likely the queue repeats a message. `outage` is the fault of a request at a
    time, apart from random ones. `dies_at` names touches of invocations, by their numbers, after
    which their processes die. The source waits up to `window` seconds for more messages.
    """

    config: dict[str, Any]
    chances: Chances
    concurrency: int = 3
    batch_size: int = 5
    duplicates: float = 0
    outage: Callable[[datetime, bytes], Fault | None] = lambda _now, _body: None
    begins_at: float = 0
    window: float = 0
    dies_at: Mapping[int, int] = field(default_factory=dict)
    clock: Clock = field(default_factory=lambda: Clock(START))
    tables: Tables = field(default_factory=Tables)
    store: Store = field(default_factory=Store)
    accounts: list[Account] = field(default_factory=list)
    invocations: int = 0
    # How many touches the first invocation made.
    first_touches: int = 0
    max_receives: int = 0

    def __post_init__(self) -> None:
        """Create the queues and Mixpanel."""
        self.turns = Turns(self.clock, self.random)
        self.dead = Queue("dead", self.clock, Settings(retention=TWO_WEEKS))
        self.rejected = Queue("rejected", self.clock, Settings(retention=TWO_WEEKS))
        settings = Settings(
            visibility=365,
            retention=TWO_WEEKS,
            dead_letters=self.dead,
            duplicates=self.duplicates,
            shuffled=True,
            seed=self.random.getrandbits(32),
        )
        self.events = Queue("events", self.clock, settings)
        self.destination = Destination.from_config(self.config)
        self.project = Project(
            token=self.config["token"], id_mode=self.config.get("identityMergeApi", "original")
        )
        # What containers know of tokens; a process that dies is followed by a new one.
        self.proofs = [TokenProofs() for _ in range(self.concurrency)]
        self.free = list(range(self.concurrency))
        self.expected = 0
        self.started: list[Turn] = []
        self.poller = self.turns.start(self.poll)

    @property
    def random(self) -> Random:
        """The source of all chances."""
        return self.chances.random

    @property
    def seconds(self) -> float:
        """The seconds since the beginning."""
        return (self.clock() - START).total_seconds()

    # What a test does

    def send(self, body: str, *, after: float, attributes: Attributes | None = None) -> None:
        """Send a message to the events queue after some seconds."""
        self.expected += 1
        self.turns.start(partial(self.arrive, body, attributes), after)

    def arrive(self, body: str, attributes: Attributes | None = None) -> None:
        """Put a message on the events queue, and notify the source."""
        self.events.send(body, attributes)
        self.expected -= 1
        self.turns.wake(self.poller)

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something later, before which the source does not stop."""
        self.expected += 1

        def act() -> None:
            action()
            self.expected -= 1
            self.turns.wake(self.poller)

        self.turns.start(act, seconds)

    def run(self) -> None:
        """Invoke the function until nothing is expected any more, and the queue is empty."""
        with (
            mock.patch.object(credential_check, "Lock", self.turns.lock),
            mock.patch.object(sqs, "ThreadPoolExecutor", self.turns.executor),
        ):
            self.turns.run()
        for turn in (*self.started, self.poller):
            turn.future.result(timeout=0)

    def report(self, delivery: Delivery) -> None:
        """Note the outcomes of an invocation."""
        self.accounts.append(delivery.account)

    # The event source

    def poll(self) -> None:
        """Invoke the function with what is visible, several times side by side."""
        while self.invocations < MOST_INVOCATIONS:
            self.turns.pause(self.window)
            if (early := self.begins_at - self.seconds) > 0:
                self.turns.sleep(early)
                continue
            while self.free and (batch := self.next_batch()):
                self.started.append(self.turns.start(partial(self.invoke, self.free.pop(), batch)))
            visible_at = self.events.next_visible_at()
            if self.free and visible_at is not None:
                seconds = (visible_at - self.clock.milliseconds) / 1000
                self.turns.sleep(max(0.001, seconds))
            elif self.expected or len(self.free) < self.concurrency:
                self.turns.wait_to_be_woken()
            else:
                return
        raise AssertionError(f"the queue is not empty after {MOST_INVOCATIONS} invocations")

    def next_batch(self) -> list[Received]:
        """Some of the visible messages."""
        batch: list[Received] = []
        most = self.random.randint(1, self.batch_size)
        while len(batch) < most and (received := self.events.receive()):
            self.max_receives = max(self.max_receives, received[0].receives)
            batch += received
        return batch

    def invoke(self, container: int, batch: list[Received]) -> None:
        """Run one invocation, and delete the messages that it does not keep."""
        name = f"run-{self.invocations}"
        dies_at = self.dies_at.get(self.invocations)
        self.invocations += 1
        touches = Touches(self.turns, self.chances, self.respond, dies_at)
        queues = (self.events, self.rejected)
        process = Process(touches, self.tables, self.destination, self.proofs[container], queues)
        names = {received.message.id for received in batch}
        try:
            kept = kept_records(process.run(name, event(self.events, batch), self.report), names)
        except ProcessDied:
            kept = names
            self.proofs[container] = TokenProofs()
        for received in batch:
            if received.message.id not in kept:
                self.events.delete(received.handle)
        if name == "run-0":
            self.first_touches = touches.calls
        self.free.append(container)
        self.turns.wake(self.poller)

    # Mixpanel

    def respond(self, request: httpx.Request, fault: Fault | None) -> httpx.Response:
        """Mixpanel's response; raises what httpx raises when it is lost."""
        planned = self.outage(self.clock(), request.content) or fault
        return respond(request, self.clock(), [self.project], self.store, planned)
