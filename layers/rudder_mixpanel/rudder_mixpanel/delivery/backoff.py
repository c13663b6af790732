"""When a kept event is retried, and when it is given up."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import Kept

# Seconds until a kept record is retried: half a minute at first, doubled each time, at most a
# quarter of an hour. https://docs.aws.amazon.com/AWSSimpleQueueService, "visibility timeout"
MIN_BACKOFF: Final = 30
MAX_BACKOFF: Final = 900
# A refusal that names no record can be about the project; after this time it is about the event.
MAX_REFUSED: Final = timedelta(hours=24)
# An event that is kept for longer is rejected, before the queue's retention of 14 days deletes it
# without a trace.
MAX_KEPT: Final = timedelta(days=9)

# Whether a refusal of this operation alone rejects it.
type IsFinal = Callable[[Operation], bool]


def backoff_of(event: Event) -> int:
    """Seconds until a kept event is retried: the longest wait that Mixpanel requested, or more."""
    waits = (outcome.wait for outcome in event.outcomes if isinstance(outcome, Kept))
    return record_backoff(event.record, max(waits, default=0))


def record_backoff(record: Record, requested: int = 0) -> int:
    """Seconds until a record is retried, at least the `requested` ones within the limits.

    Up to a fifth is added, derived from the id, so that records kept together are not retried
    together.
    """
    doubled = MIN_BACKOFF * 2 ** min(record.attempt - 1, 10)
    jitter = sum(record.id.encode()) % 20 / 100
    return int(min(max(doubled, requested), MAX_BACKOFF) * (1 + jitter))


def is_overdue(event: Event, now: datetime) -> bool:
    """Whether an event has been kept for longer than MAX_KEPT."""
    return now - event.record.first_sent > MAX_KEPT


def final_refusals(events: Iterable[Event], now: datetime) -> IsFinal:
    """A test for the operations of events that were first sent longer than MAX_REFUSED ago."""
    # In milliseconds, since every event is compared.
    latest = (now - MAX_REFUSED - EPOCH) / MILLISECOND
    old = {
        id(operation)
        for event in events
        if event.record.first_sent_at < latest
        for operation in event.operations
    }
    return lambda operation: id(operation) in old
