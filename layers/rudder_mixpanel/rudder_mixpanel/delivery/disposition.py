"""Every event is disposed of: deleted with its record, rejected, requeued, or kept where it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from rudder_mixpanel.aws.sqs import (
    ATTRIBUTE_CHARACTERS,
    OutgoingMessage,
    Queue,
    VisibilityTimeout,
    storable_body,
)
from rudder_mixpanel.aws.time_limits import TIME_FOR_A_CALL, TimeLeft
from rudder_mixpanel.delivery.backoff import backoff_of, is_overdue
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import DeliveryDependencies, Invocation
from rudder_mixpanel.delivery.record import AS_NOT_APPLIED, FIRST_SENT_AT, OPERATIONS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import NO_TIME_LEFT, Kept, Rejected

NOT_STORED: Final = Kept(Code.REJECTION_NOT_STORED, "the rejected queue did not accept it")


def dispose_events(
    events: Sequence[Event], dependencies: DeliveryDependencies, invocation: Invocation
) -> None:
    """Dispose of all events of a batch, record by record in the order of the batch."""
    events_queue, time_left = dependencies.events_queue, invocation.time_left
    # Requeue before rejecting: a record that cannot be requeued completely is received again as a
    # whole, and its rejected events would be stored twice.
    requeue_events(events, events_queue, time_left)
    reject_events(events, dependencies.rejected_queue, time_left)
    # An event that could not be stored in the rejected queue is kept, too.
    requeue_events(events, events_queue, time_left)
    events_queue.extend_visibility(list(kept_records(events).values()), time_left)


def expire_events(events: Iterable[Event], now: datetime) -> None:
    """Reject the events that have been kept for too long, with the reason why they were kept."""
    for event in events:
        kept = event.outcome
        if isinstance(kept, Kept) and is_overdue(event, now):
            event.decide(Rejected(Code.EXPIRED, f"{kept.code}: {kept.message}", quote=kept.quote))


def requeue_events(events: Iterable[Event], queue: Queue, time_left: TimeLeft) -> None:
    """Send the kept events of shared records back to the queue, each as a record of its own.

    The other events of such a record are finished, and would only be sent twice. If one of the kept
    events does not reach the queue, its whole record stays; so does a record that is kept
    completely.
    """
    records = [list(siblings) for _, siblings in groupby(events, lambda event: event.record.id)]
    shared = [
        (siblings, kept)
        for siblings in records
        if 0 < len(kept := requeueable(siblings)) < len(siblings)
    ]
    send_back([event for _, kept in shared for event in kept if fits(event)], queue, time_left)
    for siblings, kept in shared:
        if not all(event.is_requeued for event in kept):
            keep_record(siblings)


def requeueable(siblings: Iterable[Event]) -> list[Event]:
    """The events of a record that are kept and not requeued yet."""
    return [event for event in siblings if event.outcome_name == "kept" and not event.is_requeued]


def fits(event: Event) -> bool:
    """Whether an event fits into a message of its own, without its siblings."""
    return storable_body(event.body, event.record.body) is not event.record.body


def send_back(events: Sequence[Event], queue: Queue, time_left: TimeLeft) -> None:
    """Send each event to the events queue, and note whether that succeeded."""
    accepted = queue.send([requeued_message(event) for event in events], time_left)
    for event, is_accepted in zip(events, accepted, strict=True):
        event.is_requeued = is_accepted


def requeued_message(event: Event) -> OutgoingMessage:
    """The message of a requeued event: its body, when it was first sent, and what is left to do."""
    attributes = {
        FIRST_SENT_AT: event.record.first_sent.isoformat(),
        OPERATIONS: operation_names(event),
        AS_NOT_APPLIED: str(event.record.not_applied_before or ""),
    }
    return OutgoingMessage(
        storable_body(event.body, event.record.body),
        attributes,
        backoff_of(event),
    )


def operation_names(event: Event) -> str:
    """The names of the operations left to do; empty, which means all, when there are many.

    For an event that was not mapped this time, they are those that its record names.
    """
    remaining = event.undelivered_operations if event.operations else sorted(event.record.only)
    names = ",".join(remaining)
    return names if len(names) <= ATTRIBUTE_CHARACTERS else ""


def keep_record(siblings: Iterable[Event]) -> None:
    """Keep the rejected events of a record that stays: they are received again with it."""
    for event in siblings:
        if event.outcome_name == "rejected" and not event.is_stored:
            event.decide(Kept(Code.RECORD_KEPT, "another event of its record is kept"))


def reject_events(events: Iterable[Event], queue: Queue, time_left: TimeLeft) -> None:
    """Store the rejected events in the rejected queue; keep those that it does not accept."""
    rejected = [event for event in events if event.outcome_name == "rejected"]
    stored = queue.send([rejection_message(event) for event in rejected], time_left)
    has_time = time_left() >= TIME_FOR_A_CALL
    for event, is_stored in zip(rejected, stored, strict=True):
        event.is_stored = is_stored
        if not is_stored:
            event.decide(NOT_STORED if has_time else NO_TIME_LEFT)


def rejection_message(event: Event) -> OutgoingMessage:
    """The message that stores a rejected event with its reason.

    Raises TypeError for an event that is not rejected.
    """
    outcome = event.outcome
    if not isinstance(outcome, Rejected):
        raise TypeError("expected a rejected event")
    attributes = {
        "code": outcome.code,
        "message": outcome.reason,
        "field": outcome.field,
        "endpoint": ",".join(event.rejected_endpoints),
        OPERATIONS: operation_names(event),
        FIRST_SENT_AT: event.record.first_sent.isoformat(),
    }
    return OutgoingMessage(storable_body(event.body, event.record.body), attributes)


def kept_records(events: Iterable[Event]) -> dict[str, VisibilityTimeout]:
    """The records with a kept event that is not requeued, by id, and how long they are kept."""
    timeouts: dict[str, VisibilityTimeout] = {}
    for event in requeueable(events):
        seconds = backoff_of(event)
        current = timeouts.get(event.record.id)
        if current is None or current.seconds < seconds:
            timeouts[event.record.id] = VisibilityTimeout(event.record.receipt_handle, seconds)
    return timeouts
