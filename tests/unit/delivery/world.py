"""The world outside a delivery, in memory: Mixpanel is a function, SQS a list with SQS's rules."""

import gzip
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import httpx
import orjson
from botocore.exceptions import ClientError, EndpointConnectionError

from rudder_mixpanel.aws.sqs import Queue as SqsQueue
from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.batching import LIMITS, Request, pack_requests
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint, Lane, Operation
from tests.build import SENT_AT, TOKEN, destination, sqs_record
from tests.fakes.delivery_tables import MemoryLedger, MemorySuppressions

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

type Answer = Callable[[httpx.Request], httpx.Response]

QUEUE_URL = "https://sqs.test/rejected"
MEBIBYTE = 1_048_576
LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


def sent(request: httpx.Request) -> list[dict[str, Any]]:
    """What a request carries."""
    packed = request.headers.get("Content-Encoding") == "gzip"
    records: list[dict[str, Any]] = orjson.loads(
        gzip.decompress(request.content) if packed else request.content
    )
    return records


def accepted(request: httpx.Request) -> httpx.Response:
    """Mixpanel on a good day."""
    if request.url.path == "/import":
        return imported(len(sent(request)))
    return httpx.Response(200, json={"error": None, "status": 1})


def imported(count: int) -> httpx.Response:
    """All events are in."""
    return httpx.Response(200, json={"code": 200, "num_records_imported": count, "status": "OK"})


def partly_imported(count: int, *failed: Any) -> httpx.Response:
    """All events are in, but for the failed."""
    return httpx.Response(
        400,
        json={
            "code": 400,
            "error": "some data points in the request failed validation",
            "failed_records": failed,
            "num_records_imported": count - len(failed),
            "status": "Bad Request",
        },
    )


def failed_record(index: int, insert_id: Any, message: str = "no") -> dict[str, Any]:
    """One event that /import refuses."""
    return {"index": index, "insert_id": insert_id, "field": "properties", "message": message}


def answers(**by_path: httpx.Response | Exception | Answer) -> Answer:
    """An answer for each endpoint that is named; the others accept."""

    def answer(request: httpx.Request) -> httpx.Response:
        one = by_path.get(request.url.path.strip("/"), accepted)
        if isinstance(one, Exception):
            raise one
        # A response is read once: every request gets its own.
        return (
            httpx.Response(one.status_code, content=one.content)
            if isinstance(one, httpx.Response)
            else one(request)
        )

    return answer


