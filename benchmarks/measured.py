"""What an invocation uses, from benchmarks/measured.json, for any number of events in it."""

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from benchmarks.measuring import MEASURED

# CloudWatch gets these lines of Lambda's own for each invocation, in JSON: start and report.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
PLATFORM_BYTES: Final = 700
COUNTERS_A_REQUEST: Final = 50
WRITES_AT_ONCE: Final = 8
OUTCOMES_A_CALL: Final = 25
# Milliseconds until they respond, as in `python -m benchmarks.invocation`.
MIXPANEL_MS: Final = 50
DYNAMODB_MS: Final = 5


@dataclass(frozen=True, slots=True)
class Used:
    """What one invocation uses; the waiting is in milliseconds."""

    events: float
    processor_ms: float
    log_bytes: float
    requests: float = 0
    bytes_out: float = 0
    reads: float = 0
    writes: float = 0
    waiting_ms: float = 0


@cache
def figures() -> dict[str, Any]:
    """The measured figures."""
    measured: dict[str, Any] = json.loads(MEASURED.read_text())
    return measured


def used_by_batch(events: float, share: float) -> Used:
    """What the delivery of a batch uses, when this share of the events has a counter."""
    counts = interpolate(figures()["deliver_events"][str(share)], events)
    return Used(
        events,
        counts["processor_ms"],
        counts["log_bytes"] + PLATFORM_BYTES,
        counts["requests"],
        counts["bytes_out"],
        counts.get("items of BatchGetItem", 0),
        counts.get("items of BatchExecuteStatement", 0) + counts.get("items of BatchWriteItem", 0),
        waiting_ms(events * share),
    )


def largest_batch(share: float) -> int:
    """The events of the largest batch that was measured."""
    return max(map(int, figures()["deliver_events"][str(share)]))


def used_by_request(events: float) -> Used:
    """What receiving a request of an SDK uses."""
    counts = interpolate(figures()["receive_events"], events)
    waiting = DYNAMODB_MS * counts.get("calls of SendMessageBatch", 1)
    return Used(
        events, counts["processor_ms"], counts["log_bytes"] + PLATFORM_BYTES, waiting_ms=waiting
    )


def used_by_wake_up() -> Used:
    """What a minute without a regulation uses."""
    counts = figures()["delete_users"]
    calls = sum(number for name, number in counts.items() if name.startswith("calls of"))
    return Used(
        0,
        counts["processor_ms"],
        counts["log_bytes"] + PLATFORM_BYTES,
        reads=counts.get("calls of Query", 0),
        waiting_ms=DYNAMODB_MS * calls,
    )


def mapped_bytes() -> float:
    """The bytes that Mixpanel gets of an event, before compression."""
    counts = figures()["deliver_events"]["0.0"]["2000"]
    return float(counts["bytes_mapped"] / 2000)


def waiting_ms(counters: float) -> float:
    """How long a batch waits for others: calls that follow each other.

    The endpoints get their requests side by side. Requests with counters come after them, one by
    one, each between the claims and the outcomes of its counters.
    """
    requests = -(-counters // COUNTERS_A_REQUEST)
    most = min(counters, COUNTERS_A_REQUEST)
    rounds = -(-most // WRITES_AT_ONCE) + -(-most // OUTCOMES_A_CALL)
    look_up = DYNAMODB_MS
    return look_up + MIXPANEL_MS + requests * (MIXPANEL_MS + DYNAMODB_MS * rounds)


def interpolate(measured: dict[str, dict[str, float]], events: float) -> dict[str, float]:
    """The figures for a number of events, on the line through the nearest measured ones."""
    sizes = sorted(map(int, measured))
    pairs = list(pairwise(sizes))
    index = min(max(bisect_left(sizes, events) - 1, 0), len(pairs) - 1)
    low, high = pairs[index]
    way = (events - low) / (high - low)
    below, above = measured[str(low)], measured[str(high)]
    return {
        name: below.get(name, 0) + way * (above.get(name, 0) - below.get(name, 0))
        for name in below.keys() | above.keys()
    }
