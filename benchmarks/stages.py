"""The way of a batch from JSON in to request bodies out, timed stage by stage.

The floor is what no mapping could avoid: decoding the same bytes, encoding and packing the same
payloads, with the product's own codec and gzip.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import batched
from time import perf_counter
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
# Events that are timed together: delivery takes one after the other, but a clock costs, too.
BLOCK: Final = 20
STAGES: Final = ("decode", "filter", "map", "batch", "encode", "gzip")
MICROSECONDS: Final = 1_000_000

type Message = dict[str, Any]


@dataclass(slots=True)
class Stopwatch:
    """Seconds by stage, and what came out."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    operations: int = 0
    requests: int = 0
    rejected: int = 0
    filtered: int = 0
    bytes_out: int = 0

    def time[**P, T](
        self, stage: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do it, and add its time to its stage."""
        start = perf_counter()
        done = work(*args, **kwargs)
        self.seconds[stage] += perf_counter() - start
        return done

    def per_event(self, count: int) -> dict[str, float]:
        """Microseconds an event, by stage."""
        return {name: one / count * MICROSECONDS for name, one in self.seconds.items()}


def run(lines: Sequence[bytes], destination: Destination, now: datetime) -> Stopwatch:
    """Take every line all the way, in batches as an invocation has them."""
    watch, taken_at = Stopwatch(), since_epoch(now)
    for batch in batched(lines, BATCH, strict=False):
        operations: list[Operation] = []
        for block in batched(batch, BLOCK, strict=False):
            messages = watch.time("decode", decoded, block)
            wanted = watch.time("filter", unfiltered, messages, destination)
            made = watch.time("map", mapped, wanted, destination, taken_at, watch)
            # Mapping has encoded already, to know the size; here that is told apart.
            watch.time("encode", encoded, [operation.payload for operation in made])
            watch.filtered += len(messages) - len(wanted)
            operations += made
        packages = watch.time("batch", in_requests, operations)
        watch.bytes_out += watch.time("gzip", weight, packages)
        watch.operations += len(operations)
        watch.requests += len(packages)
    watch.seconds["map"] -= watch.seconds["encode"]
    return watch


def decoded(lines: Iterable[bytes]) -> list[Message]:
    """The messages in these lines."""
    return [orjson.loads(line) for line in lines]


def unfiltered(messages: Iterable[Message], destination: Destination) -> list[Message]:
    """The messages that no filter leaves out."""
    return [message for message in messages if filter_reason(message, destination) is None]


def mapped(
    messages: Iterable[Message], destination: Destination, now: int, watch: Stopwatch
) -> list[Operation]:
    """The operations of these messages."""
    operations: list[Operation] = []
    for message in messages:
        try:
            resolved, rest = destination.for_event(message)
            operations += map_message(rest, resolved, now=now)[0]
        except RejectedEvent:
            watch.rejected += 1
    return operations


def encoded(payloads: Iterable[Message]) -> list[bytes]:
    """The JSON of each, made anew."""
    return [orjson.dumps(payload) for payload in payloads]


def in_requests(operations: Iterable[Operation]) -> list[Request]:
    """All requests, lane by lane."""
    lanes: dict[Lane, list[Operation]] = {lane: [] for lane in LIMITS}
    for operation in operations:
        lanes[operation.lane].append(operation)
    return [
        request
        for lane, those in lanes.items()
        for request in pack_requests(those, partial(LIMITS.__getitem__, lane))
    ]


def weight(packages: Iterable[Request]) -> int:
    """The bytes of all bodies as they travel: /import takes gzip, the others do not."""
    return sum(
        len(gzip_body(request) if request.endpoint == "import" else request.body)
        for request in packages
    )


def sdk(lines: Sequence[bytes]) -> float:
    """Seconds that Mixpanel's own package takes to prepare the same events, sending nothing."""
    prepared: list[str] = []

    class Collecting:
        """A consumer that keeps what it would send."""

        def send(self, _endpoint: str, message: str, *_rest: object) -> None:
            """Keep it."""
            prepared.append(message)

    client = mixpanel.Mixpanel("f00dfeedf00dfeedf00dfeedf00dfeed", consumer=Collecting())
    start = perf_counter()
    for line in lines:
        message = json.loads(line)
        properties = {**message.get("context", {}), **message.get("properties", {})}
        client.track(message.get("userId") or "nobody", message["type"], properties)
    return perf_counter() - start


def measure(
    lines: Sequence[bytes], destination: Destination, now: datetime, repeats: int
) -> dict[str, Any]:
    """The quickest of several runs for each stage, in microseconds an event.

    What else a machine does only ever adds, so the quickest is nearest to a core of one's own.
    """
    count = len(lines)
    runs = [run(lines, destination, now) for _ in range(repeats)]
    one, stages = runs[0], [each.per_event(count) for each in runs]
    split = {name: min(each[name] for each in stages) for name in STAGES}
    floor = split["decode"] + split["encode"] + split["gzip"]
    total = sum(split.values())
    return {
        "events": count,
        "us_per_event": total,
        "floor_us_per_event": floor,
        "times_the_floor": total / floor,
        "sdk_us_per_event": min(sdk(lines) for _ in range(repeats)) / count * MICROSECONDS,
        "events_per_second": MICROSECONDS / total,
        "stages": split,
        "operations": one.operations,
        "requests": one.requests,
        "rejected": one.rejected,
        "filtered": one.filtered,
        "bytes_out": one.bytes_out,
    }
