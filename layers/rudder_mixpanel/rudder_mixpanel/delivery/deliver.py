"""A batch of SQS records is delivered, rejected or kept, and every event of it accounted for."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypedDict

from rudder_mixpanel.aws.sqs import TimeLeft
from rudder_mixpanel.delivery.counters import OutcomesByKey, send_counters
from rudder_mixpanel.delivery.dispatch import (
    NO_TIME_LEFT,
    Senders,
    send_repeatable,
    senders_for,
)
from rudder_mixpanel.delivery.disposition import dispose_events, expire_events, kept_records
from rudder_mixpanel.delivery.event import Event, Filtered, message_id_of
from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.delivery.ports import DeliveryDependencies, Invocation
from rudder_mixpanel.delivery.record import Record, SqsRecord
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import Unreadable, read_events
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent, exception_location
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.responses import Kept, Rejected

# A batch of 2,000 is planned in a second, and in some megabytes. One that was made to take far more
# must not end the process: what is planned by then is sent, and the rest comes again.
TIME_TO_SEND: Final = 35_000
MOST_BYTES: Final = 100_000_000
# What is kept of an event beside what is sent for it. RudderStack's are longer than what this lets
# into six megabytes, which is all that Lambda hands over.
EVENT_BYTES: Final = 4000


class BatchResponse(TypedDict):
    """What Lambda wants to know: which records stay on the queue."""

    batchItemFailures: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a batch."""

    events: list[Event]

    @property
    def response(self) -> BatchResponse:
        """The records that stay on the queue."""
        return {"batchItemFailures": [{"itemIdentifier": one} for one in kept_records(self.events)]}


def deliver(records: Sequence[SqsRecord], world: DeliveryDependencies, run: Invocation) -> Delivery:
    """Deliver every event of the records."""
    if not records:
        return Delivery([])
    gate: SuppressionCheck | None = None
    mixpanel: IngestionClient | None = None
    try:
        gate = SuppressionCheck(world.suppression_lookup(), run.now)
        mixpanel = world.mixpanel()
        decide = partial(plan_event, destination=mixpanel.destination)
    except ConfigurationError as error:
        decide = partial(Event.decide, outcome=kept_for_settings(error))
    events = plan_batch(records, world.destination_id, run.time_left, decide)
    if gate is not None:
        gate.suppress(events)
    if gate is not None and mixpanel is not None:
        told: OutcomesByKey = {}
        for way in routes_of(events, mixpanel, run.time_left, gate):
            send_repeatable(way.events, way.senders)
            send_counters(way.events, way.senders, world.ledger, run.claimant(), told)
    expire_events(events, run.now())
    if gate is not None:
        gate.suppress_rejected(events, run.time_left)
    dispose_events(events, world, run)
    if gate is not None:
        # Last, since it only matters to reports.
        gate.count(events, run.time_left)
    return Delivery(events)


def plan_batch(
    records: Iterable[SqsRecord],
    destination_id: str,
    time_left: TimeLeft,
    decide: Callable[[Event], None],
) -> list[Event]:
    """The events of the records, each decided while what was just decoded is in the cache.

    When there is no more room or time, events are kept, and records even unopened.
    """
    events: list[Event] = []
    size = 0
    for record in records:
        full = reason_to_stop(size, time_left) is not None
        for event in [unopened_event(record)] if full else open_record(record, destination_id):
            if (wait := reason_to_stop(size, time_left)) is None:
                decide(event)
            else:
                event.decide(wait)
            size += EVENT_BYTES + event.size
            events.append(event)
    return events


def reason_to_stop(size: int, time_left: TimeLeft) -> Kept | None:
    """Why no further event is taken of a batch that has so many bytes; None when one may be."""
    if size > MOST_BYTES:
        return Kept(Code.NO_ROOM_LEFT, "the memory is full", not_applied=True)
    return NO_TIME_LEFT if time_left() < TIME_TO_SEND else None


@dataclass(frozen=True, slots=True)
class Route:
    """Events that may share requests, and what carries these."""

    events: list[Event]
    senders: Senders


def routes_of(
    events: Iterable[Event], mixpanel: IngestionClient, time_left: TimeLeft, gate: SuppressionCheck
) -> list[Route]:
    """The events that are to be sent, by connection: one, unless dynamic settings name others."""
    ways: dict[Hashable, Route] = {}
    for event in events:
        if (there := event.destination) is None:
            continue
        if there.connection not in ways:
            by = senders_for(replace(mixpanel, destination=there), time_left, gate)
            ways[there.connection] = Route([], by)
        ways[there.connection].events.append(event)
    return list(ways.values())


def open_record(sqs_record: SqsRecord, destination_id: str) -> list[Event]:
    """The events of one record."""
    record = Record.of(sqs_record)
    found = read_events(record.body, destination_id=destination_id)
    if not found:
        found = [Unreadable(record.body, "an envelope without an event")]
    return [
        Event(
            record,
            place,
            one,
            destination_id=destination_id,
            message_id=message_id_of(one),
        )
        for place, one in enumerate(found)
    ]


def unopened_event(sqs_record: SqsRecord) -> Event:
    """A record as if it were one event, for which it counts until there is room to open it."""
    record = Record.of(sqs_record)
    return Event(record, 0, Unreadable(record.body, "not opened"))


def plan_event(event: Event, destination: Destination) -> None:
    """Map an event, or settle it as filtered or refused; so is what our own code cannot do."""
    found = event.item
    if isinstance(found, Unreadable):
        event.decide(Rejected(found.code, found.why))
        return
    try:
        if reason := filter_reason(found, destination):
            event.decide(Filtered(reason))
            return
        event.destination, message = destination.for_event(found)
        operations, left_out = map_message(
            message, event.destination, now=event.record.first_sent_at
        )
        event.plan(operations, left_out)
    except RejectedEvent as rejected:
        event.decide(Rejected(rejected.code, rejected.message, rejected.field))
    except ConfigurationError as error:
        event.decide(kept_for_settings(error))
    except Exception as error:  # noqa: BLE001 - one event's surprise is not its mates' fate
        event.decide(Rejected(Code.INTERNAL_ERROR, exception_location(error)))


def kept_for_settings(error: ConfigurationError) -> Kept:
    """Kept until somebody mends the destination."""
    return Kept(Code.WRONG_SETTINGS, str(error), not_applied=True)
