"""Operations are sent to Mixpanel in lanes, and each gets its outcome."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from rudder_mixpanel.delivery.backoff import final_refusals
from rudder_mixpanel.delivery.credential_check import CredentialCheck
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.sender import Senders, senders_for
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.errors import Code, exception_location
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.batching import LIMITS, RequestLimit, pack_requests
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import LANES, Lane
from rudder_mixpanel.mixpanel.outcomes import Kept

# An event, and the index of one of its operations
type Slot = tuple[Event, int]

# Mixpanel joins events and profiles when it is queried, so these lanes need not wait for another.
REPEATABLE_LANES: Final[tuple[Lane, ...]] = ("import", "track", "identity", "engage", "groups")


@dataclass(frozen=True, slots=True)
class Route:
    """Events that may share requests, and the senders for them."""

    events: list[Event]
    senders: Senders


def routes_for(
    events: Collection[Event],
    mixpanel: IngestionClient,
    invocation: Invocation,
    suppression_check: SuppressionCheck,
    credential_check: CredentialCheck,
) -> list[Route]:
    """The mapped events by connection: one route, unless dynamic settings name others.

    The stack's own is the first, then those with most events: tokens of no project, of which
    anybody can name many, must not use up what an invocation may take.
    """
    routes: dict[Hashable, Route] = {}
    is_final = final_refusals(events, invocation.now())
    for event in events:
        if (destination := event.destination) is None:
            continue
        connection = destination.connection
        if connection not in routes:
            client = replace(mixpanel, destination=destination)
            senders = senders_for(
                client, invocation.time_left, suppression_check, credential_check, is_final
            )
            routes[connection] = Route([], senders)
        routes[connection].events.append(event)
    own = mixpanel.destination.connection
    return [
        routes[connection]
        for connection in sorted(routes, key=lambda each: (each != own, -len(routes[each].events)))
    ]


def count_answers(routes: Iterable[Route]) -> dict[str, Counter[str]]:
    """How often each endpoint answered what: a status, or nothing."""
    answers: dict[str, Counter[str]] = {}
    for route in routes:
        for endpoint, sender in route.senders.items():
            if sender.answers:
                answers.setdefault(endpoint, Counter()).update(sender.answers)
    return answers


def unsent_slots(events: Iterable[Event], *, repeatable: bool) -> Iterator[tuple[Lane, Slot]]:
    """The operations without an outcome and their lanes, either the repeatable or the others."""
    for event in events:
        for index, operation in enumerate(event.operations):
            if event.outcomes[index] is None and operation.repeatable is repeatable:
                yield operation.lane, (event, index)


def choose_endpoints(events: Iterable[Event], now: datetime) -> None:
    """Choose the endpoint of each event by the time at which it is sent, and not by its arrival."""
    for event in events:
        if event.destination is not None and event.destination.ingestion_api == "track":
            event.operations = [
                operation.rerouted(since_epoch(now)) for operation in event.operations
            ]


def send_repeatable(events: Iterable[Event], senders: Senders) -> None:
    """Send the operations that may be sent twice, lanes concurrently, and set their outcomes."""
    by_lane: dict[Lane, list[Slot]] = {lane: [] for lane in REPEATABLE_LANES}
    for lane, slot in unsent_slots(events, repeatable=True):
        by_lane[lane].append(slot)
    # All lanes are joined at the end of the block: a thread that outlived the invocation would be
    # frozen with the container, and continue in the next invocation.
    with ThreadPoolExecutor(len(REPEATABLE_LANES)) as threads:
        futures = [
            threads.submit(send_lane, lane, slots, senders)
            for lane, slots in by_lane.items()
            if slots
        ]
    for future in futures:
        future.result()


def send_lane(lane: Lane, slots: list[Slot], senders: Senders) -> None:
    """Send the operations of one lane, in order, and set their outcomes.

    An unexpected exception keeps those that have none yet, and does not affect other lanes.
    """
    try:
        send_in_order(lane, slots, senders)
    except Exception as error:  # noqa: BLE001 - a bug in one lane must not end the batch
        keep_unsettled(slots, error)


def send_in_order(lane: Lane, slots: list[Slot], senders: Senders) -> None:
    """Send the operations of one lane, in order, and set their outcomes."""
    remaining = iter(slots)
    operations = (event.operations[index] for event, index in slots)
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
