"""The outcomes of a batch as log lines, without personal data."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.event import Event, Filtered
from rudder_mixpanel.delivery.metrics import MISCONFIGURED, account_metrics
from rudder_mixpanel.delivery.receipts import RECEIPTS, receipt_lines
from rudder_mixpanel.destination.setting_warnings import SettingWarning
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.log_ids import loggable_id
from rudder_mixpanel.mixpanel.outcomes import Delivered, Kept, Rejected, Suppressed

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

ERRORS: Final = MISCONFIGURED | {Code.INTERNAL_ERROR, Code.UNSETTLED}


def log_delivery(delivery: Delivery, logger: "Logger") -> None:
    """Log each undelivered event with its reason, and the counts of the batch."""
    log_undelivered(delivery.events, logger)
    log_kept(delivery.events, logger)
    for fields in receipt_lines(delivery.events):
        logger.info(RECEIPTS, **fields)
    counts = account_metrics(delivery.account)
    logger.info("batch processed", extra={name.lower(): count for name, count in counts.items()})


def log_setting_warnings(warnings: Iterable[SettingWarning], logger: "Logger") -> None:
    """Log what is probably wrong with the settings."""
    for setting, reason in warnings:
        logger.warning("check the settings", setting=setting, reason=reason)


def log_undelivered(events: Iterable[Event], logger: "Logger") -> None:
    """Log a line for each event that was not delivered: its ids and the reason, never its data."""
    for event in events:
        match event.outcome:
            case Filtered(reason):
                logger.info("event filtered", reason=reason, **log_ids(event))
            case Kept(code, reason):
                logger.info("event kept", code=code, reason=reason, **log_ids(event))
            case Rejected(code, reason):
                log = log_method(code, logger)
                log("event rejected", code=code, reason=reason, **log_ids(event))
            case Suppressed():
                logger.info("event suppressed", **log_ids(event))
            case Delivered():
                pass


def log_method(code: Code, logger: "Logger") -> Callable[..., None]:
    """The method that logs a code at its level."""
    return logger.error if code in ERRORS else logger.warning


def log_ids(event: Event) -> dict[str, Any]:
    """The ids of an event: its messageId, or the hash of it, and its record's id."""
    return {"message_id": loggable_id(event.message_id), "record_id": event.record.id}


def log_kept(events: Iterable[Event], logger: "Logger") -> None:
    """Log one line for each reason to keep events: an outage has few reasons and many events."""
    reasons = Counter(
        (outcome.code, outcome.message)
        for event in events
        if isinstance(outcome := event.outcome, Kept)
    )
    for (code, reason), count in reasons.items():
        log_method(code, logger)("events kept", code=code, reason=reason, events=count)