class Queue:
    """A queue's SQS, which refuses what SQS refuses."""

    def __init__(self, *failures: Exception | set[str] | None) -> None:
        self.failures = list(failures)
        self.messages: list[dict[str, Any]] = []
        self.calls: list[int] = []
        self.rests: dict[str, int] = {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Take a batch; each call meets the next failure: raised, or the bodies not taken."""
        assert QueueUrl == QUEUE_URL
        self.calls.append(len(Entries))
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        check(Entries)
        refused = failure or set()
        taken = [entry for entry in Entries if entry["MessageBody"] not in refused]
        self.messages += taken
        return {"Successful": [{"Id": entry["Id"]} for entry in taken]}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> None:  # noqa: N803 - boto3's names
        """Note when records come again."""
        assert QueueUrl == QUEUE_URL
        assert len(Entries) in range(1, 11)
        self.rests |= {one["ReceiptHandle"]: one["VisibilityTimeout"] for one in Entries}

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Body and code of every message."""
        return [(one["MessageBody"], attribute(one, "code")) for one in self.messages]


def check(entries: list[Any]) -> None:
    """Raise what SQS would, for a batch that it does not take."""
    total = sum(weight(entry) for entry in entries)
    attributes = [one for entry in entries for one in entry["MessageAttributes"].values()]
    texts = [entry["MessageBody"] for entry in entries]
    texts += [one["StringValue"] for one in attributes]
    if len(entries) not in range(1, 11) or total > MEBIBYTE:
        raise client_error("AWS.SimpleQueueService.BatchRequestTooLong")
    if any(len(entry["MessageAttributes"]) > 10 for entry in entries):
        raise client_error("InvalidParameterValue")
    if not all(map(LEGAL.fullmatch, texts)):
        raise client_error("InvalidMessageContents")


def weight(entry: Any) -> int:
    """Bytes that SQS counts."""
    told = "".join(
        name + one["DataType"] + one["StringValue"]
        for name, one in entry["MessageAttributes"].items()
    )
    return len(entry["MessageBody"].encode()) + len(told.encode())


def attribute(message: dict[str, Any], name: str) -> str:
    """An attribute's text, or none."""
    told: str = message["MessageAttributes"].get(name, {}).get("StringValue", "")
    return told


def client_error(code: str) -> ClientError:
    """What boto3 raises for an answer that is an error."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendMessageBatch")


def no_network() -> EndpointConnectionError:
    """What boto3 raises without an answer."""
    return EndpointConnectionError(endpoint_url="https://sqs.test")


class World:
    """Mixpanel and the rejected queue, and a diary of what both were told."""

    def __init__(
        self,
        answer: Answer = accepted,
        queue: Queue | None = None,
        back: Queue | None = None,
        **config: Any,
    ) -> None:
        self.answer = answer
        self.queue = queue or Queue()
        self.back = back or Queue()
        self.ledger = MemoryLedger()
        self.suppressed = MemorySuppressions()
        self.destination_id = "default"
        self.most_bytes: dict[Endpoint, int] = {}
        self.config = config
        self.misconfigured: ConfigurationError | None = None
        self.requests: list[httpx.Request] = []
        self.rejected_queue = SqsQueue(cast("SQSClient", self.queue), QUEUE_URL)
        self.events_queue = SqsQueue(cast("SQSClient", self.back), QUEUE_URL)
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    def gate(self) -> SuppressionCheck:
        """The gate before Mixpanel, in an invocation that has just begun."""
        return SuppressionCheck(self.suppressed, run().now)

    def suppression_lookup(self) -> MemorySuppressions:
        """Who is suppressed."""
        return self.suppressed

    def mixpanel(self) -> IngestionClient:
        """Mixpanel as it is configured now."""
        if self.misconfigured is not None:
            raise self.misconfigured
        return IngestionClient(self.http, destination(**self.config), self.most_bytes)

    def told(self, path: str) -> list[list[dict[str, Any]]]:
        """What each request to an endpoint carried, in order."""
        return [sent(request) for request in self.requests if request.url.path == path]


def plenty() -> int:
    """An invocation that has just begun."""
    return 60_000


def run(time_left: Callable[[], int] = plenty, *, name: str = "run", later: int = 0) -> Invocation:
    """An invocation, so many seconds after the records were sent."""
    now = datetime.fromtimestamp(SENT_AT / 1000 + later, UTC)
    return Invocation(name, lambda: now, time_left)


def delivered(world: World, *bodies: Any, time_left: Callable[[], int] = plenty) -> Delivery:
    """Deliver bodies as record-1, record-2 and so on."""
    records = [sqs_record(body, f"record-{i}") for i, body in enumerate(bodies, 1)]
    return deliver(records, world, run(time_left))


def fates(delivery: Delivery) -> list[tuple[str, str]]:
    """The fate of every event, and its code where there is one."""
    return [(event.outcome_name, getattr(event.outcome, "code", "")) for event in delivery.events]


def kept(delivery: Delivery) -> list[str]:
    """The records that stay on the queue."""
    return [one["itemIdentifier"] for one in delivery.response["batchItemFailures"]]


def event(name: str = "one", **properties: Any) -> Operation:
    """An event on its way to /import, with its name as its id."""
    return Operation("import", {"event": name, "properties": {"$insert_id": name, **properties}})


def update(verb: str = "$set", user: str = "user-1", value: Any = None) -> Operation:
    """An update on its way to /engage."""
    payload = {"$token": TOKEN, "$distinct_id": user, verb: value or {"plan": "pro"}}
    return Operation("engage", payload, key=f"{user} {verb}")


def planned(*operations: Operation, record: str = "record-1", **destined: Any) -> Event:
    """An event that becomes these operations, for a destination with these settings."""
    one = Event(Record.of(sqs_record({}, record)), 0, {}, destination(**destined))
    one.plan(list(operations), [])
    return one


def request(*operations: Operation, lane: Lane = "import") -> Request:
    """One request that carries these."""
    (one,) = pack_requests(operations, lambda: LIMITS[lane])
    return one


def bodies(queue: Queue) -> Iterable[str]:
    """The bodies that the queue took."""
    return [one["MessageBody"] for one in queue.messages]
