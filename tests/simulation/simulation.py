"""The whole of delivery in one process, on a clock that stands still until it is moved.

The use case is the real one, and so are the rules of SQS, of its event source and of Mixpanel; the
network, the threads of servers and the waiting are left out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast
from unittest import mock

import httpx

from mixpanel_emulator.endpoints.receive import receive
from mixpanel_emulator.endpoints.visit import Loss, Visit
from mixpanel_emulator.faults.plan import Fault
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store
from rudder_mixpanel.aws import sqs
from rudder_mixpanel.aws.sqs import Queue as SqsQueue
from rudder_mixpanel.delivery import dispatch
from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from tests.fakes.clock import Clock
from tests.fakes.delivery_tables import MemoryLedger, MemorySuppressionLookup
from tests.fakes.event_source import EventSource
from tests.fakes.sqs.actions import Json
from tests.fakes.sqs.client import QueueClient
from tests.fakes.sqs.messages import Message
from tests.fakes.sqs.queue import TWO_WEEKS, Queue, Settings
from tests.simulation.lanes import SeededExecutor
from tests.simulation.perils import Perils, lost

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

START: Final = datetime(2026, 10, 6, tzinfo=UTC)
BATCH: Final = 2000
# A queue that is not empty after as many rounds never will be.
MOST_ROUNDS: Final = 100_000


class FaultyQueueClient(QueueClient):
    """SQS as the function sees it: calls fail before or after they take effect."""

    def __init__(self, queue: Queue, perils: Perils) -> None:
        super().__init__(queue)
        self.perils = perils

    def call(self, action: Callable[[Queue, Json], Json], entries: Sequence[Any]) -> Json:
        """Run an action, whose response may be lost."""

        def effect() -> Json:
            failure = self.perils.of_aws()
            if failure is not None and self.perils.chance.random() < 1 / 2:
                raise failure
            response = super(FaultyQueueClient, self).call(action, entries)
            if failure is not None:
                raise failure
            return response

        return self.perils.touch(effect)


@dataclass(slots=True)
class Ledger:
    """The ledger's table, of which each item is a touch of its own."""

    table: MemoryLedger
    perils: Perils

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim one after the other; the answer to a claim may be lost, with or without effect."""
        return [self.perils.touch(lambda claim=claim: self.claimed(claim, by)) for claim in claims]  # type: ignore[misc]  # the default binds it

    def claimed(self, claim: Claim, by: Claimant) -> ClaimState:
        """Claim one."""
        if self.perils.of_aws() is None:
            return self.table.claim_one(claim, by)
        if self.perils.chance.random() < 1 / 2:
            self.table.claim_one(claim, by)
        return ClaimState.UNREACHABLE

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle one after the other; what is not written stays claimed."""
        for key, state in states.items():
            self.perils.touch(
                lambda key=key, state=state: (  # type: ignore[misc]  # the defaults bind them
                    self.table.settle({key: state}, by) if self.perils.of_aws() is None else None
                )
            )


