"""Events are assigned to connections, and to the endpoints that take them now."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from rudder_mixpanel.delivery.backoff import mark_final_refusals
from rudder_mixpanel.delivery.credential_check import CredentialCheck
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.sender import Senders, senders_for
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.ingestion import IngestionClient


@dataclass(frozen=True, slots=True)
class Route:
    """Events that may share requests, the senders for them, and whether newer updates win."""

    events: list[Event]
    senders: Senders
    newer_wins: bool


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
    mark_final_refusals(events, invocation.now())
    for event in events:
        if (destination := event.destination) is None:
            continue
        connection = destination.connection
        if connection not in routes:
            client = replace(mixpanel, destination=destination)
            senders = senders_for(client, invocation.time_left, suppression_check, credential_check)
            routes[connection] = Route([], senders, destination.newer_wins)
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


def choose_endpoints(events: Iterable[Event], now: datetime) -> None:
    """Choose the endpoint of each event by the time at which it is sent, and not by its arrival."""
    for event in events:
        if event.destination is not None and event.destination.ingestion_api == "track":
            event.operations = [
                operation.rerouted(since_epoch(now)) for operation in event.operations
            ]
