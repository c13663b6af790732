"""How many profiles a batch updates, by the mapping itself, and what their items in a table cost.

With `newer-wins`, a batch reads the item of each user and group that it updates, takes its lease
before the request, and writes what was accepted after it. Of a user of whom it only counts
something, it reads the item.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import batched, chain
from statistics import fmean
from typing import Any, Final

from benchmarks import workload
from benchmarks.__main__ import HERE, NOW
from benchmarks.batches import SEED, with_counters
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.suppression.pseudonyms import DIGITS
from rudder_mixpanel_cli.prices import MILLION, RECOVERY_GB, TABLE_GB

SAMPLE: Final = 12_000
# The attributes of an item: their names, and their values without the history. A version has twelve
# digits; a number takes a byte for two digits, and one more.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
NAMES: Final = len("idversionleasehistoryexpires_at")
VALUES: Final = DIGITS + 12 + 6 + 6
# Bytes of a property in the history: hash of its name, time, and hash of the messageId. One more is
# for the newest update of any property.
PROPERTY: Final = 16
WRITE_UNIT: Final = 1024
READ_UNIT: Final = 4096
# DynamoDB bills this for each stored item beside its content.
OVERHEAD: Final = 100
GIGABYTE: Final = 1024**3
VERBS: Final = ("$set", "$unset", "$set_once", "$union")


@dataclass(frozen=True, slots=True)
class Updated:
    """What a batch updates: the profiles that it leases, and the request units for their items."""

    leased: float
    reads: float
    writes: float


def item_bytes(properties: float) -> float:
    """The size of an item of a profile with this many properties."""
    return NAMES + VALUES + PROPERTY * (properties + 1)


def units(properties: float, size: int) -> int:
    """The request units of such an item, of this many bytes each."""
    return max(1, -int(-item_bytes(properties) // size))


def stored_million(properties: int) -> float:
    """Dollars a month for a million such items, with their copies for recovery."""
    gigabytes = MILLION * (item_bytes(properties) + OVERHEAD) / GIGABYTE
    return gigabytes * (TABLE_GB.each + RECOVERY_GB.each)


@cache
def updated_by_batch(events: int, share: float) -> Updated:
    """What batches of this many events update on average, with this share of counters."""
    whole = SAMPLE // events
    batches = batched(mapped_sample(share)[: whole * events], events, strict=True)
    counts = [count_updates(batch) for batch in batches]
    return Updated(
        fmean(count.leased for count in counts),
        fmean(count.reads for count in counts),
        fmean(count.writes for count in counts),
    )


@cache
def mapped_sample(share: float) -> Sequence[Sequence[Operation]]:
    """The operations of each event of the workload, with this share of counters."""
    destination = Destination.from_config(json.loads((HERE / "destination.json").read_text()))
    events = with_counters(workload.events(SAMPLE, SEED), share)
    return [map_event(event, destination) for event in events]


def map_event(event: dict[str, Any], destination: Destination) -> Sequence[Operation]:
    """The operations of an event."""
    resolved, rest = destination.for_event(event)
    return map_message(rest, resolved, now=since_epoch(NOW))[0]


def count_updates(events: Iterable[Sequence[Operation]]) -> Updated:
    """What these events update.

    A read takes a unit for each started 4 KB of an item, or for one that does not exist; taking a
    lease and ending it one for each started KB.
    """
    leased: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    counted: set[tuple[str, ...]] = set()
    for operation in chain.from_iterable(events):
        profile = operation.endpoint, *operation.profile
        if operation.lane == "counters":
            counted.add(profile)
        elif operation.profile:
            leased[profile].update(properties_of(operation))
    sizes = [len(properties) for properties in leased.values()]
    reads = sum(units(size, READ_UNIT) for size in sizes) + len(counted)
    return Updated(len(sizes), reads, 2 * sum(units(size, WRITE_UNIT) for size in sizes))


def properties_of(operation: Operation) -> Iterator[str]:
    """The properties that an update of a profile names."""
    payload = operation.payload
    return (name for verb in VERBS if verb in payload for name in payload[verb])
