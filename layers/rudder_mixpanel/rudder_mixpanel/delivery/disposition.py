"""Every event is disposed of: deleted with its record, rejected, or kept on the queue.

A record is one message before and after: what is left of it goes back as one message, which SQS
accepts or not as a whole, and which replaces the record. So nothing multiplies, however often the
queue fails, and nothing that was delivered is sent again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from rudder_mixpanel.aws.sqs import (
    ATTRIBUTE_CHARACTERS,
    BODY_BYTES,
    OutgoingMessage,
    Queue,
    VisibilityTimeout,
    storable_body,
)
from rudder_mixpanel.aws.time_limits import TIME_FOR_A_CALL, TimeLeft
from rudder_mixpanel.delivery.backfill import BACKFILL
from rudder_mixpanel.delivery.backoff import backoff_of, is_overdue
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import DeliveryDependencies, Invocation
from rudder_mixpanel.delivery.record import (
    AS_NOT_APPLIED,
    EARLIER_ATTEMPTS,
    FIRST_RECORD_ID,
    FIRST_SENT_AT,
    OPERATIONS,
)
from rudder_mixpanel.delivery.remainder import REMAINDER, Part, remaining_parts, write_parts
from rudder_mixpanel.envelopes import escape_for_sqs
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import NO_TIME_LEFT, Kept, Rejected

NOT_STORED: Final = Kept(Code.REJECTION_NOT_STORED, "the rejected queue did not accept it")

# The events of one record, in order
type Siblings = list[Event]


def store_rejections(
    events: Sequence[Event], dependencies: DeliveryDependencies, invocation: Invocation
) -> None:
    """Store the rejected events of a batch. After this, no outcome changes."""
    for siblings in records_of(events):
        hold_rejections(siblings)
    reject_events(events, dependencies.rejected_queue, invocation.time_left)


def return_kept(
    events: Sequence[Event],
    dependencies: DeliveryDependencies,
    invocation: Invocation,
    now: datetime,
) -> None:
    """Replace the records of which a part is left, and set when the others are received again.

    `now` is the time by which the log says when that is.
    """
    queue, time_left = dependencies.events_queue, invocation.time_left
    kept = [siblings for siblings in records_of(events) if kept_events(siblings)]
    if kept:
        crowded = queue.is_crowded(time_left)
        replaced = [siblings for siblings in kept if crowded or has_progressed(siblings)]
        replace_records(replaced, queue, time_left, now)
        queue.extend_visibility(list(kept_records(events, now).values()), time_left)


def records_of(events: Iterable[Event]) -> list[Siblings]:
    """The events of each record."""
    return [list(siblings) for _, siblings in groupby(events, lambda event: event.record.id)]


def expire_events(events: Iterable[Event], now: datetime) -> None:
    """Reject the events that have been kept for too long, with the reason why they were kept."""
    for event in events:
        kept = event.outcome
        if isinstance(kept, Kept) and is_overdue(event, now):
            event.decide(Rejected(Code.EXPIRED, f"{kept.code}: {kept.message}", quote=kept.quote))


def kept_events(siblings: Iterable[Event]) -> list[Event]:
    """The events of a record that are kept and not requeued yet."""
    return [event for event in siblings if event.outcome_name == "kept" and not event.is_requeued]


def hold_rejections(siblings: Siblings) -> None:
    """Keep the rejected events of a record that has kept ones, until it has none.

    Two queues cannot be written at once. If an event were stored in the rejected queue and its
    record could not be replaced, it would be stored again each time the record is received.
    """
    if not kept_events(siblings):
        return
    for event in siblings:
        if isinstance(outcome := event.outcome, Rejected):
            event.decide(Kept(Code.RECORD_KEPT, f"rejected as {outcome.code}"))


def has_progressed(siblings: Siblings) -> bool:
    """Whether less of a record is left to do than it says."""
    return any(event.has_progressed for event in siblings)


def replace_records(
    records: Iterable[Siblings], queue: Queue, time_left: TimeLeft, now: datetime
) -> None:
    """Replace each record by one message with what is left of it; one that does not fit stays."""
    fitting = [
        (siblings, message)
        for siblings in records
        if (message := replacement_of(siblings, now)) is not None
    ]
    accepted = queue.send([message for _, message in fitting], time_left)
    replaced = [
        siblings
        for (siblings, _), is_accepted in zip(fitting, accepted, strict=True)
        if is_accepted
    ]
    # At once: if the process dies before, the record is received again beside its replacement.
    queue.delete([siblings[0].record.receipt_handle for siblings in replaced], time_left)
    for siblings in replaced:
        for event in kept_events(siblings):
            event.is_requeued = True


def replacement_of(siblings: Siblings, now: datetime) -> OutgoingMessage | None:
    """The message that replaces a record; None when it would not fit or could not be read."""
    record, kept = siblings[0].record, kept_events(siblings)
    attributes = {
        FIRST_SENT_AT: record.first_sent.isoformat(),
        FIRST_RECORD_ID: record.first_id,
        AS_NOT_APPLIED: str(record.not_applied_before or ""),
        EARLIER_ATTEMPTS: str(record.attempt),
        BACKFILL: record.backfill_text,
    }
    if has_progressed(siblings):
        parts = [Part(event.item, frozenset(event.remaining)) for event in kept]
        body = escape_for_sqs(write_parts(parts))
        if not is_readable(body, parts):
            return None
        attributes[REMAINDER] = "yes"
    else:
        # The same record, with a delay: it may not even have been opened.
        body = record.body
        attributes[OPERATIONS] = ",".join(sorted(record.only))
        attributes[REMAINDER] = "yes" if record.is_remainder else ""
    message = OutgoingMessage(body, attributes, max(backoff_of(event, now) for event in kept))
    return message if message.size <= BODY_BYTES else None


def is_readable(body: str, parts: Sequence[Part]) -> bool:
    """Whether all parts can be read again; an event can exceed the depth when it is nested."""
    return len(remaining_parts(body)) == len(parts)


def reject_events(events: Iterable[Event], queue: Queue, time_left: TimeLeft) -> None:
    """Store the rejected events in the rejected queue; keep those that it does not accept."""
    rejected = [event for event in events if event.outcome_name == "rejected"]
    stored = queue.send([rejection_message(event) for event in rejected], time_left)
    has_time = time_left() >= TIME_FOR_A_CALL
    for event, is_stored in zip(rejected, stored, strict=True):
        if not is_stored:
            event.decide(NOT_STORED if has_time else NO_TIME_LEFT)


def rejection_message(event: Event) -> OutgoingMessage:
    """The message that stores a rejected event with its reason.

    Raises TypeError for an event that is not rejected.
    """
    outcome = event.outcome
    if not isinstance(outcome, Rejected):
        raise TypeError("expected a rejected event")
    operations = ",".join(event.remaining)
    attributes = {
        "code": outcome.code,
        "message": outcome.reason,
        "field": outcome.field,
        "endpoint": ",".join(event.rejected_endpoints),
        # Empty, which means all, when there are many.
        OPERATIONS: operations if len(operations) <= ATTRIBUTE_CHARACTERS else "",
        FIRST_SENT_AT: event.record.first_sent.isoformat(),
        FIRST_RECORD_ID: event.record.first_id,
        BACKFILL: event.record.backfill_text,
    }
    return OutgoingMessage(storable_body(event.body, event.record.body), attributes)


def kept_records(events: Iterable[Event], now: datetime) -> dict[str, VisibilityTimeout]:
    """The records with a kept event that is not requeued, by id, and how long they are kept."""
    timeouts: dict[str, VisibilityTimeout] = {}
    for event in kept_events(events):
        seconds = backoff_of(event, now)
        current = timeouts.get(event.record.id)
        if current is None or current.seconds < seconds:
            timeouts[event.record.id] = VisibilityTimeout(event.record.receipt_handle, seconds)
    return timeouts
