"""What receiving a million events costs at AWS's list prices, with and without packing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

import orjson

from benchmarks import workload
from benchmarks.__main__ import NOW
from rudder_mixpanel.aws.sqs import ENTRIES, OutgoingMessage, message_batches
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.receiving.enrich import Arrival, enrich_event
from rudder_mixpanel.receiving.pack import pack_records

MILLION: Final = 1_000_000
# List prices in dollars, us-east-1, without the free tier, as of November 2026; put your own in
# their place. API Gateway's is that of the first 333 million requests a month.
PRICES: Final = {
    "a request to API Gateway, REST API": (3.50, "https://aws.amazon.com/api-gateway/pricing/"),
    "a request to Lambda": (0.20, "https://aws.amazon.com/lambda/pricing/"),
    "a request to SQS, standard queue, up to 64 KB": (0.40, "https://aws.amazon.com/sqs/pricing/"),
}
GATEWAY_REQUEST, LAMBDA_REQUEST, SQS_REQUEST = (one / MILLION for one, _ in PRICES.values())
SQS_CHUNK: Final = 65_536
SAMPLE: Final = 6000
SEED: Final = 7
# How many events SDKs send in one request.
SENDERS: Final = {"a browser": 1, "the Node SDK": 20, "the Python SDK": 100}

type Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars for a million events that come so many at a time."""

    at_once: int
    requests: float
    unpacked: float
    packed: float


def costs() -> list[Cost]:
    """What each kind of sender costs."""
    arrival = Arrival(since_epoch(NOW), "203.0.113.7", str)
    events = [enrich_event(event, arrival) for event in workload.events(SAMPLE, SEED)]
    return [cost(events, at_once) for at_once in SENDERS.values()]


def cost(events: Sequence[Event], at_once: int) -> Cost:
    """What it costs when events come so many at a time."""
    groups = list(batched(events, at_once, strict=False))
    alone = [[orjson.dumps(event).decode() for event in group] for group in groups]
    together = [list(pack_records(group)) for group in groups]
    a_million = MILLION / len(events)
    return Cost(
        at_once,
        len(groups) * (GATEWAY_REQUEST + LAMBDA_REQUEST) * a_million,
        sqs_requests(alone) * SQS_REQUEST * a_million,
        sqs_requests(together) * SQS_REQUEST * a_million,
    )


def sqs_requests(groups: Iterable[list[str]]) -> int:
    """Requests that SQS bills for sending each group, and for receiving and deleting them all."""
    messages = [[OutgoingMessage(body) for body in group] for group in groups]
    every = [one for group in messages for one in group]
    calls = [
        [group[place] for place in places]
        for group in messages
        for places in message_batches(group)
    ]
    tens = [list(ten) for ten in batched(every, ENTRIES, strict=False)]
    return sum(map(billed, calls)) + sum(map(billed, tens)) + len(tens)


def billed(messages: Iterable[OutgoingMessage]) -> int:
    """As how many requests one call counts."""
    return -(-sum(one.size for one in messages) // SQS_CHUNK)
