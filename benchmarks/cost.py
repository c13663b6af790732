"""What a million events cost on their whole path, by the route on which they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import batched, chain
from typing import Any, Final

import orjson

from benchmarks import workload
from benchmarks.__main__ import NOW
from benchmarks.measured import DEFAULT_ORDER, Used, used_by_batch, used_by_request
from benchmarks.memory import delivery_memory, gb_seconds, receiving_memory, seconds_of
from rudder_mixpanel.aws.configuration import MAX_AGE
from rudder_mixpanel.aws.sqs import ENTRIES, OutgoingMessage, message_batches
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.receiving.enrich import Arrival, enrich_event
from rudder_mixpanel.receiving.pack import pack_records
from rudder_mixpanel_cli import prices
from rudder_mixpanel_cli.prices import MILLION

SQS_CHUNK: Final = 65_536
SAMPLE: Final = 6000
SEED: Final = 7
# Bytes that EventBridge adds around an event.
ENVELOPE: Final = 300
# The event source of the template: records and seconds of a batch, and bytes of an invocation.
BATCH_RECORDS: Final = 2000
WINDOW: Final = 5
BATCH_BYTES: Final = 6_000_000
# Bytes that Lambda adds to each record.
RECORD_BYTES: Final = 700
# Lambda polls a queue at five places at least, and fills a batch at each of them.
POLLERS: Final = 5
# Seconds that one receive of a poller takes while messages wait; not documented, an assumption.
RECEIVE: Final = 0.02
# X-Ray records the first invocation in each second, and this share of all others.
TRACED: Final = 0.05
SECONDS_A_MONTH: Final = 30 * 24 * 3600
# Events a second, and what the last of them is: a million events a month.
RATES: Final = (MILLION / SECONDS_A_MONTH, 100, 3_000, 30_000)

type Event = dict[str, Any]
type Parts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Route:
    """How events get onto the queue; `request_size` is how many events an SDK sends at a time."""

    name: str
    request_size: int = 0
    by_eventbridge: bool = False
    packed: bool = True


EVENTBRIDGE: Final = Route("RudderStack over EventBridge", by_eventbridge=True)
DIRECT: Final = Route("directly to the queue, ten a call")
SERVERS: Final = Route("server SDKs through `receive_events`, 100 events a request", 100)
UNPACKED: Final = Route("the same without packing, for comparison", 100, packed=False)
NODE: Final = Route("Node SDK through `receive_events`, 20 events a request", 20)
BROWSERS: Final = Route("browsers or webhook through `receive_events`, 1 event a request", 1)
ROUTES: Final = (DIRECT, SERVERS, NODE, EVENTBRIDGE, BROWSERS)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of the queue for a sample of events; numbers are for one event."""

    sends: float
    count: float
    bytes: float


@cache
def sample() -> list[Event]:
    """Events of the workload as RudderStack's gateway or ours enriches them."""
    arrival = Arrival(since_epoch(NOW), "203.0.113.7", str)
    return [enrich_event(event, arrival).event for event in workload.events(SAMPLE, SEED)]


@cache
def records_of(route: Route) -> Records:
    """How many records a route makes of an event, of how many bytes, by how many requests."""
    size = route.request_size or (1 if route.by_eventbridge else ENTRIES)
    groups = [list(group) for group in batched(sample(), size, strict=False)]
    is_packed = route.packed and route.request_size > 0
    bodies = [
        list(pack_records(group)) if is_packed else [orjson.dumps(e).decode() for e in group]
        for group in groups
    ]
    messages = [[OutgoingMessage(body) for body in group] for group in bodies]
    sizes = [message.size for message in chain.from_iterable(messages)]
    envelopes = ENVELOPE * len(sizes) if route.by_eventbridge else 0
    sends = sum(billed_requests(call) for group in messages for call in calls_of(group))
    events = len(sample())
    return Records(sends / events, len(sizes) / events, (sum(sizes) + envelopes) / events)


def calls_of(messages: Sequence[OutgoingMessage]) -> Iterable[list[OutgoingMessage]]:
    """The messages of each call that sends them."""
    return ([messages[index] for index in indexes] for indexes in message_batches(list(messages)))


def billed_requests(messages: Iterable[OutgoingMessage]) -> int:
    """The number of requests as which SQS bills one call."""
    return chunks(sum(message.size for message in messages))


