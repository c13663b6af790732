"""The events of a batch are read and mapped, as far as time and memory allow."""

from collections.abc import Callable, Iterable
from typing import Final

from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.backfill import backfill_operations
from rudder_mixpanel.delivery.event import Event, Filtered, message_id_of
from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.delivery.record import Record, SqsRecord
from rudder_mixpanel.delivery.remainder import Part, read_parts
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import Message, Unreadable, redact_body
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent, exception_location
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mixpanel.outcomes import NO_TIME_LEFT, Kept, Rejected

# Limits for a batch, in milliseconds left and in bytes. 2,000 ordinary events need a second and a
# few megabytes. A batch made to need far more must not end the process: what is planned when a
# limit is reached is sent, and the rest is retried.
TIME_TO_SEND: Final = 35_000
MOST_BYTES: Final = 100_000_000
# Memory of an event besides its operations. It limits a batch to 25,000 events: many more than real
# events in the 6 MB that Lambda passes to an invocation.
EVENT_BYTES: Final = 4000


def plan_batch(
    records: Iterable[SqsRecord],
    destination_id: str,
    time_left: TimeLeft,
    decide: Callable[[Event], None],
) -> list[Event]:
    """The events of the records, each passed to `decide`, which sets its operations or outcome.

    Beyond the limits of time and memory, events are kept, and records are not even opened.
    """
    events: list[Event] = []
    size = 0
    for record in records:
        full = reason_to_stop(size, time_left) is not None
        # An event is decided as soon as it is decoded, while it is in the processor's cache.
        for event in [unopened_event(record)] if full else open_record(record, destination_id):
            if (kept := reason_to_stop(size, time_left)) is None:
                decide(event)
            else:
                event.decide(kept)
            size += EVENT_BYTES + event.size
            events.append(event)
    return events


def reason_to_stop(size: int, time_left: TimeLeft) -> Kept | None:
    """Why no further event is planned in a batch of this size; None when one may be."""
    if size > MOST_BYTES:
        return Kept(Code.NO_ROOM_LEFT, "the batch needs too much memory", not_applied=True)
    return NO_TIME_LEFT if time_left() < TIME_TO_SEND else None


def open_record(sqs_record: SqsRecord, destination_id: str) -> list[Event]:
    """The events of one record."""
    record = Record.of(sqs_record)
    parts = read_parts(record.body, destination_id=destination_id, is_remainder=record.is_remainder)
    if not parts:
        parts = [Part(Unreadable(redact_body(record.body), "an envelope without an event"))]
    return [
        Event(
            record,
            index,
            part.item,
            only=part.operations or record.only,
            destination_id=destination_id,
            message_id=message_id_of(part.item),
        )
        for index, part in enumerate(parts)
    ]


def unopened_event(sqs_record: SqsRecord) -> Event:
    """A record that is not opened, as one event."""
    record = Record.of(sqs_record)
    return Event(record, 0, Unreadable(record.body, "not opened", is_raw=True), only=record.only)


def plan_event(event: Event, destination: Destination) -> None:
    """Set the operations of an event, or its outcome when it is filtered, rejected or kept.

    An unexpected exception rejects the event, and does not affect others.
    """
    item = event.item
    if isinstance(item, Unreadable):
        event.decide(Rejected(item.code, item.why))
        return
    try:
        map_event(event, item, destination)
    except RejectedEvent as error:
        event.decide(Rejected(error.code, error.message, error.field))
    except ConfigurationError as error:
        event.decide(kept_for_settings(error))
    except Exception as error:  # noqa: BLE001 - a bug with one event must not affect others
        event.decide(Rejected(Code.INTERNAL_ERROR, exception_location(error)))


def map_event(event: Event, message: Message, destination: Destination) -> None:
    """Filter a message or map it to operations.

    Raises RejectedEvent when it can never be delivered, ConfigurationError when the destination is
    at fault.
    """
    if reason := filter_reason(message, destination):
        event.decide(Filtered(reason))
        return
    event.destination, rest = destination.for_event(message)
    operations, left_out = map_message(rest, event.destination, now=event.record.first_sent_at)
    if event.record.backfill is None:
        event.plan(operations, left_out)
        return
    mode = event.record.backfill.under(newer_wins=event.destination.newer_wins)
    operations = backfill_operations(operations, mode, now=event.record.first_sent_at)
    if operations:
        event.plan(operations, left_out)
    else:
        event.decide(Filtered(mode.why_nothing))


def kept_for_settings(error: ConfigurationError) -> Kept:
    """The outcome of events that are kept until the destination's settings are fixed."""
    return Kept(Code.WRONG_SETTINGS, str(error), not_applied=True)