@dataclass
class Simulation:
    """Queues, ledger and Mixpanel, and the function between them."""

    config: dict[str, Any]
    perils: Perils
    batch: int = BATCH
    repeats: float = 0
    # What Mixpanel is like at a time, apart from all perils; and how many events it takes a minute.
    weather: Callable[[datetime], Fault | None] = lambda _now: None
    quota: int = 1_800_000
    clock: Clock = field(default_factory=lambda: Clock(START))
    accounts: list[Account] = field(default_factory=list)
    # Of any record.
    most_receives: int = 0

    def __post_init__(self) -> None:
        """Connect everything."""
        self.dead = Queue("dead", self.clock, Settings(retention=TWO_WEEKS))
        self.rejected = Queue("rejected", self.clock, Settings(retention=TWO_WEEKS))
        self.events = Queue(
            "events",
            self.clock,
            Settings(
                visibility=365,
                retention=TWO_WEEKS,
                dead_letters=self.dead,
                max_receives=1000,
                duplicates=self.repeats,
                shuffled=self.repeats > 0,
                seed=self.perils.seed,
            ),
        )
        self.destination_id = "default"
        self.ledger = Ledger(MemoryLedger(), self.perils)
        self.suppressed = MemorySuppressionLookup()
        self.store = Store()
        self.project = Project(
            token=self.config["token"],
            id_mode=self.config.get("identityMergeApi", "original"),
            records_per_minute=self.quota,
        )
        self.destination = Destination.from_config(self.config)
        self.http = httpx.Client(transport=httpx.MockTransport(self.answer))
        self.source = EventSource(self.events, self.function, batch_size=self.batch)

    @property
    def events_queue(self) -> SqsQueue:
        """Where records come from."""
        client = FaultyQueueClient(self.events, self.perils)
        return SqsQueue(cast("SQSClient", client), "events")

    @property
    def rejected_queue(self) -> SqsQueue:
        """Where events go that can never be delivered."""
        client = FaultyQueueClient(self.rejected, self.perils)
        return SqsQueue(cast("SQSClient", client), "rejected")

    def suppression_lookup(self) -> MemorySuppressionLookup:
        """Who is suppressed: nobody."""
        return self.suppressed

    def mixpanel(self) -> IngestionClient:
        """Mixpanel, as a container finds it that has learned nothing yet."""
        return IngestionClient(self.http, self.destination)

    def new_executor(self, _lanes: int) -> SeededExecutor:
        """What runs the lanes of one invocation."""
        return SeededExecutor(self.perils.chance)

    def function(self, event: Mapping[str, Any]) -> Any:
        """One invocation of the function, in a new process if the last one died."""
        self.perils.revive()
        receives = (int(one["attributes"]["ApproximateReceiveCount"]) for one in event["Records"])
        self.most_receives = max(self.most_receives, *receives)
        run = Invocation(f"run-{len(self.source.batches)}", self.clock, lambda: 60_000)
        # A seed decides the order of lanes, so that it meets the same faults every time.
        with (
            mock.patch.object(dispatch, "ThreadPoolExecutor", self.new_executor),
            mock.patch.object(sqs, "ThreadPoolExecutor", self.new_executor),
        ):
            delivery = deliver(event["Records"], self, run)
        self.accounts.append(Account.of(delivery.events))
        return delivery.response

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What Mixpanel answers, if anything."""
        return self.perils.touch(lambda: self.answered(request))

    def answered(self, request: httpx.Request) -> httpx.Response:
        """What Mixpanel does with a request, and what comes back of it."""
        peril = self.weather(self.clock()) or self.perils.of_mixpanel()
        if isinstance(peril, str):
            raise httpx.ConnectError("no connection", request=request)
        visit = Visit(
            method=request.method,
            path=request.url.path,
            query=dict(request.url.params),
            headers=dict(request.headers),
            body=request.content,
            at=self.clock(),
        )
        fault = peril if isinstance(peril, Fault) and peril.is_aimed_at(visit) else None
        answer = receive(visit, [self.project], self.store, fault)
        if answer.lost is not Loss.NOTHING:
            raise lost(request)
        return httpx.Response(answer.status, content=answer.body, headers=dict(answer.headers))

    def send(self, *bodies: str) -> None:
        """Put bodies on the events queue."""
        for body in bodies:
            self.events.send(body)

    def run_for(self, seconds: float) -> None:
        """Let the function work for so long, and let that time pass."""
        end = self.clock.milliseconds + 1000 * seconds
        self.run(until=seconds)
        self.clock.advance(max(0, (end - self.clock.milliseconds) / 1000))

    def run(self, until: float = float("inf")) -> None:
        """Let the function work until the queue is empty, or for so many seconds."""
        end = self.clock.milliseconds + 1000 * until
        for _ in range(MOST_ROUNDS):
            if self.source.poll() is None:
                visible_at = self.events.next_visible_at()
                if visible_at is None or visible_at > end:
                    return
                # A little later, so that records come together.
                self.clock.advance(max(0, (visible_at - self.clock.milliseconds) / 1000) + 5)
        raise AssertionError(f"the queue is not empty after {MOST_ROUNDS} rounds")


def attribute(message: Message, name: str) -> str:
    """An attribute's text, or none."""
    return str(message.attributes.get(name, {}).get("StringValue", ""))
