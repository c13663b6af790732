"""Times each stage of a batch, from JSON to the bodies of requests.

The floor is the work that any mapping has: decoding the same bytes, then encoding and compressing
the same payloads, with the same codec and gzip.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import batched
from time import process_time
from typing import Any, Final

import mixpanel  # type: ignore[import-untyped]  # brings no types
import orjson

from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.batching import LIMITS, Request, pack_requests
from rudder_mixpanel.mixpanel.ingestion import gzip_body
from rudder_mixpanel.mixpanel.operations import Lane, Operation

BATCH: Final = 2000  # events an invocation
# Events that are timed together, since reading the clock takes time, too
BLOCK: Final = 20
STAGES: Final = ("decode", "filter", "map", "batch", "encode", "gzip")
MICROSECONDS: Final = 1_000_000

type Message = dict[str, Any]


@dataclass(slots=True)
class Stopwatch:
    """Seconds of processor time by stage, and counts of the results."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    operations: int = 0
    requests: int = 0
    rejected: int = 0
    filtered: int = 0
    bytes_out: int = 0

    def time[**P, T](
        self, stage: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a function, and add its time to the stage."""
        start = process_time()
        result = work(*args, **kwargs)
        self.seconds[stage] += process_time() - start
        return result

    def add(self, other: "Stopwatch") -> None:
        """Add the times and counts of another one."""
        for stage, time in other.seconds.items():
            self.seconds[stage] += time
        self.operations += other.operations
        self.requests += other.requests
        self.rejected += other.rejected
        self.filtered += other.filtered
        self.bytes_out += other.bytes_out


def run(lines: Sequence[bytes], destination: Destination, now: datetime) -> Stopwatch:
    """Run all stages on all lines, in batches as in an invocation."""
    watch, received_at = Stopwatch(), since_epoch(now)
    for batch in batched(lines, BATCH, strict=False):
        watch.add(run_batch(batch, destination, received_at))
    return watch


def run_batch(batch: Sequence[bytes], destination: Destination, now: int) -> Stopwatch:
    """Run all stages on one batch."""
    watch = Stopwatch()
    operations: list[Operation] = []
    encoded: list[bytes] = []
    for block in batched(batch, BLOCK, strict=False):
        messages = watch.time("decode", decode, block)
        allowed = watch.time("filter", filter_messages, messages, destination)
        mapped = watch.time("map", map_messages, allowed, destination, now, watch)
        # Mapping includes encoding; here it is timed separately, for the floor. What is encoded is
        # kept, as in mapping: fresh memory takes as long as the encoding.
        encoded += watch.time("encode", encode, [operation.payload for operation in mapped])
        watch.filtered += len(messages) - len(allowed)
        operations += mapped
    requests = watch.time("batch", build_requests, operations)
    watch.bytes_out = watch.time("gzip", compress, requests)
    watch.operations, watch.requests = len(operations), len(requests)
    return watch


def fastest_of(watches: Sequence[Stopwatch]) -> Stopwatch:
    """The fastest time of each stage in several runs of one batch."""
    first, *others = watches
    for other in others:
        for stage, time in other.seconds.items():
            first.seconds[stage] = min(first.seconds[stage], time)
    return first


def decode(lines: Iterable[bytes]) -> list[Message]:
    """Decode the messages."""
    return [orjson.loads(line) for line in lines]


def filter_messages(messages: Iterable[Message], destination: Destination) -> list[Message]:
    """The messages that pass the filters."""
    return [message for message in messages if filter_reason(message, destination) is None]


def map_messages(
    messages: Iterable[Message], destination: Destination, now: int, watch: Stopwatch
) -> list[Operation]:
    """Map the messages to operations."""
    operations: list[Operation] = []
    for message in messages:
        try:
            resolved, rest = destination.for_event(message)
            operations += map_message(rest, resolved, now=now)[0]
        except RejectedEvent:
            watch.rejected += 1
    return operations


def encode(payloads: Iterable[Message]) -> list[bytes]:
    """Encode the payloads."""
    return [orjson.dumps(payload) for payload in payloads]


def build_requests(operations: Iterable[Operation]) -> list[Request]:
    """Batch the operations of each lane."""
    lanes: dict[Lane, list[Operation]] = {lane: [] for lane in LIMITS}
    for operation in operations:
        lanes[operation.lane].append(operation)
    return [
        request
        for lane, batch in lanes.items()
        for request in pack_requests(batch, partial(LIMITS.__getitem__, lane))
    ]


def compress(requests: Iterable[Request]) -> int:
    """Compress the bodies for /import, the only endpoint with gzip, and count all bytes."""
    return sum(
        len(gzip_body(request) if request.endpoint == "import" else request.body)
        for request in requests
    )


def time_sdk(lines: Sequence[bytes]) -> float:
    """The seconds in which Mixpanel's own package prepares the same events, without sending."""
    prepared: list[str] = []

    class Collecting:
        """A consumer that keeps the messages."""

        def send(self, _endpoint: str, message: str, *_rest: object) -> None:
            """Keep a message."""
            prepared.append(message)

    client = mixpanel.Mixpanel("f00dfeedf00dfeedf00dfeedf00dfeed", consumer=Collecting())
    start = process_time()
    for line in lines:
        message = json.loads(line)
        properties = {**message.get("context", {}), **message.get("properties", {})}
        client.track(message.get("userId") or "nobody", message["type"], properties)
    return process_time() - start


def measure(
    lines: Sequence[bytes], destination: Destination, now: datetime, repeats: int
) -> dict[str, Any]:
    """The processor time of each stage, in microseconds an event.

    Other processes only ever add time, so that of several runs of a batch the fastest is the most
    accurate. The runs of all batches alternate, so that a busy minute spoils none of them.
    """
    count, received_at, batches = (
        len(lines),
        since_epoch(now),
        list(batched(lines, BATCH, strict=False)),
    )
    rounds = [
        [run_batch(batch, destination, received_at) for batch in batches] for _ in range(repeats)
    ]
    watch = Stopwatch()
    for runs in zip(*rounds, strict=True):
        watch.add(fastest_of(runs))
    stages = {stage: time / count * MICROSECONDS for stage, time in watch.seconds.items()}
    stages["map"] -= stages["encode"]
    floor = stages["decode"] + stages["encode"] + stages["gzip"]
    total = sum(stages.values())
    return {
        "events": count,
        "us_per_event": total,
        "floor_us_per_event": floor,
        "times_the_floor": total / floor,
        "sdk_us_per_event": min(time_sdk(lines) for _ in range(repeats)) / count * MICROSECONDS,
        "events_per_second": MICROSECONDS / total,
        "stages": stages,
        "operations": watch.operations,
        "requests": watch.requests,
        "rejected": watch.rejected,
        "filtered": watch.filtered,
        "bytes_out": watch.bytes_out,
    }
