"""A batch of SQS records is delivered, rejected or kept, and every event in it accounted for."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Final, TypedDict

from rudder_mixpanel.delivery.counters import CounterClaims, send_counters
from rudder_mixpanel.delivery.credential_check import CredentialCheck
from rudder_mixpanel.delivery.dispatch import Route, choose_endpoints, count_answers, routes_for
from rudder_mixpanel.delivery.disposition import (
    expire_events,
    kept_records,
    return_kept,
    store_rejections,
)
from rudder_mixpanel.delivery.event import Account, Event, EventsByOutcome, group_by_outcome
from rudder_mixpanel.delivery.lanes import send_repeatable
from rudder_mixpanel.delivery.newer_wins import NewerWins, keep_busy
from rudder_mixpanel.delivery.plan import kept_for_settings, plan_batch, plan_event
from rudder_mixpanel.delivery.ports import DeliveryDependencies, Invocation
from rudder_mixpanel.delivery.record import SqsRecord
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.errors import ConfigurationError


class BatchResponse(TypedDict):
    """The function's response to Lambda: which records stay on the queue."""

    batchItemFailures: list[dict[str, str]]


@dataclass(frozen=True)
class Delivery:
    """The events of a batch, with their outcomes; `answered_at` is when Mixpanel had answered.

    `answers` counts Mixpanel's answers by endpoint and status; `forgotten_times` the properties of
    profiles for which there is no room to keep when they were set.
    """

    events: list[Event]
    answered_at: datetime
    answers: Mapping[str, Counter[str]] = field(default_factory=dict)
    forgotten_times: int = 0

    @cached_property
    def by_outcome(self) -> EventsByOutcome:
        """The events with each outcome, which must be certain when they are first asked for."""
        return group_by_outcome(self.events)

    @cached_property
    def account(self) -> Account:
        """How many events had each outcome."""
        return Account.of(self.by_outcome)

    @property
    def response(self) -> BatchResponse:
        """The records that stay on the queue."""
        kept = kept_records(self.by_outcome["kept"], self.answered_at)
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in kept]}


# The outcomes that can change after everything is sent.
UNFINISHED: Final = frozenset({"rejected", "kept"})

type Report = Callable[[Delivery], None]


def report_nothing(_delivery: Delivery) -> None:
    """Write no log and no metrics."""


def deliver(
    records: Sequence[SqsRecord],
    dependencies: DeliveryDependencies,
    invocation: Invocation,
    report: Report = report_nothing,
) -> Delivery:
    """Deliver every event of the records, and report what became of them.

    It is reported when all outcomes are certain, and before any record leaves the queue: if the
    process dies in between, its events are reported twice, but never not at all.

    SQS can return a record twice in a batch; its last receipt handle is the one that works.
    """
    records = list({record["messageId"]: record for record in records}.values())
    if not records:
        delivery = Delivery([], invocation.now())
        report(delivery)
        return delivery
    try:
        lookup = dependencies.suppression_lookup(invocation.time_left)
    except ConfigurationError as error:
        delivery = keep_batch(records, error, dependencies, invocation)
        finish(delivery, dependencies, invocation, report)
        return delivery
    check = SuppressionCheck(lookup, invocation.now)
    delivery = plan_and_send(records, check, dependencies, invocation)
    finish(delivery, dependencies, invocation, report, check)
    return delivery


def plan_and_send(
    records: Sequence[SqsRecord],
    check: SuppressionCheck,
    dependencies: DeliveryDependencies,
    invocation: Invocation,
) -> Delivery:
    """Map the events of the records, and send those of users who are not suppressed."""
    try:
        mixpanel = dependencies.mixpanel()
        profiles = dependencies.profile_store(invocation.time_left)
    except ConfigurationError as error:
        return keep_batch(records, error, dependencies, invocation)
    plan = partial(plan_event, destination=mixpanel.destination)
    events = plan_batch(records, dependencies.destination_id, invocation.time_left, plan)
    check.suppress(events)
    choose_endpoints(events, invocation.now())
    credentials = CredentialCheck(mixpanel, dependencies, invocation)
    routes = routes_for(events, mixpanel, invocation, check, credentials)
    newer_wins = NewerWins(profiles, invocation)
    send_routes(routes, newer_wins, dependencies, invocation)
    return Delivery(events, invocation.now(), count_answers(routes), newer_wins.forgotten)


def send_routes(
    routes: Sequence[Route],
    newer_wins: NewerWins,
    dependencies: DeliveryDependencies,
    invocation: Invocation,
) -> None:
    """Send what may be repeated, then the counters, and once more the updates of busy profiles."""
    claims = CounterClaims(dependencies.ledger, invocation.claimant())
    side_by_side = invocation.side_by_side
    for route in routes:
        order = newer_wins if route.newer_wins else None
        send_repeatable(route.events, route.senders, order, side_by_side)
        send_counters(route.events, route.senders, claims, order, side_by_side)
    newer_wins.patience = 0
    for route in routes:
        if route.newer_wins:
            send_repeatable(route.events, route.senders, newer_wins, side_by_side)
            keep_busy(route.events)


def keep_batch(
    records: Sequence[SqsRecord],
    error: ConfigurationError,
    dependencies: DeliveryDependencies,
    invocation: Invocation,
) -> Delivery:
    """The events of the records, kept until the destination's settings are fixed."""
    keep = partial(Event.decide, outcome=kept_for_settings(error))
    events = plan_batch(records, dependencies.destination_id, invocation.time_left, keep)
    return Delivery(events, invocation.now())


def finish(
    delivery: Delivery,
    dependencies: DeliveryDependencies,
    invocation: Invocation,
    report: Report,
    check: SuppressionCheck | None = None,
) -> None:
    """Dispose of all events; without a suppression check, nothing has been mapped or sent."""
    unfinished = [event for event in delivery.events if event.outcome_name in UNFINISHED]
    expire_events(unfinished, invocation.now())
    if check is not None:
        check.suppress_rejected(unfinished, invocation.time_left)
    store_rejections(unfinished, dependencies, invocation)
    report(delivery)
    if delivery.by_outcome["kept"]:
        return_kept(delivery.events, dependencies, invocation, delivery.answered_at)
    if check is not None:
        # Last, because only reports need it.
        check.count(delivery.by_outcome["suppressed"], invocation.time_left)
