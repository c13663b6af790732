"""Batches of events as records of the queue, with a chosen share of counters."""

import json
from collections.abc import Iterable, Iterator
from itertools import batched
from typing import Any, Final

from benchmarks import workload
from benchmarks.__main__ import NOW

SEED: Final = 7
# What adds to a profile in benchmarks/destination.json
COUNTERS: Final = frozenset({"item_count", "loyalty_points", "last_campaign", "interests"})

type Json = dict[str, Any]


def batches(size: int, number: int, share: float | None) -> list[Json]:
    """Batches of events, of which this share has a counter; None leaves the workload as it is."""
    events = workload.events(size * number, SEED)
    if share is not None:
        events = with_counters(events, share)
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    records = (build_record(str(n), line.encode()) for n, line in enumerate(lines))
    return [{"Records": list(group)} for group in batched(records, size, strict=True)]


def with_counters(events: Iterable[Json], share: float) -> Iterator[Json]:
    """The events with this share of them adding to a profile once, and no other adding anything."""
    for index, event in enumerate(events):
        is_chosen = int((index + 1) * share) > int(index * share)
        plain = without_counters(event)
        yield counting(plain) if is_chosen else plain


def counting(event: Json) -> Json:
    """The event as a track call of a user, with one property that adds to the user's profile."""
    properties = event.get("properties", {}) | {"item_count": 2}
    own = {"type": "track", "event": "Order Completed", "userId": event["anonymousId"]}
    return event | own | {"properties": properties}


def without_counters(event: Json) -> Json:
    """The event without what adds to a profile."""
    cleaned = {
        field: {name: value for name, value in event[field].items() if name not in COUNTERS}
        for field in ("properties", "traits", "context")
        if field in event
    }
    if traits := event["context"].get("traits"):
        kept = {name: value for name, value in traits.items() if name not in COUNTERS}
        cleaned["context"]["traits"] = kept
    return event | cleaned


def build_record(name: str, line: bytes) -> dict[str, Any]:
    """An event as a record of the queue."""
    sent = str(int(NOW.timestamp() * 1000))
    return {
        "messageId": name,
        "receiptHandle": name,
        "body": line.decode(),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": sent},
        "messageAttributes": {},
    }
