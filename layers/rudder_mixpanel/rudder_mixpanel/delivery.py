"""A batch of SQS records is delivered, rejected or kept, and every event of it accounted for."""

import gc
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from traceback import extract_tb
from typing import TypedDict

from rudder_mixpanel.accounts import Event, Filtered
from rudder_mixpanel.answers import Kept, Refused
from rudder_mixpanel.counters import send_counters
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.envelopes import Unreadable, events_in
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent
from rudder_mixpanel.filters import filtered
from rudder_mixpanel.lanes import Couriers, TimeLeft, couriers, send_repeatable
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mixpanel import Mixpanel
from rudder_mixpanel.records import Record, SqsRecord
from rudder_mixpanel.settling import settle, staying
from rudder_mixpanel.world import Invocation, World


def spare_the_collector() -> None:
    """Let Python's cycle collector rest, once a process.

    A batch makes a hundred thousand objects and hardly a cycle; to look them through again and
    again cost up to a fifth of the time where it was measured.
    """
    gc.freeze()
    gc.set_threshold(100_000)


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


def deliver(records: Iterable[SqsRecord], world: World, run: Invocation) -> Delivery:
    """Deliver every event of the records."""
    arriving = (event for record in records for event in events_of(record, world.destination_id))
    first = next(arriving, None)
    if first is None:
        return Delivery([])
    events = []
    try:
        mixpanel = world.mixpanel()
    except ConfigurationError as error:
        for event in chain([first], arriving):
            event.settle(wrong(error))
            events.append(event)
    else:
        # One after the other, not stage by stage: what was just decoded is still in the
        # processor's cache.
        for event in chain([first], arriving):
            plan(event, mixpanel.destination)
            events.append(event)
        for way in ways_of(events, mixpanel, run.time_left):
            send_repeatable(way.events, way.by)
            send_counters(way.events, way.by, world.ledger, run.claimant())
    settle(events, world, run)
    return Delivery(events)


@dataclass(frozen=True, slots=True)
class Way:
    """Events that may share requests, and what carries these."""

    events: list[Event]
    by: Couriers


def ways_of(events: Iterable[Event], mixpanel: Mixpanel, time_left: TimeLeft) -> list[Way]:
    """The events that are to be sent, by connection: one, unless dynamic settings name others."""
    ways: dict[Hashable, Way] = {}
    for event in events:
        if (there := event.destination) is None:
            continue
        if there.connection not in ways:
            by = couriers(Mixpanel(mixpanel.http, there), time_left)
            ways[there.connection] = Way([], by)
        ways[there.connection].events.append(event)
    return list(ways.values())


def events_of(sqs_record: SqsRecord, destination_id: str) -> list[Event]:
    """The events of one record."""
    record = Record.of(sqs_record)
    found = events_in(record.body, destination_id=destination_id)
    return [
        Event(record, place, one, destination_id=destination_id) for place, one in enumerate(found)
    ]


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
        mapped = map_message(message, event.destination, now=event.record.first_sent)
        event.plan(mapped.operations, mapped.left_out)
    except RejectedEvent as rejected:
        event.settle(Refused(rejected.code, rejected.message, rejected.field))
    except ConfigurationError as error:
        event.settle(wrong(error))
    except Exception as error:  # noqa: BLE001 - one event's surprise is not its mates' fate
        event.settle(Refused(Code.INTERNAL_ERROR, whereabouts(error)))


def wrong(error: ConfigurationError) -> Kept:
    """Kept until somebody mends the destination."""
    return Kept(Code.WRONG_SETTINGS, str(error), untouched=True)


def whereabouts(error: Exception) -> str:
    """An exception's type and place; its text may repeat a person's data."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"
