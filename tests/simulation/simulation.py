"""All of delivery in one process, on a clock that stands still until it is advanced.

The use case is the real one, and so are the rules of SQS, of its event source and of Mixpanel.
There is no network, no server and no waiting.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast
from unittest import mock

import httpx

from mixpanel_emulator.faults.plan import Fault
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store
from rudder_mixpanel.aws import sqs
from rudder_mixpanel.aws.sqs import Queue as SqsQueue
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery import credential_check
from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.side_by_side import Job
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, Release
from tests.fakes.clock import Clock
from tests.fakes.delivery_tables import MemoryLedger, MemoryProfileStore, MemorySuppressionLookup
from tests.fakes.event_source import EventSource
from tests.fakes.sqs.actions import Json, delete_message_batch, send_message_batch
from tests.fakes.sqs.client import QueueClient
from tests.fakes.sqs.queue import MAX_IN_FLIGHT, TWO_WEEKS, Queue, Settings
from tests.simulation.failures import Failures
from tests.simulation.lanes import LaneLock, SeededExecutor, switch_lanes
from tests.simulation.mixpanel import respond

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

START: Final = datetime(2026, 10, 6, tzinfo=UTC)
BATCH_SIZE: Final = 2000
# How a call to SQS fails: before it takes effect, after it, or for half of its entries.
AWS_FAILURE_KINDS: Final = ("before", "after", "half")
# A queue that is not empty after this many invocations never will be.
MAX_ROUNDS: Final = 100_000


class FaultyQueueClient(QueueClient):
    """SQS as the function sees it: calls fail before or after they take effect, or for a half.

    `lost` counts the messages that were sent without an answer, `undeleted` those that were sent
    before their predecessors were deleted.
    """

    def __init__(self, queue: Queue, failures: Failures) -> None:
        super().__init__(queue)
        self.failures = failures
        self.lost = self.undeleted = 0

    def call(self, action: Callable[[Queue, Json], Json], entries: Sequence[Any]) -> Json:
        """Run an action, whose response may be lost, or which may fail for some entries."""

        def effect() -> Json:
            failure = self.failures.next_aws_failure()
            kind = self.failures.random.choice(AWS_FAILURE_KINDS) if failure else "none"
            if failure is not None and kind == "before":
                raise failure
            response = self.run(action, entries[::2] if kind == "half" else entries)
            if failure is not None and kind == "after":
                self.lost += len(entries) if action is send_message_batch else 0
                raise failure
            return response

        return self.failures.call(effect)

    def run(self, action: Callable[[Queue, Json], Json], entries: Sequence[Any]) -> Json:
        """Run an action, and count what it sends and deletes."""
        response = super().call(action, entries)
        done = len(response.get("Successful", []))
        if action is send_message_batch:
            self.undeleted += done
        elif action is delete_message_batch:
            self.undeleted -= done
        return response


@dataclass(slots=True)
class FaultyLedger:
    """The ledger, in which the claim and the outcome of each counter is a call of its own."""

    ledger: MemoryLedger
    failures: Failures
    # Claims that may have been written although their counters are not sent, and who made them.
    unsent: dict[str, Claimant] = field(default_factory=dict)

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim one counter after the other."""
        self.release_unsent()
        states = [self.failures.call(partial(self.claim_one, claim, by)) for claim in claims]
        self.release_unsent()
        return states

    def claim_one(self, claim: Claim, by: Claimant) -> ClaimState:
        """Claim one counter; the response may be lost, with or without an effect."""
        if self.failures.next_aws_failure() is None:
            self.unsent.pop(claim.key, None)
            return self.ledger.claim_one(claim, by)
        if self.failures.random.random() < 1 / 2:
            self.ledger.claim_one(claim, by)
        self.unsent[claim.key] = by
        return ClaimState.UNREACHABLE

    def release_unsent(self) -> None:
        """Release claims whose counters were not sent, as far as the table responds."""
        for key, owner in list(self.unsent.items()):
            self.failures.call(partial(self.settle_one, key, ClaimState.OURS, owner))

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle one counter after the other; one that is not written stays claimed."""
        for key, state in states.items():
            self.failures.call(partial(self.settle_one, key, state, by))

    def settle_one(self, key: str, state: ClaimState, by: Claimant) -> None:
        """Settle one counter, or fail."""
        if self.failures.next_aws_failure() is None:
            self.ledger.settle({key: state}, by)
            self.unsent.pop(key, None)
        elif state is ClaimState.OURS:
            self.unsent[key] = by


@dataclass(slots=True)
class FaultyProfileStore:
    """When profiles were updated: each item is read and written by a call of its own."""

    store: MemoryProfileStore
    failures: Failures

    @property
    def key(self) -> bytes:
        """The key of the hashes."""
        return self.store.key

    def read(self, ids: Collection[str]) -> dict[str, ProfileItem]:
        """The items, read together; raises TableUnavailable."""
        return self.failures.call(partial(self.try_read, ids))

    def try_read(self, ids: Collection[str]) -> dict[str, ProfileItem]:
        """Read, or fail; raises TableUnavailable."""
        if self.failures.next_aws_failure() is not None:
            raise TableUnavailable("down")
        return self.store.read(ids)

    def lease(self, items: Mapping[str, ProfileItem], until: int) -> dict[str, str | NoLease]:
        """Lease one profile after the other."""
        return {
            id_: self.failures.call(partial(self.try_lease, id_, item, until))
            for id_, item in items.items()
        }

    def try_lease(self, id_: str, item: ProfileItem, until: int) -> str | NoLease:
        """Lease one profile; the response may be lost, with or without an effect."""
        if self.failures.next_aws_failure() is None:
            return self.store.lease_one(id_, item, until)
        if self.failures.random.random() < 1 / 2:
            self.store.lease_one(id_, item, until)
        return NoLease.UNREACHABLE

    def release(self, releases: Mapping[str, Release], _: int = 0) -> set[str]:
        """Release one profile after the other."""
        return {
            id_
            for id_, release in releases.items()
            if self.failures.call(partial(self.try_release, id_, release))
        }

    def try_release(self, id_: str, release: Release) -> bool:
        """Release one profile; the response may be lost, with or without an effect."""
        if self.failures.next_aws_failure() is None:
            return id_ in self.store.release({id_: release})
        if self.failures.random.random() < 1 / 2:
            self.store.release({id_: release})
        return False


@dataclass
class Simulation:
    """Queues, ledger and Mixpanel, and the function between them.

    `outage` is the fault of every request at a time, apart from random failures. `quota` is how
    many records Mixpanel accepts a minute. `duplicates` is how likely the queue repeats a message.
    `in_flight` is how many messages may be in flight; kept ones leave at two thirds of it.
    """

    config: dict[str, Any]
    failures: Failures
    batch_size: int = BATCH_SIZE
    duplicates: float = 0
    outage: Callable[[datetime], Fault | None] = lambda _now: None
    quota: int = 1_800_000
    clock: Clock = field(default_factory=lambda: Clock(START))
    in_flight: int = MAX_IN_FLIGHT
    accounts: list[Account] = field(default_factory=list)
    # Messages that invocations added to the queue: those that failures explain (an answer was lost,
    # the process died between sending and deleting), and all others.
    repeated: int = 0
    multiplied: int = 0
    # The receive count of the record that was received most often.
    max_receives: int = 0

    def __post_init__(self) -> None:
        """Create all parts, and connect them."""
        self._create_queues()
        self.destination_id = "default"
        self.ledger = FaultyLedger(MemoryLedger(), self.failures)
        self.suppressions = MemorySuppressionLookup()
        self.profiles = FaultyProfileStore(MemoryProfileStore(), self.failures)
        self.token_proofs = TokenProofs()
        self.store = Store()
        self.project = Project(
            token=self.config["token"],
            id_mode=self.config.get("identityMergeApi", "original"),
            records_per_minute=self.quota,
        )
        self.destination = Destination.from_config(self.config)
        self.http = httpx.Client(transport=httpx.MockTransport(self._respond))
        self.source = EventSource(self.events, self.invoke, batch_size=self.batch_size)

    def _create_queues(self) -> None:
        self.dead = Queue("dead", self.clock, Settings(retention=TWO_WEEKS))
        self.rejected = Queue("rejected", self.clock, Settings(retention=TWO_WEEKS))
        settings = Settings(
            visibility=365,
            retention=TWO_WEEKS,
            dead_letters=self.dead,
            max_receives=1000,
            max_in_flight=self.in_flight,
            duplicates=self.duplicates,
            shuffled=self.duplicates > 0,
            seed=self.failures.seed,
        )
        self.events = Queue("events", self.clock, settings)
        self.events_client = FaultyQueueClient(self.events, self.failures)

    # What `DeliveryDependencies` promises

    @property
    def events_queue(self) -> SqsQueue:
        """The queue that the records come from."""
        client = cast("SQSClient", self.events_client)
        return SqsQueue(client, "events", crowded=self.in_flight * 2 // 3)

    @property
    def rejected_queue(self) -> SqsQueue:
        """The queue of events that can never be delivered."""
        client = FaultyQueueClient(self.rejected, self.failures)
        return SqsQueue(cast("SQSClient", client), "rejected")

    def suppression_lookup(self, _: TimeLeft) -> MemorySuppressionLookup:
        """The suppressed users: there are none."""
        return self.suppressions

    def profile_store(self, _: TimeLeft) -> FaultyProfileStore:
        """When profiles were updated."""
        return self.profiles

    def mixpanel(self) -> IngestionClient:
        """A client as a new container has it, which has learned nothing from responses."""
        return IngestionClient(self.http, self.destination)

    def refreshed_mixpanel(self) -> IngestionClient:
        """The same client: the secret does not change."""
        return self.mixpanel()

    # The function

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Run one invocation, in a new process if the last one died; return its response."""
        if self.failures.is_dead:
            self.token_proofs = TokenProofs()
        if self.failures.is_dead:
            self.ledger.unsent.clear()  # a new process has no memory
        self.failures.restart()
        self.events_client.lost = self.events_client.undeleted = 0
        attributes = (record["attributes"] for record in event["Records"])
        receives = (int(values["ApproximateReceiveCount"]) for values in attributes)
        self.max_receives = max(self.max_receives, *receives)
        name = f"run-{len(self.source.batches)}"
        run = Invocation(name, self.clock, lambda: 60_000, self.pause, self.run_side_by_side)
        # A seed decides the order of lanes, so that it meets the same failures every time.
        with (
            mock.patch.object(credential_check, "Lock", LaneLock),
            mock.patch.object(sqs, "ThreadPoolExecutor", self._new_executor),
        ):
            delivery = deliver(event["Records"], self, run, partial(self.report, run))
        self.accounts.append(delivery.account)
        return delivery.response

    def report(self, run: Invocation, delivery: Delivery) -> None:
        """What the function writes into its log: nothing here."""

    def poll(self) -> bool:
        """Run an invocation with what is visible, and count messages that it added to the queue.

        Return whether anything was visible.
        """
        before = len(self.events) - self.events.redelivered
        if self.source.poll() is None:
            return False
        added = len(self.events) - self.events.redelivered - before
        client = self.events_client
        explained = client.lost + (client.undeleted if self.failures.is_dead else 0)
        self.repeated += min(added, explained) if added > 0 else 0
        self.multiplied += max(0, added - explained)
        return True

    def pause(self, longest: float) -> float:
        """Let time pass, and other lanes run."""
        switch_lanes()
        self.clock.advance(longest)
        return longest

    def run_side_by_side(self, tasks: Sequence[Job]) -> None:
        """Do tasks in turns."""
        with self._new_executor(len(tasks)) as lanes:
            futures = [lanes.submit(task) for task in tasks]
        for future in futures:
            future.result()

    def _new_executor(self, _lanes: int) -> SeededExecutor:
        return SeededExecutor(self.failures.random)

    # Mixpanel

    def _respond(self, request: httpx.Request) -> httpx.Response:
        return self.failures.call(lambda: self._respond_as_emulator(request))

    def _respond_as_emulator(self, request: httpx.Request) -> httpx.Response:
        failure = self.outage(self.clock()) or self.failures.next_mixpanel_failure()
        if isinstance(failure, str):
            raise httpx.ConnectError("no connection", request=request)
        return respond(request, self.clock(), [self.project], self.store, failure)

    # What a test does

    def send(self, *bodies: str) -> None:
        """Send messages with these bodies to the events queue."""
        for body in bodies:
            self.events.send(body)

    def run_for(self, seconds: float) -> None:
        """Invoke the function for this many seconds, and advance the clock to their end."""
        end = self.clock.milliseconds + 1000 * seconds
        self.run(until=seconds)
        self.clock.advance(max(0, (end - self.clock.milliseconds) / 1000))

    def run(self, until: float = float("inf")) -> None:
        """Invoke the function until the queue is empty, or for this many seconds."""
        end = self.clock.milliseconds + 1000 * until
        for _ in range(MAX_ROUNDS):
            if not self.poll():
                visible_at = self.events.next_visible_at()
                if visible_at is None or visible_at > end:
                    return
                # A little later, so that more records share a batch.
                self.clock.advance(max(0, (visible_at - self.clock.milliseconds) / 1000) + 5)
        raise AssertionError(f"the queue is not empty after {MAX_ROUNDS} rounds")
