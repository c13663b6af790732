"""What became of a batch, as metrics and as log lines without anybody's data."""

from collections import Counter
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from aws_lambda_powertools.metrics import MetricUnit

from rudder_mixpanel.accounts import Account, Event
from rudder_mixpanel.answers import Delivered
from rudder_mixpanel.delivery import Delivery
from rudder_mixpanel.errors import Code

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics


class Metric(StrEnum):
    """Every metric that delivery emits, each with the sentence that explains it."""

    explanation: str

    def __new__(cls, name: str, explanation: str) -> Self:
        """Make a member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.explanation = explanation
        return member

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
    LEFT_OUT = ("LeftOut", "Charges and increments whose value is no number; the event is sent.")


def report(
    delivery: Delivery, *, logger: "Logger", metrics: "Metrics", destination_id: str, now: datetime
) -> None:
    """Emit the account of a delivery, and say why each undelivered event is undelivered."""
    account = Account.of(delivery.events)
    metrics.add_dimension(name="destination", value=destination_id)
    for metric, value in measures(delivery, account, now).items():
        unit = MetricUnit.Seconds if metric is Metric.OLDEST_KEPT_SECONDS else MetricUnit.Count
        metrics.add_metric(name=metric, unit=unit, value=value)
    for event in delivery.events:
        log_event(event, logger)
    if delivery.misconfigured is not None:
        logger.error(
            "destination misconfigured, every event is kept",
            code=delivery.misconfigured.code,
            setting=delivery.misconfigured.setting,
            expected=delivery.misconfigured.expected,
        )
    logger.info("batch settled", extra={metric.lower(): count for metric, count in counts(account)})


def measures(delivery: Delivery, account: Account, now: datetime) -> dict[Metric, float]:
    """Every metric with its value."""
    codes = Counter(code_of(event) for event in delivery.events)
    ages = [(now - event.first_sent).total_seconds() for event in delivery.events if event.held]
    refused = codes[Code.WRONG_SETTINGS] or codes[Code.CREDENTIALS_REFUSED]
    return {
        **dict(counts(account)),
        Metric.OLDEST_KEPT_SECONDS: max(ages, default=0),
        Metric.CONFIGURATION_ERRORS: min(refused, 1),
        Metric.INTERNAL_ERRORS: codes[Code.INTERNAL_ERROR],
        Metric.LEFT_OUT: sum(len(event.left_out) for event in delivery.events),
    }


def counts(account: Account) -> list[tuple[Metric, int]]:
    """The account's counts under their metrics."""
    return [
        (Metric.RECEIVED, account.received),
        (Metric.DELIVERED, account.delivered),
        (Metric.FILTERED, account.filtered),
        (Metric.SUPPRESSED, account.suppressed),
        (Metric.REJECTED, account.rejected),
        (Metric.KEPT, account.kept),
    ]


def code_of(event: Event) -> Code | None:
    """Why an event is not delivered, or None when it is."""
    outcome = event.outcome
    return None if isinstance(outcome, Delivered) else outcome.code


def log_event(event: Event, logger: "Logger") -> None:
    """One line for an event that was not delivered: its name and why, never what it says."""
    outcome = event.outcome
    if isinstance(outcome, Delivered):
        return
    say = logger.error if outcome.code is Code.INTERNAL_ERROR else logger.warning
    own_words = outcome.message if outcome.code is not Code.REFUSED_BY_MIXPANEL else ""
    say(
        f"event {event.fate}",
        code=outcome.code,
        reason=own_words,
        message_id=event.message_id,
        record_id=event.record_id,
    )
