"""What a rate of events needs of the stack, of DynamoDB and of Mixpanel, and how late they are."""

from dataclasses import dataclass
from math import ceil

from benchmarks import cost
from benchmarks.cost import POLLERS, SECONDS_A_MONTH, SERVERS, WINDOW
from benchmarks.limits import MIXPANEL_BYTES
from benchmarks.measured import DEFAULT_ORDER, mapped_bytes, used_by_batch
from benchmarks.memory import SHARE, delivery_memory, seconds_of


@dataclass(frozen=True, slots=True)
class Scale:
    """What a rate of events needs; all but the last three are a second.

    `seconds` is how long an event waits for its batch at most, and for the batch's delivery.
    `at_once` is how many batches are delivered at the same time on average.
    """

    rate: float
    batch: float
    suppression_reads: float
    profile_reads: float
    profile_writes: float
    ledger_writes: float
    mixpanel_bytes: float
    seconds: float
    at_once: float
    dollars: float

    @property
    def concurrency(self) -> int:
        """The MaximumConcurrency that is enough for it, with a quarter to spare."""
        return max(2, ceil(self.at_once * 1.25))

    @property
    def mixpanel_share(self) -> float:
        """The part of the bytes that Mixpanel takes of a project."""
        return self.mixpanel_bytes / MIXPANEL_BYTES

    @property
    def dollars_a_month(self) -> float:
        """What all events of a month cost."""
        return self.dollars * self.rate * SECONDS_A_MONTH / 1e6


def scale_of(rate: float, share: float = SHARE, order: str = DEFAULT_ORDER) -> Scale:
    """What this many events a second need, when server SDKs send them to the stack."""
    events = cost.batch_events(SERVERS, rate)
    used = used_by_batch(events, share, order)
    seconds = seconds_of(used, delivery_memory())
    batches = rate / events
    return Scale(
        rate,
        events,
        batches * used.reads,
        batches * used.profile_reads,
        batches * used.profile_writes,
        batches * used.writes,
        rate * mapped_bytes(),
        gathering_seconds(rate) + seconds,
        batches * seconds,
        sum(cost.cost(SERVERS, rate, share, order).values()),
    )


def gathering_seconds(rate: float) -> float:
    """How long a poller gathers a batch at most: until it is full, or its window is over."""
    records = cost.records_of(SERVERS).count * rate / POLLERS
    return min(WINDOW, cost.batch_records(SERVERS, rate) / records)
