"""What an invocation uses, from benchmarks/measured.json, for any number of events in it."""

import json
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from benchmarks.measuring import MEASURED, ORDERS
from benchmarks.profiles import updated_by_batch

# CloudWatch gets these lines of Lambda's own for each invocation, in JSON: start and report.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
PLATFORM_BYTES: Final = 700
COUNTERS_A_REQUEST: Final = 50
# Requests of one lane side by side, and calls with statements for one request.
STREAMS: Final = 4
CALLS_AT_ONCE: Final = 2
# Statements or outcomes of counters in a call.
WRITES_A_CALL: Final = 25
DEFAULT_ORDER: Final = ORDERS[-1]
# Milliseconds until they respond, as in `python -m benchmarks.invocation`.
MIXPANEL_MS: Final = 50
DYNAMODB_MS: Final = 5


@dataclass(frozen=True, slots=True)
class Used:
    """What one invocation uses; the waiting is in milliseconds.

    `reads` and `writes` are units for suppressed users and counters, those of profiles for the
    times of their updates.
    """

    events: float
    processor_ms: float
    log_bytes: float
    requests: float = 0
    bytes_out: float = 0
    reads: float = 0
    writes: float = 0
    profile_reads: float = 0
    profile_writes: float = 0
    waiting_ms: float = 0


@cache
def figures() -> dict[str, Any]:
    """The measured figures."""
    measured: dict[str, Any] = json.loads(MEASURED.read_text())
    return measured


def used_by_batch(events: float, share: float, order: str = DEFAULT_ORDER) -> Used:
    """What the delivery of a batch uses, when this share of the events has a counter.

    What it asks of the table of profiles is counted by the mapping, since its items grow.
    """
    counts = interpolate(figures()["deliver_events"][order][str(share)], events)
    updated = profiles_of(events, share) if order == DEFAULT_ORDER else {}
    return Used(
        events,
        counts["processor_ms"],
        counts["log_bytes"] + PLATFORM_BYTES,
        counts["requests"],
        counts["bytes_out"],
        counts.get("items of suppressions, read", 0),
        counts.get("items of ledger, written", 0),
        updated.get("reads", 0),
        updated.get("writes", 0),
        waiting_ms(events * share, updated.get("leased", 0)),
    )


def profiles_of(events: float, share: float) -> dict[str, float]:
    """What a batch asks of the table of profiles, between the sizes that are measured."""
    sizes = figures()["deliver_events"][DEFAULT_ORDER][str(share)]
    updated = {size: updated_by_batch(int(size), share) for size in sizes}
    return interpolate(
        {
            size: {"leased": each.leased, "reads": each.reads, "writes": each.writes}
            for size, each in updated.items()
        },
        events,
    )


def largest_batch(share: float) -> int:
    """The events of the largest batch that was measured."""
    return max(map(int, figures()["deliver_events"][DEFAULT_ORDER][str(share)]))


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
    counts = figures()["deliver_events"][DEFAULT_ORDER]["0.0"]["2000"]
    return float(counts["bytes_mapped"] / 2000)


def waiting_ms(counters: float, profiles: float) -> float:
    """How long a batch waits for others: calls that follow each other.

    The endpoints get their requests side by side. With leases of profiles, a request waits for
    reading the items, for taking the leases and for ending them. Requests with counters come after
    them, up to four side by side, each between the claims and the outcomes of its counters.
    """
    look_up = DYNAMODB_MS
    updates = (DYNAMODB_MS if profiles else 0) + lease_ms(profiles)
    requests = -(-counters // COUNTERS_A_REQUEST)
    most = min(counters, COUNTERS_A_REQUEST)
    around = 2 * rounds_of(most)
    reading = DYNAMODB_MS if profiles and counters else 0
    one = MIXPANEL_MS + DYNAMODB_MS * around
    return look_up + updates + reading + -(-requests // STREAMS) * one


def lease_ms(profiles: float) -> float:
    """How long a request with updates of this many leased profiles takes, with their leases."""
    return MIXPANEL_MS + 2 * DYNAMODB_MS * rounds_of(profiles)


def rounds_of(statements: float) -> float:
    """How many calls with these statements follow each other."""
    return -(-statements // (WRITES_A_CALL * CALLS_AT_ONCE))


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
