"""When a kept event is retried, and when it is given up."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel.mixpanel.outcomes import Kept

# Seconds until a kept record is retried: half a minute at first, doubled each time, at most a
# quarter of an hour. https://docs.aws.amazon.com/AWSSimpleQueueService, "visibility timeout"
MIN_BACKOFF: Final = 30
MAX_BACKOFF: Final = 900
# Seconds until a record is retried of which nothing is kept but what another invocation is sending.
MIN_SHORT_WAIT: Final = 5
MAX_SHORT_WAIT: Final = 30
# A refusal that names no record can be about the project; after this time it is about the event.
MAX_REFUSED: Final = timedelta(hours=24)
# An event that is kept for longer is rejected, before the queue's retention of 14 days deletes it
# without a trace.
MAX_KEPT: Final = timedelta(days=9)


def backoff_of(event: Event, now: datetime) -> int:
    """Seconds until a kept event is retried: the longest wait that Mixpanel requested, or more.

    Those of a record are received together, after the longest of their waits.
    """
    if event.waits_shortly:
        return short_wait(event.record)
    waits = (outcome.wait for outcome in event.outcomes if isinstance(outcome, Kept))
    return record_backoff(event.record, now, max(waits, default=0))


def record_backoff(record: Record, now: datetime, requested: int = 0) -> int:
    """Seconds until a record is retried, at least the `requested` ones within the limits.

    It rests at most twice as long as it has waited so far, which doubling does by itself: attempts
    that met a busy profile come soon after one another, and must not make it wait for a quarter of
    an hour when Mixpanel is back. Up to a fifth is added, derived from the id, so that records kept
    together are not retried together.
    """
    waited = int((now - record.first_sent).total_seconds())
    doubled = min(MIN_BACKOFF * 2 ** min(record.attempt - 1, 10), max(MIN_BACKOFF, 2 * waited))
    jitter = sum(record.id.encode()) % 20 / 100
    return int(min(max(doubled, requested), MAX_BACKOFF) * (1 + jitter))


def short_wait(record: Record) -> int:
    """Seconds until a record of which others are sending the rest is retried, without doubling.

    Two records that meet at one attempt do not meet at the next.
    """
    digest = sha256(f"{record.id} {record.attempt}".encode()).digest()
    spread = MAX_SHORT_WAIT - MIN_SHORT_WAIT + 1
    return MIN_SHORT_WAIT + int.from_bytes(digest[:4]) % spread


def is_overdue(event: Event, now: datetime) -> bool:
    """Whether an event has been kept for longer than MAX_KEPT."""
    return now - event.record.first_sent > MAX_KEPT


def mark_final_refusals(events: Iterable[Event], now: datetime) -> None:
    """Mark the operations of events that were first sent longer than MAX_REFUSED ago."""
    # In milliseconds, since every event is compared.
    latest = (now - MAX_REFUSED - EPOCH) / MILLISECOND
    for event in events:
        if event.record.first_sent_at < latest:
            for operation in event.operations:
                operation.refusal_is_final = True
