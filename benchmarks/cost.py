"""The cost of receiving a million events at AWS's list prices, with and without packing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched, chain
from typing import Any, Final

import orjson

from benchmarks import workload
from benchmarks.__main__ import NOW
from rudder_mixpanel.aws.sqs import ENTRIES, OutgoingMessage, message_batches
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.receiving.enrich import Arrival, enrich_event
from rudder_mixpanel.receiving.pack import pack_records

MILLION: Final = 1_000_000
# List prices in dollars, us-east-1, without the free tier, as of November 2026; replace them by
# your own. API Gateway's is that of the first 333 million requests a month.
PRICES: Final = {
    "a request to API Gateway, REST API": (3.50, "https://aws.amazon.com/api-gateway/pricing/"),
    "a request to Lambda": (0.20, "https://aws.amazon.com/lambda/pricing/"),
    "a request to SQS, standard queue, up to 64 KB": (0.40, "https://aws.amazon.com/sqs/pricing/"),
}
GATEWAY_REQUEST, LAMBDA_REQUEST, SQS_REQUEST = (dollars / MILLION for dollars, _ in PRICES.values())
SQS_CHUNK: Final = 65_536
SAMPLE: Final = 6000
SEED: Final = 7
# The number of events that SDKs send in one request
SENDERS: Final = {"a browser": 1, "the Node SDK": 20, "the Python SDK": 100}

type Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars for a million events, at a number of events in a request."""

    request_size: int
    requests: float
    unpacked: float
    packed: float


def costs() -> list[Cost]:
    """The cost for each sender."""
    arrival = Arrival(since_epoch(NOW), "203.0.113.7", str)
    events = [enrich_event(event, arrival).event for event in workload.events(SAMPLE, SEED)]
    return [compute_cost(events, size) for size in SENDERS.values()]


def compute_cost(events: Sequence[Event], request_size: int) -> Cost:
    """The cost of a million events like these, with this many in a request."""
    groups = list(batched(events, request_size, strict=False))
    unpacked = [[orjson.dumps(event).decode() for event in group] for group in groups]
    packed = [list(pack_records(group)) for group in groups]
    scale = MILLION / len(events)
    return Cost(
        request_size,
        len(groups) * (GATEWAY_REQUEST + LAMBDA_REQUEST) * scale,
        count_sqs_requests(unpacked) * SQS_REQUEST * scale,
        count_sqs_requests(packed) * SQS_REQUEST * scale,
    )


def count_sqs_requests(groups: Iterable[list[str]]) -> int:
    """The requests that SQS bills for sending each group, and receiving and deleting all."""
    messages = [[OutgoingMessage(body) for body in group] for group in groups]
    sent = [
        [group[index] for index in indexes]
        for group in messages
        for indexes in message_batches(group)
    ]
    received = list(batched(chain.from_iterable(messages), ENTRIES, strict=False))
    deleted = len(received)
    return sum(map(billed_requests, sent)) + sum(map(billed_requests, received)) + deleted


def billed_requests(messages: Iterable[OutgoingMessage]) -> int:
    """The number of requests as which SQS bills one call."""
    return -(-sum(message.size for message in messages) // SQS_CHUNK)
