"""A batch of SQS records is delivered, rejected or kept, and every event of it accounted for."""

import gc
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, groupby
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, Protocol, TypedDict

from rudder_mixpanel.accounts import Event, Filtered
from rudder_mixpanel.answers import Kept, Refused
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.envelopes import Unreadable, events_in
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent
from rudder_mixpanel.filters import filtered
from rudder_mixpanel.lanes import (
    Couriers,
    TimeLeft,
    couriers,
    send_counters,
    send_repeatable,
    settle_at_most_once,
)
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.times import EPOCH, MILLISECOND, milliseconds
from rudder_mixpanel.mixpanel import Mixpanel
from rudder_mixpanel.rejected import RejectedQueue, Rejection, storable

type SqsRecord = Mapping[str, Any]


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


class World(Protocol):
    """What a delivery needs from outside."""

    @property
    def destination_id(self) -> str:
        """The destination whose events these are, as RudderStack calls it."""
        ...

    @property
    def rejected_queue(self) -> RejectedQueue:
        """Where events go that can never be delivered."""
        ...

    def mixpanel(self) -> Mixpanel:
        """Mixpanel as it is configured now; raises ConfigurationError."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a batch."""

    events: list[Event]

    @property
    def response(self) -> BatchResponse:
        """The records that hold a kept event."""
        records = dict.fromkeys(event.record_id for event in self.events if event.fate == "kept")
        return {"batchItemFailures": [{"itemIdentifier": record} for record in records]}


def deliver(records: Iterable[SqsRecord], world: World, *, time_left: TimeLeft) -> Delivery:
    """Deliver every event of the records; `time_left` tells the invocation's milliseconds."""
    arriving = (event for record in records for event in events_of(record, world.destination_id))
    first = next(arriving, None)
    if first is None:
        return Delivery([])
    try:
        mixpanel = world.mixpanel()
    except ConfigurationError as error:
        # Settled as they come: all of them together may not fit the memory.
        events = []
        for event in chain([first], arriving):
            event.settle(wrong(error))
            events.append(event)
        return Delivery(events)
    # One after the other, not stage by stage: what was just decoded is still in the processor's
    # cache.
    events = []
    for event in chain([first], arriving):
        plan(event, mixpanel.destination)
        events.append(event)
    ways = ways_of(events, mixpanel, time_left)
    for way in ways:
        send_repeatable(way.events, way.by)
    hold_back(events)
    # Rejections before counters: one that cannot be stored keeps its record, and a record that
    # comes again must not have counted yet.
    reject(events, world, time_left)
    hold_back(events)
    counting = [event for event in events if not (event.settled or event.held)]
    count(counting, ways)
    # A counter in doubt that cannot be reported is kept, and may count twice: better than silence.
    reject(counting, world, time_left)
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


def count(events: list[Event], ways: list[Way]) -> None:
    """Send counters; those of a record that goes several ways are one matter all the same.

    Where one was applied and another is kept, the record would come again with both.
    """
    slots = [(event, place) for event in events for place in unsent(event)]
    for way in ways:
        send_counters(
            [event for event in way.events if not event.settled and not event.held], way.by
        )
    if len(ways) > 1:
        for _, record in groupby(slots, lambda slot: slot[0].record_id):
            settle_at_most_once(list(record))


def unsent(event: Event) -> list[int]:
    """The places of operations that were not sent."""
    return [place for place, outcome in enumerate(event.outcomes) if outcome is None]


def events_of(record: SqsRecord, destination_id: str) -> list[Event]:
    """The events of one record."""
    body, first_sent = record["body"], first_sent_at(record)
    found = events_in(body, destination_id=destination_id)
    return [
        Event(record["messageId"], body, place, first_sent, one, destination_id=destination_id)
        for place, one in enumerate(found)
    ]


def first_sent_at(record: SqsRecord) -> datetime:
    """When the queue first took it: a replay tells so, or its times would change with it."""
    told = milliseconds(
        record.get("messageAttributes", {}).get("firstSentAt", {}).get("stringValue")
    )
    sent = int(record["attributes"]["SentTimestamp"])
    # Whoever sends to the queue can tell anything, but nothing is first sent after it was sent.
    return EPOCH + (sent if told is None else min(max(told, 0), sent)) * MILLISECOND


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
        mapped = map_message(message, event.destination, now=event.first_sent)
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


def hold_back(events: list[Event]) -> None:
    """Keep what is undelivered of a record that holds a kept event: it comes again as a whole."""
    records = {event.record_id for event in events if event.held}
    for event in events:
        if event.record_id in records and not event.held:
            event.settle(Kept(Code.RECORD_KEPT, "another event of its record is kept"))


def reject(events: list[Event], world: World, time_left: TimeLeft) -> None:
    """Store refused events in the rejected queue, with what of them is unsent refused as well."""
    rejections: list[tuple[Event, Rejection]] = []
    for event in events:
        if isinstance(refused := event.outcome, Refused):
            event.settle(refused)
            first_sent = event.first_sent.isoformat()
            body = storable(event.body, event.record_body)
            rejection = Rejection(body, refused, event.refused_by, first_sent)
            rejections.append((event, rejection))
    if not rejections:
        return
    stored = world.rejected_queue.store([rejection for _, rejection in rejections], time_left)
    for (event, _), is_stored in zip(rejections, stored, strict=True):
        if not is_stored:
            event.settle(Kept(Code.REJECTION_NOT_STORED, "the rejected queue did not take it"))
