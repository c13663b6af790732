"""A batch of SQS records is delivered, rejected or kept, and every event of it accounted for."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypedDict

from rudder_mixpanel.delivery.counters import Told, send_counters
from rudder_mixpanel.delivery.dispatch import (
    NO_TIME_LEFT,
    Couriers,
    TimeLeft,
    couriers,
    send_repeatable,
)
from rudder_mixpanel.delivery.disposition import expire, settle, staying
from rudder_mixpanel.delivery.event import Event, Filtered, message_id_of
from rudder_mixpanel.delivery.filters import filtered
from rudder_mixpanel.delivery.ports import Invocation, World
from rudder_mixpanel.delivery.record import Record, SqsRecord
from rudder_mixpanel.delivery.suppression_check import Gate
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import Unreadable, events_in
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent, whereabouts
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mixpanel.ingestion import Mixpanel
from rudder_mixpanel.mixpanel.responses import Kept, Refused

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
        return {"batchItemFailures": [{"itemIdentifier": one} for one in staying(self.events)]}


def deliver(records: Sequence[SqsRecord], world: World, run: Invocation) -> Delivery:
    """Deliver every event of the records."""
    if not records:
        return Delivery([])
    gate: Gate | None = None
    mixpanel: Mixpanel | None = None
    try:
        gate = Gate(world.suppressions(), run.now)
        mixpanel = world.mixpanel()
        decide = partial(plan, destination=mixpanel.destination)
    except ConfigurationError as error:
        decide = partial(Event.settle, outcome=wrong(error))
    events = taken(records, world.destination_id, run.time_left, decide)
    if gate is not None:
        gate.hold_back(events)
    if gate is not None and mixpanel is not None:
        told: Told = {}
        for way in ways_of(events, mixpanel, run.time_left, gate):
            send_repeatable(way.events, way.by)
            send_counters(way.events, way.by, world.ledger, run.claimant(), told)
    expire(events, run.now())
    if gate is not None:
        gate.hold_back_refused(events, run.time_left)
    settle(events, world, run)
    if gate is not None:
        # Last, since it only matters to reports.
        gate.count(events, run.time_left)
    return Delivery(events)


def taken(
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
        full = no_more(size, time_left) is not None
        for event in [unopened(record)] if full else events_of(record, destination_id):
            if (wait := no_more(size, time_left)) is None:
                decide(event)
            else:
                event.settle(wait)
            size += EVENT_BYTES + event.weight
            events.append(event)
    return events


def no_more(size: int, time_left: TimeLeft) -> Kept | None:
    """Why no further event is taken of a batch that has so many bytes; None when one may be."""
    if size > MOST_BYTES:
        return Kept(Code.NO_ROOM_LEFT, "the memory is full", untouched=True)
    return NO_TIME_LEFT if time_left() < TIME_TO_SEND else None


@dataclass(frozen=True, slots=True)
class Way:
    """Events that may share requests, and what carries these."""

    events: list[Event]
    by: Couriers


def ways_of(
    events: Iterable[Event], mixpanel: Mixpanel, time_left: TimeLeft, gate: Gate
) -> list[Way]:
    """The events that are to be sent, by connection: one, unless dynamic settings name others."""
    ways: dict[Hashable, Way] = {}
    for event in events:
        if (there := event.destination) is None:
            continue
        if there.connection not in ways:
            by = couriers(replace(mixpanel, destination=there), time_left, gate)
            ways[there.connection] = Way([], by)
        ways[there.connection].events.append(event)
    return list(ways.values())


def events_of(sqs_record: SqsRecord, destination_id: str) -> list[Event]:
    """The events of one record."""
    record = Record.of(sqs_record)
    found = events_in(record.body, destination_id=destination_id)
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


def unopened(sqs_record: SqsRecord) -> Event:
    """A record as if it were one event, for which it counts until there is room to open it."""
    record = Record.of(sqs_record)
    return Event(record, 0, Unreadable(record.body, "not opened"))


def plan(event: Event, destination: Destination) -> None:
    """Map an event, or settle it as filtered or refused; so is what our own code cannot do."""
    found = event.found
    if isinstance(found, Unreadable):
        event.settle(Refused(found.code, found.why))
        return
    try:
        if reason := filtered(found, destination):
            event.settle(Filtered(reason))
            return
        event.destination, message = destination.for_event(found)
        operations, left_out = map_message(
            message, event.destination, now=event.record.first_sent_at
        )
        event.plan(operations, left_out)
    except RejectedEvent as rejected:
        event.settle(Refused(rejected.code, rejected.message, rejected.field))
    except ConfigurationError as error:
        event.settle(wrong(error))
    except Exception as error:  # noqa: BLE001 - one event's surprise is not its mates' fate
        event.settle(Refused(Code.INTERNAL_ERROR, whereabouts(error)))


def wrong(error: ConfigurationError) -> Kept:
    """Kept until somebody mends the destination."""
    return Kept(Code.WRONG_SETTINGS, str(error), untouched=True)
