"""What became of a batch, as metrics and as log lines without anybody's data."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.event import Account, Event, Filtered
from rudder_mixpanel.documented import Documented
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.responses import Delivered, Kept, Rejected, Suppressed

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics

# What does not pass by itself.
MISCONFIGURED: Final = frozenset({Code.WRONG_SETTINGS, Code.CREDENTIALS_REFUSED})
ALARMING: Final = MISCONFIGURED | {Code.INTERNAL_ERROR, Code.UNSETTLED}
# A messageId that says no more than which message it is; an address, for one, is none.
PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class DeliveryMetric(Documented):
    """Every metric that delivery emits, each with the sentence that explains it."""

    RECEIVED = (
        "Received",
        "Events that came in: delivered + filtered + suppressed + rejected + kept.",
    )
    DELIVERED = ("Delivered", "Events that Mixpanel has.")
    FILTERED = ("Filtered", "Events that the destination's filters leave out.")
    SUPPRESSED = ("Suppressed", "Events of users whose data must not be sent.")
    REJECTED = ("Rejected", "Events that can never be delivered; they are in the rejected queue.")
    KEPT = ("Kept", "Events that stay on the queue and are tried again.")
    OLDEST_KEPT_SECONDS = (
        "OldestKeptSeconds",
        "Age of the oldest kept event, since the queue first took it.",
    )
    CONFIGURATION_ERRORS = (
        "ConfigurationErrors",
        "Invocations that found settings or credentials missing, wrong or refused.",
    )
    INTERNAL_ERRORS = ("InternalErrors", "Events on which our own code failed; please report.")
    LEFT_OUT = (
        "LeftOut",
        "Parts left out of delivered events: ids that name nobody, amounts that are no number.",
    )


def emit_delivery_metrics(
    delivery: Delivery, *, logger: "Logger", metrics: "Metrics", destination_id: str, now: datetime
) -> None:
    """Emit the account of a delivery, and say why what is undelivered is undelivered."""
    account = Account.of(delivery.events)
    metrics.add_dimension(name="destination", value=destination_id)
    for metric, value in measures(delivery, account, now).items():
        unit = (
            MetricUnit.Seconds if metric is DeliveryMetric.OLDEST_KEPT_SECONDS else MetricUnit.Count
        )
        metrics.add_metric(name=metric, unit=unit, value=value)
    for name, told in (("codes", count_codes(delivery)), ("endpoints", count_endpoints(delivery))):
        if told:
            metrics.add_metadata(name, dict(told))
    log_undelivered(delivery.events, logger)
    log_kept(delivery.events, logger)
    logger.info(
        "batch settled", extra={metric.lower(): count for metric, count in account_metrics(account)}
    )


def measures(delivery: Delivery, account: Account, now: datetime) -> dict[DeliveryMetric, float]:
    """Every metric with its value."""
    events = delivery.events
    kept = [event for event in events if event.outcome_name == "kept"]
    # Clocks differ: an event may have been sent a moment after now.
    ages = [0.0, *((now - event.record.first_sent).total_seconds() for event in kept)]
    reasons = {one.code for event in kept for one in event.outcomes if isinstance(one, Kept)}
    outcomes = [event.outcome for event in events]
    return {
        **dict(account_metrics(account)),
        DeliveryMetric.OLDEST_KEPT_SECONDS: max(ages),
        DeliveryMetric.CONFIGURATION_ERRORS: int(not reasons.isdisjoint(MISCONFIGURED)),
        DeliveryMetric.INTERNAL_ERRORS: sum(
            isinstance(one, Rejected) and one.code is Code.INTERNAL_ERROR for one in outcomes
        ),
        DeliveryMetric.LEFT_OUT: sum(
            len(event.left_out) for event in events if event.outcome_name == "delivered"
        ),
    }


def count_codes(delivery: Delivery) -> Counter[str]:
    """How many events were rejected or kept, by the reason.

    These stand beside the metrics for whoever searches the log: as dimensions, each would be a
    metric of its own to pay for.
    """
    outcomes = [event.outcome for event in delivery.events]
    return Counter(str(one.code) for one in outcomes if isinstance(one, Rejected | Kept))


def count_endpoints(delivery: Delivery) -> Counter[str]:
    """How many operations were refused or kept at each endpoint."""
    return Counter(
        operation.endpoint
        for event in delivery.events
        for operation, outcome in zip(event.operations, event.outcomes, strict=False)
        if isinstance(outcome, Rejected | Kept)
    )


def account_metrics(account: Account) -> list[tuple[DeliveryMetric, int]]:
    """The account's counts under their metrics."""
    return [
        (DeliveryMetric.RECEIVED, account.received),
        (DeliveryMetric.DELIVERED, account.delivered),
        (DeliveryMetric.FILTERED, account.filtered),
        (DeliveryMetric.SUPPRESSED, account.suppressed),
        (DeliveryMetric.REJECTED, account.rejected),
        (DeliveryMetric.KEPT, account.kept),
    ]


def log_undelivered(events: Iterable[Event], logger: "Logger") -> None:
    """One line for each event that was not delivered: its name and why, never what it says."""
    for event in events:
        match event.outcome:
            case Filtered(reason):
                logger.info("event filtered", reason=reason, **log_ids(event))
            case Kept(code, reason):
                logger.info("event kept", code=code, reason=reason, **log_ids(event))
            case Rejected(code, reason):
                say = logger.error if code in ALARMING else logger.warning
                say("event rejected", code=code, reason=reason, **log_ids(event))
            case Suppressed():
                logger.info("event suppressed", **log_ids(event))
            case Delivered():
                pass


def log_ids(event: Event) -> dict[str, Any]:
    """By what an event is found: its messageId where that tells nothing else, and its record."""
    plain = PLAIN_ID.fullmatch(event.message_id)
    return {"message_id": event.message_id if plain else "", "record_id": event.record.id}


def log_kept(events: Iterable[Event], logger: "Logger") -> None:
    """One warning for each reason to keep events: an outage has few reasons, and many events."""
    reasons = Counter(
        (outcome.code, outcome.message)
        for event in events
        if isinstance(outcome := event.outcome, Kept)
    )
    for (code, reason), count in reasons.items():
        say = logger.error if code in ALARMING else logger.warning
        say("events kept", code=code, reason=reason, events=count)
