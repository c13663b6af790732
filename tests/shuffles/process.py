"""One invocation of the function: the real use case over touches that may fail."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import httpx

from rudder_mixpanel.aws.sqs import Queue as SqsQueue
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.deliver import Report, deliver
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from tests.fakes.delivery_tables import MemoryLedger, MemoryProfileStore, MemorySuppressionLookup
from tests.fakes.sqs.queue import Queue
from tests.shuffles.touches import Touches
from tests.simulation.failures import Failures, ProcessDied
from tests.simulation.simulation import FaultyLedger, FaultyProfileStore, FaultyQueueClient

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(slots=True)
class Tables:
    """The tables that all invocations share."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    profiles: MemoryProfileStore = field(default_factory=MemoryProfileStore)
    suppressions: MemorySuppressionLookup = field(default_factory=MemorySuppressionLookup)


@dataclass(slots=True)
class FaultySuppressionLookup:
    """A look-up is a call."""

    lookup: MemorySuppressionLookup
    touches: Touches

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each identifier; nothing if the call fails."""
        return self.touches.call(partial(self.try_look_up, identifiers))

    def try_look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """Look up, or fail."""
        is_down = self.touches.next_aws_failure() is not None
        return {} if is_down else self.lookup.look_up(identifiers)

    def count(self, held_back: Mapping[str, int], at: int, time_left: Any) -> None:
        """Count the suppressed events of each regulation."""
        self.lookup.count(held_back, at, time_left)


@dataclass(slots=True)
class HttpClient:
    """What the package uses of httpx's client; the client itself takes longer than all else."""

    touches: Touches

    @contextmanager
    def stream(
        self, method: str, url: str, *, auth: Any = None, **options: Any
    ) -> Iterator[httpx.Response]:
        """Send a request."""
        request = httpx.Request(method, url, **options)
        if isinstance(auth, httpx.BasicAuth):
            request = next(auth.auth_flow(request))
        yield self.touches.send(request)


class Process:
    """What an invocation uses: `DeliveryDependencies`, each call of which is a touch."""

    destination_id = "default"

    def __init__(
        self,
        touches: Touches,
        tables: Tables,
        destination: Destination,
        token_proofs: TokenProofs,
        queues: tuple[Queue, Queue],
    ) -> None:
        # The touches have what these parts use of failures.
        failures = cast("Failures", touches)
        self.touches = touches
        self.tables = tables
        self.destination = destination
        self.token_proofs = token_proofs
        self.ledger = FaultyLedger(tables.ledger, failures)
        self.profiles = FaultyProfileStore(tables.profiles, failures)
        self.events_queue, self.rejected_queue = (
            SqsQueue(cast("SQSClient", FaultyQueueClient(queue, failures)), queue.name)
            for queue in queues
        )
        self.http = cast("httpx.Client", HttpClient(touches))

    def suppression_lookup(self, _: TimeLeft) -> FaultySuppressionLookup:
        """The suppressed users."""
        return FaultySuppressionLookup(self.tables.suppressions, self.touches)

    def profile_store(self, _: TimeLeft) -> FaultyProfileStore:
        """When profiles were updated."""
        return self.profiles

    def mixpanel(self) -> IngestionClient:
        """A client as a new container has it, which has learned nothing from responses."""
        return IngestionClient(self.http, self.destination)

    def refreshed_mixpanel(self) -> IngestionClient:
        """The same client: the secret does not change."""
        return self.mixpanel()

    def run(self, name: str, event: Mapping[str, Any], report: Report) -> Any:
        """Deliver a batch, and return the response. Raises ProcessDied when the process dies."""
        touches = self.touches
        run = Invocation(
            name,
            touches.turns.clock,
            touches.time_left,
            touches.pass_time,
            touches.turns.side_by_side,
        )
        response = deliver(event["Records"], self, run, report).response
        if touches.is_dead:
            raise ProcessDied
        return response