def chunks(size: float) -> int:
    """The requests as which SQS bills a call with this many bytes."""
    return max(1, -int(-size // SQS_CHUNK))


def batch_records(route: Route, rate: float) -> float:
    """The records of a batch: those that one of the pollers gets within the batching window."""
    records = records_of(route)
    arriving = 1 + rate * records.count * WINDOW / POLLERS
    fitting = BATCH_BYTES / (records.bytes / records.count + RECORD_BYTES)
    return min(arriving, fitting, BATCH_RECORDS)


def batch_events(route: Route, rate: float) -> float:
    """The events of a batch."""
    return batch_records(route, rate) / records_of(route).count


def cost(
    route: Route, rate: float, share: float, order: str = DEFAULT_ORDER, *, tracing: bool = False
) -> Parts:
    """Dollars for a million events at this many a second, by part.

    `share` is how many of the events have a counter, which the ledger claims; `order` that of the
    updates of profiles.
    """
    batch = used_by_batch(batch_events(route, rate), share, order)
    parts = delivery_parts(batch, rate) | {"SQS": sqs(route, rate)}
    if tracing:
        parts["X-Ray"] = traces(rate / batch.events) / rate
    if route.by_eventbridge:
        parts["EventBridge"] = prices.EVENTBRIDGE_EVENT.each
    if route.request_size:
        for name, dollars in receiving_parts(route, rate, tracing=tracing).items():
            parts[name] = parts.get(name, 0) + dollars
    return {name: dollars * MILLION for name, dollars in parts.items()}


def delivery_parts(batch: Used, rate: float) -> Parts:
    """Dollars for an event, of what delivers it."""
    memory = delivery_memory()
    containers = max(1.0, rate / batch.events * seconds_of(batch, memory))
    # The credentials of delivery; the key of suppressions is read once a day.
    secrets = containers / MAX_AGE / rate if rate * MAX_AGE > 1 else 1.0
    return {
        "Lambda": (
            prices.LAMBDA_REQUEST.each + gb_seconds(batch, memory) * prices.LAMBDA_GB_SECOND.each
        )
        / batch.events,
        "DynamoDB, suppressed users": batch.reads * prices.DYNAMODB_READ.each / batch.events,
        "DynamoDB, counters": batch.writes * prices.DYNAMODB_WRITE.each / batch.events,
        "DynamoDB, newer wins": (
            batch.profile_reads * prices.DYNAMODB_READ.each
            + batch.profile_writes * prices.DYNAMODB_WRITE.each
        )
        / batch.events,
        "CloudWatch Logs": batch.log_bytes * prices.LOG_BYTE.each / batch.events,
        "sent to Mixpanel": batch.bytes_out * prices.BYTE_OUT.each / batch.events,
        "Secrets Manager": secrets * prices.SECRET_CALL.each,
    }


def receiving_parts(route: Route, rate: float, *, tracing: bool) -> Parts:
    """Dollars for an event, of what receives it from an SDK."""
    request, size = used_by_request(route.request_size), route.request_size
    computing = gb_seconds(request, receiving_memory()) * prices.LAMBDA_GB_SECOND.each
    parts = {
        "API Gateway": prices.GATEWAY_REQUEST.each / size,
        "Lambda": (prices.LAMBDA_REQUEST.each + computing) / size,
        "CloudWatch Logs": request.log_bytes * prices.LOG_BYTE.each / size,
    }
    return parts | ({"X-Ray": traces(rate / size) / rate} if tracing else {})


def sqs(route: Route, rate: float) -> float:
    """Dollars of SQS for an event: sending, receiving and deleting."""
    return sum(sqs_requests(route, rate).values()) * prices.SQS_REQUEST.each


def sqs_requests(route: Route, rate: float) -> dict[str, float]:
    """The requests of SQS for an event, by what they do."""
    records = records_of(route)
    size = records.bytes / records.count
    together = min(ENTRIES, max(1.0, rate * records.count / POLLERS * RECEIVE))
    batch = batch_records(route, rate)
    return {
        "send": records.sends,
        "receive": records.count * chunks(size * together) / together,
        "delete": records.count * max(1.0, batch / ENTRIES) / batch,
    }


def traces(rate: float) -> float:
    """Dollars a second for the traces of a function that is invoked this often in a second."""
    return (min(rate, 1.0) + TRACED * max(0.0, rate - 1.0)) * prices.TRACE.each
