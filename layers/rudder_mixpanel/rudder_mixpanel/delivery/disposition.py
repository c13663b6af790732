"""Every event is put where it belongs: away, aside, back on the queue, or to rest where it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from rudder_mixpanel.aws.sqs import (
    ATTRIBUTE_CHARACTERS,
    OutgoingMessage,
    Queue,
    TimeLeft,
    VisibilityTimeout,
    storable_body,
)
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import DeliveryDependencies, Invocation
from rudder_mixpanel.delivery.record import AS_NOT_APPLIED, FIRST_SENT_AT, OPERATIONS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.responses import Kept, Rejected

# After that an event is rejected, before the queue's 14 days are over and it is deleted in silence.
PATIENCE: Final = timedelta(days=9)


def dispose_events(events: Sequence[Event], world: DeliveryDependencies, run: Invocation) -> None:
    """Settle all events of a batch, record by record in the order in which they came."""
    # Back before aside: a record of which not all goes back comes again, and would be told twice.
    requeue_events(events, world.events_queue, run.time_left)
    reject_events(events, world.rejected_queue, run.time_left)
    # What could not be put aside is kept.
    requeue_events(events, world.events_queue, run.time_left)
    world.events_queue.extend_visibility(list(kept_records(events).values()), run.time_left)


def expire_events(events: Iterable[Event], now: datetime) -> None:
    """Reject what has waited too long, with what it was waiting for."""
    for event in events:
        kept = event.outcome
        if isinstance(kept, Kept) and is_overdue(event, now):
            event.decide(Rejected(Code.EXPIRED, f"{kept.code}: {kept.message}", quote=kept.quote))


def is_overdue(event: Event, now: datetime) -> bool:
    """Whether it is put aside if it has to be kept once more."""
    return now - event.record.first_sent > PATIENCE


def requeue_events(events: Iterable[Event], queue: Queue, time_left: TimeLeft) -> None:
    """Send the kept events of shared records to the queue again, each as a record of its own.

    What else is in such a record is settled, and would only be sent twice. If one of them does not
    reach the queue, its whole record stays. So does a record of which everything is kept.
    """
    records = [list(mates) for _, mates in groupby(events, lambda event: event.record.id)]
    shared = [
        (mates, kept) for mates in records if 0 < len(kept := requeueable(mates)) < len(mates)
    ]
    # One that grew too long for a message of its own is no reason to send all its mates again.
    alone = [event for _, kept in shared for event in kept if fits(event)]
    taken = queue.send([requeued_message(event) for event in alone], time_left)
    for event, is_taken in zip(alone, taken, strict=True):
        event.is_requeued = is_taken
    for mates, kept in shared:
        if not all(event.is_requeued for event in kept):
            keep_record(mates)


def requeueable(mates: Iterable[Event]) -> list[Event]:
    """The events of a record that are kept, and not on their way back yet."""
    return [event for event in mates if event.outcome_name == "kept" and not event.is_requeued]


def fits(event: Event) -> bool:
    """Whether a message can hold the event alone."""
    return storable_body(event.body, event.record.body) is not event.record.body


def requeued_message(event: Event) -> OutgoingMessage:
    """A kept event on its way back: itself, when it was first sent, and what is left to do."""
    told = {
        FIRST_SENT_AT: event.record.first_sent.isoformat(),
        OPERATIONS: operation_names(event),
        AS_NOT_APPLIED: str(event.record.not_applied_before or ""),
    }
    return OutgoingMessage(
        storable_body(event.body, event.record.body),
        told,
        event.record.backoff(requested_wait(event)),
    )


def operation_names(event: Event) -> str:
    """The names of what is left to do of an event; none, which means all, where they are many.

    Of one that was not even mapped this time that is what its record says.
    """
    left = event.undelivered_operations if event.operations else sorted(event.record.only)
    names = ",".join(left)
    return names if len(names) <= ATTRIBUTE_CHARACTERS else ""


def keep_record(mates: Iterable[Event]) -> None:
    """Keep what is not settled of a record that stays, for it comes again as a whole."""
    for event in mates:
        if event.outcome_name == "rejected" and not event.is_stored:
            event.decide(Kept(Code.RECORD_KEPT, "another event of its record is kept"))


def reject_events(events: Iterable[Event], queue: Queue, time_left: TimeLeft) -> None:
    """Store refused events in the rejected queue; what it does not take is kept."""
    refused = [event for event in events if event.outcome_name == "rejected"]
    stored = queue.send([rejection_message(event) for event in refused], time_left)
    for event, is_stored in zip(refused, stored, strict=True):
        event.is_stored = is_stored
        if not is_stored:
            event.decide(Kept(Code.REJECTION_NOT_STORED, "the rejected queue did not take it"))


def rejection_message(event: Event) -> OutgoingMessage:
    """A refused event on its way to the rejected queue, with the reason."""
    refused = event.outcome
    if not isinstance(refused, Rejected):
        raise TypeError("only what is refused is rejected")
    told = {
        "code": refused.code,
        "message": refused.reason,
        "field": refused.field,
        "endpoint": ",".join(event.rejected_endpoints),
        OPERATIONS: operation_names(event),
        FIRST_SENT_AT: event.record.first_sent.isoformat(),
    }
    return OutgoingMessage(storable_body(event.body, event.record.body), told)


def kept_records(events: Iterable[Event]) -> dict[str, VisibilityTimeout]:
    """The records that hold a kept event which found no way of its own, and how long each rests."""
    rests: dict[str, VisibilityTimeout] = {}
    for event in events:
        if event.outcome_name == "kept" and not event.is_requeued:
            seconds = event.record.backoff(requested_wait(event))
            before = rests.get(event.record.id)
            if before is None or before.seconds < seconds:
                rests[event.record.id] = VisibilityTimeout(event.record.receipt_handle, seconds)
    return rests


def requested_wait(event: Event) -> int:
    """The seconds for which Mixpanel has asked, for any of its operations."""
    return max((one.wait for one in event.outcomes if isinstance(one, Kept)), default=0)
