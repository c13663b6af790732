"""The outcomes of a batch as metrics."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.event import Account, Event, OutcomeName
from rudder_mixpanel.documented import Documented
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.outcomes import Kept, Rejected

if TYPE_CHECKING:
    from aws_lambda_powertools import Metrics

# Codes that a retry does not fix.
MISCONFIGURED: Final = frozenset(
    {
        Code.WRONG_SETTINGS,
        Code.CREDENTIALS_REFUSED,
        Code.REFUSED_FOR_NOW,
        Code.URL_OR_HEADERS_TOO_LONG,
        Code.WRONG_SERVER,
    }
)


# Values of a distribution. Powertools writes all metrics, in a line of their own, as soon as one of
# them has 100 values.
MOST_QUANTILES: Final = 99


class DeliveryMetric(Documented):
    """The metrics that delivery emits."""

    RECEIVED = (
        "Received",
        "Events received: delivered + filtered + suppressed + rejected + kept.",
    )
    DELIVERED = ("Delivered", "Events that Mixpanel accepted.")
    FILTERED = ("Filtered", "Events that the destination's filters exclude.")
    SUPPRESSED = ("Suppressed", "Events of users whose data must not be sent.")
    REJECTED = ("Rejected", "Events that can never be delivered; they are in the rejected queue.")
    KEPT = ("Kept", "Events that stay on the queue and are retried.")
    OLDEST_KEPT_SECONDS = (
        "OldestKeptSeconds",
        "Age of the oldest kept event, since the queue first received it; not of `PROFILE_BUSY`.",
    )
    CONFIGURATION_ERRORS = (
        "ConfigurationErrors",
        "Invocations that met what a retry does not fix: settings, credentials, refusals.",
    )
    WRONG_SUPPRESSION_KEY = (
        "WrongSuppressionKey",
        "Events kept because the suppressed users belong to another key. Emitted when above 0.",
    )
    SUPERSEDED = (
        "Superseded",
        "Events with an update that is older than the profile's values. Emitted when above 0.",
    )
    INTERNAL_ERRORS = (
        "InternalErrors",
        "Events that failed because of a bug in rudder-mixpanel; please report it.",
    )
    LEFT_OUT = (
        "LeftOut",
        "Parts of delivered events that are not sent, or that Mixpanel cuts or overwrites.",
    )
    DELIVERY_SECONDS = (
        "DeliverySeconds",
        "From when the queue first received a delivered event to Mixpanel's answer.",
    )
    EVENT_AGE_SECONDS = (
        "EventAgeSeconds",
        "From a delivered event's own time to Mixpanel's answer; not of profile updates.",
    )


def emit_delivery_metrics(
    delivery: Delivery, metrics: "Metrics", *, destination_id: str, now: datetime
) -> None:
    """Emit the metrics of a delivery, and counts by code, endpoint and reason as metadata.

    As dimensions, each of them would be a metric of its own to pay for.
    """
    metrics.add_dimension(name="destination", value=destination_id)
    codes, left_out = count_codes(delivery), count_left_out(delivery)
    for metric, value in metric_values(delivery, codes, left_out, now).items():
        seconds = metric is DeliveryMetric.OLDEST_KEPT_SECONDS
        unit = MetricUnit.Seconds if seconds else MetricUnit.Count
        metrics.add_metric(name=metric, unit=unit, value=value)
    for metric, seconds_each in latencies(delivery).items():
        emit_distribution(metrics, metric, seconds_each)
    counts = {
        "codes": dict(codes),
        "endpoints": dict(count_endpoints(delivery)),
        "left_out": dict(left_out),
        "answers": answer_counts(delivery),
    }
    for name, count in counts.items():
        if count:
            metrics.add_metadata(name, count)


def answer_counts(delivery: Delivery) -> list[dict[str, Any]]:
    """How often each endpoint gave which answer, as a list: Logs Insights can unnest no map."""
    return [
        {"endpoint": endpoint, "status": status, "requests": count}
        for endpoint, counter in delivery.answers.items()
        for status, count in counter.items()
    ]


def emit_distribution(metrics: "Metrics", metric: DeliveryMetric, seconds: Sequence[float]) -> None:
    """Emit quantiles of a metric, from which CloudWatch computes percentiles, if there are any."""
    values = quantiles(seconds)
    if values:
        metrics.add_metric(name=metric, unit=MetricUnit.Seconds, value=values[0])
        # `add_metric` formats all values again for each, which takes milliseconds.
        metrics.metric_set[metric]["Value"] += values[1:]


def quantiles(values: Sequence[float]) -> list[float]:
    """All values in order, or MOST_QUANTILES of them that represent equal parts of all."""
    in_order, count = sorted(values), len(values)
    if count <= MOST_QUANTILES:
        return in_order
    return [
        in_order[(2 * index + 1) * count // (2 * MOST_QUANTILES)] for index in range(MOST_QUANTILES)
    ]


def latencies(delivery: Delivery) -> dict[DeliveryMetric, list[float]]:
    """How many seconds it took to deliver each event, and how old each then was."""
    answered_at = since_epoch(delivery.answered_at)
    delivered = delivery.by_outcome["delivered"]
    since = {
        DeliveryMetric.DELIVERY_SECONDS: [event.record.first_sent_at for event in delivered],
        DeliveryMetric.EVENT_AGE_SECONDS: [
            operation.time for event in delivered for operation in event.taken_events()
        ],
    }
    # Because of clock skew, an event may be newer than the answer.
    return {
        metric: [max(answered_at - time, 0) / 1000 for time in times]
        for metric, times in since.items()
    }


def metric_values(
    delivery: Delivery, codes: Counter[str], left_out: Counter[str], now: datetime
) -> dict[DeliveryMetric, float]:
    """Every metric with its value."""
    kept = delivery.by_outcome["kept"]
    return {
        **account_metrics(delivery.account),
        DeliveryMetric.OLDEST_KEPT_SECONDS: oldest_seconds(
            (event for event in kept if not event.waits_shortly), now
        ),
        DeliveryMetric.CONFIGURATION_ERRORS: int(is_misconfigured(kept)),
        DeliveryMetric.INTERNAL_ERRORS: codes[Code.INTERNAL_ERROR] + codes[Code.UNSETTLED],
        DeliveryMetric.LEFT_OUT: left_out.total(),
        **rare_metrics(delivery, codes),
    }


def rare_metrics(delivery: Delivery, codes: Counter[str]) -> dict[DeliveryMetric, float]:
    """The metrics above 0 of what most stacks never have, and need not pay for."""
    rare: dict[DeliveryMetric, float] = {
        DeliveryMetric.WRONG_SUPPRESSION_KEY: codes[Code.WRONG_SUPPRESSION_KEY],
        DeliveryMetric.SUPERSEDED: sum(event.is_superseded for event in delivery.events),
    }
    return {metric: count for metric, count in rare.items() if count}


def account_metrics(account: Account) -> dict[DeliveryMetric, int]:
    """The counts of an account, by metric."""
    return {
        DeliveryMetric.RECEIVED: account.received,
        DeliveryMetric.DELIVERED: account.delivered,
        DeliveryMetric.FILTERED: account.filtered,
        DeliveryMetric.SUPPRESSED: account.suppressed,
        DeliveryMetric.REJECTED: account.rejected,
        DeliveryMetric.KEPT: account.kept,
    }


def oldest_seconds(events: Iterable[Event], now: datetime) -> float:
    """The age of the oldest event; 0 if there is none."""
    # Because of clock skew, an event may have been sent after now.
    return max([0.0, *((now - event.record.first_sent).total_seconds() for event in events)])


def is_misconfigured(events: Iterable[Event]) -> bool:
    """Whether an operation of the events is kept for what a retry does not fix."""
    outcomes = (outcome for event in events for outcome in event.outcomes)
    return any(isinstance(outcome, Kept) and outcome.code in MISCONFIGURED for outcome in outcomes)


def events_with(delivery: Delivery, *outcomes: OutcomeName) -> Iterator[Event]:
    """The events with one of these outcomes."""
    return chain.from_iterable(delivery.by_outcome[name] for name in outcomes)


def count_codes(delivery: Delivery) -> Counter[str]:
    """How many events were rejected or kept, by code."""
    outcomes = [event.outcome for event in events_with(delivery, "rejected", "kept")]
    return Counter(
        str(outcome.code) for outcome in outcomes if isinstance(outcome, Rejected | Kept)
    )


def count_left_out(delivery: Delivery) -> Counter[str]:
    """How many parts of delivered events were left out, by reason."""
    return Counter(
        str(reason) for event in delivery.by_outcome["delivered"] for reason in event.left_out
    )


def count_endpoints(delivery: Delivery) -> Counter[str]:
    """How many operations were rejected or kept, by endpoint."""
    return Counter(
        operation.endpoint
        # A suppressed event can have a rejected operation.
        for event in events_with(delivery, "suppressed", "rejected", "kept")
        for operation, outcome in event.results()
        if isinstance(outcome, Rejected | Kept)
    )
