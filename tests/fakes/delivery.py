"""Delivery in memory: its dependencies, an invocation, and what became of each event."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import httpx

from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.credential_check import CredentialCheck
from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.side_by_side import Job
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from tests.build import SENT_AT, destination, sqs_record
from tests.fakes.delivery_tables import MemoryLedger, MemoryProfileStore, MemorySuppressionLookup
from tests.fakes.ingestion import RequestHandler, accept_all, is_probe, records_in
from tests.fakes.sqs.client import QUEUE_URL, MemorySqsClient

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class FakeDeliveryDependencies:
    """`DeliveryDependencies` in memory, with a log of the requests to Mixpanel.

    `answer` is Mixpanel, except for probes of tokens, which `answer_probe` answers and `probes`
    lists. `configuration_error`, if it is set, is raised instead of a client.
    """

    def __init__(
        self,
        answer: RequestHandler = accept_all,
        rejected_sqs: MemorySqsClient | None = None,
        events_sqs: MemorySqsClient | None = None,
        **config: Any,
    ) -> None:
        self.answer = answer
        self.rejected_sqs = rejected_sqs or MemorySqsClient()
        self.events_sqs = events_sqs or MemorySqsClient()
        self.ledger = MemoryLedger()
        self.suppressions = MemorySuppressionLookup()
        self.profiles = MemoryProfileStore()
        self.destination_id = "default"
        self.most_bytes: dict[Endpoint, int] = {}
        self.config = config
        self.configuration_error: ConfigurationError | None = None
        self.answer_probe: RequestHandler = accept_all
        self.token_proofs = TokenProofs()
        self.refreshes = 0
        self.requests: list[httpx.Request] = []
        self.probes: list[httpx.Request] = []
        self.rejected_queue = Queue(cast("SQSClient", self.rejected_sqs), QUEUE_URL)
        self.events_queue = Queue(cast("SQSClient", self.events_sqs), QUEUE_URL)
        self.http = httpx.Client(transport=httpx.MockTransport(self._respond))

    def _respond(self, request: httpx.Request) -> httpx.Response:
        if is_probe(request):
            self.probes.append(request)
            return self.answer_probe(request)
        self.requests.append(request)
        return self.answer(request)

    def suppression_check(self) -> SuppressionCheck:
        """The suppression check of an invocation that has just begun."""
        return SuppressionCheck(self.suppressions, invocation().now)

    def credential_check(self, time_left: int = 60_000) -> CredentialCheck:
        """The credential check of an invocation that has just begun."""
        return CredentialCheck(self.mixpanel(), self, invocation(lambda: time_left))

    def suppression_lookup(self, _: TimeLeft) -> MemorySuppressionLookup:
        """The suppressed users."""
        return self.suppressions

    def profile_store(self, _: TimeLeft) -> MemoryProfileStore:
        """When profiles were updated."""
        return self.profiles

    def mixpanel(self) -> IngestionClient:
        """A client with the destination's settings; raises `configuration_error` if it is set."""
        if self.configuration_error is not None:
            raise self.configuration_error
        return IngestionClient(self.http, destination(**self.config), self.most_bytes)

    def refreshed_mixpanel(self) -> IngestionClient:
        """A client with the settings as they are now, and one more `refreshes`."""
        self.refreshes += 1
        return self.mixpanel()

    def sent_to(self, path: str) -> list[list[dict[str, Any]]]:
        """The records of each request to an endpoint, in order."""
        return [records_in(request) for request in self.requests if request.url.path == path]


def plenty_of_time() -> int:
    """The milliseconds left of an invocation that has just begun."""
    return 60_000


def one_after_the_other(tasks: Sequence[Job]) -> None:
    """Do each task before the next begins, so that a test knows the order of the requests."""
    for task in tasks:
        task()


def invocation(
    time_left: Callable[[], int] = plenty_of_time, *, name: str = "run", later: int = 0
) -> Invocation:
    """An invocation, `later` seconds after the records were sent."""
    now = datetime.fromtimestamp(SENT_AT / 1000 + later, UTC)
    return Invocation(name, lambda: now, time_left, pause=lambda longest: longest)


def deliver_bodies(
    dependencies: FakeDeliveryDependencies,
    *bodies: Any,
    time_left: Callable[[], int] = plenty_of_time,
) -> Delivery:
    """Deliver records with these bodies, named record-1, record-2 and so on."""
    records = [sqs_record(body, f"record-{i}") for i, body in enumerate(bodies, 1)]
    return deliver(records, dependencies, invocation(time_left))


def outcomes_of(delivery: Delivery) -> list[tuple[str, str]]:
    """The outcome of every event, and its error code or an empty text."""
    return [(event.outcome_name, getattr(event.outcome, "code", "")) for event in delivery.events]


def kept_records(delivery: Delivery) -> list[str]:
    """The ids of the records that stay on the queue."""
    return [failure["itemIdentifier"] for failure in delivery.response["batchItemFailures"]]
