"""Operations that may be repeated are sent in lanes, and each gets its outcome."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from math import ceil
from typing import Final, Protocol

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.sender import Senders
from rudder_mixpanel.delivery.side_by_side import SideBySide, threads_side_by_side
from rudder_mixpanel.errors import Code, exception_location
from rudder_mixpanel.mixpanel.batching import LIMITS, RequestLimit, pack_requests
from rudder_mixpanel.mixpanel.operations import LANES, Lane, Operation
from rudder_mixpanel.mixpanel.outcomes import Kept

# An event, and the index of one of its operations
type Slot = tuple[Event, int]

# Mixpanel joins events and profiles when it is queried, so these lanes need not wait for another.
REPEATABLE_LANES: Final[tuple[Lane, ...]] = ("import", "track", "identity", "engage", "groups")
# Requests of one lane side by side. Those with updates of one profile follow each other.
MOST_STREAMS: Final = 4


class UpdateOrder(Protocol):
    """How the updates of profiles are sent so that newer values win."""

    def send(self, lane: Lane, slots: list[Slot], senders: Senders) -> None:
        """Send the updates of a stream; those of a profile that is busy get no outcome."""
        ...


def send_repeatable(
    events: Iterable[Event],
    senders: Senders,
    order: UpdateOrder | None = None,
    side_by_side: SideBySide = threads_side_by_side,
) -> None:
    """Send the operations that may be sent twice, side by side, and set their outcomes.

    Without an order, updates of profiles are sent as they come.
    """
    by_lane: dict[Lane, list[Slot]] = {lane: [] for lane in REPEATABLE_LANES}
    for lane, slot in unsent_slots(events, repeatable=True):
        by_lane[lane].append(slot)
    side_by_side(
        [
            partial(send_stream, lane, stream, senders, order)
            for lane, slots in by_lane.items()
            for stream in streams_of(lane, slots, senders)
        ]
    )


def unsent_slots(events: Iterable[Event], *, repeatable: bool) -> Iterator[tuple[Lane, Slot]]:
    """The operations without an outcome and their lanes, either the repeatable or the others."""
    for event in events:
        for index, operation in enumerate(event.operations):
            if event.outcomes[index] is None and operation.repeatable is repeatable:
                yield operation.lane, (event, index)


def operation_of(slot: Slot) -> Operation:
    """The operation in a slot."""
    event, index = slot
    return event.operations[index]


def streams_of(lane: Lane, slots: list[Slot], senders: Senders) -> list[list[Slot]]:
    """The operations of a lane in as many streams as they need requests, at most MOST_STREAMS.

    All operations of a profile are in one stream, in order. Events have no profile, and one stream.
    """
    if not slots:
        return []
    limit = limit_of(lane, senders)
    size = sum(len(operation_of(slot).encoded) for slot in slots)
    requests = max(ceil(len(slots) / limit.operations), ceil(size / limit.bytes))
    streams: list[list[Slot]] = [[] for _ in range(min(requests, MOST_STREAMS))]
    streams_by_profile: dict[tuple[str, ...], list[Slot]] = {}
    for slot in slots:
        profile = operation_of(slot).profile if len(streams) > 1 else ()
        if (stream := streams_by_profile.get(profile)) is None:
            stream = streams_by_profile[profile] = min(streams, key=len)
        stream.append(slot)
    return [stream for stream in streams if stream]


def send_stream(
    lane: Lane, slots: list[Slot], senders: Senders, order: UpdateOrder | None = None
) -> None:
    """Send the operations of one stream, in order, and set their outcomes.

    An unexpected exception keeps those that have none yet, and does not affect other streams.
    """
    try:
        if order is not None and lane in {"engage", "groups"}:
            order.send(lane, slots, senders)
        else:
            send_in_order(lane, slots, senders)
    except Exception as error:  # noqa: BLE001 - a bug in one stream must not end the batch
        keep_unsettled(slots, error)


def send_in_order(lane: Lane, slots: list[Slot], senders: Senders) -> None:
    """Send the operations of one stream, in order, and set their outcomes."""
    remaining = iter(slots)
    operations = map(operation_of, slots)
    for request in pack_requests(operations, partial(limit_of, lane, senders)):
        for outcome in senders[request.endpoint].send(request):
            event, index = next(remaining)
            event.outcomes[index] = outcome


def keep_unsettled(slots: Iterable[Slot], error: Exception) -> None:
    """Keep the operations without an outcome, with the location of a bug."""
    for event, index in slots:
        if event.outcomes[index] is None:
            event.outcomes[index] = Kept(Code.UNSETTLED, exception_location(error))


def limit_of(lane: Lane, senders: Senders) -> RequestLimit:
    """The current limit of a request of a lane, which a 413 may have lowered."""
    limit, endpoint = LIMITS[lane], LANES[lane]
    most = senders[endpoint].mixpanel.most_bytes.get(endpoint)
    return limit if most is None else replace(limit, bytes=min(limit.bytes, most))
