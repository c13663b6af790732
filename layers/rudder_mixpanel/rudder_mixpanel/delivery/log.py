"""The outcomes of a batch as log lines, without personal data."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.kept import kept_lines
from rudder_mixpanel.delivery.metrics import MISCONFIGURED, account_metrics
from rudder_mixpanel.delivery.receipts import RECEIPTS, receipt_lines
from rudder_mixpanel.destination.setting_warnings import SettingWarning
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.log_ids import loggable_id
from rudder_mixpanel.mixpanel.outcomes import Rejected
from rudder_mixpanel.mixpanel.words import loggable_words

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

# Two invocations that meet at a profile are part of normal work.
NORMAL: Final = frozenset({Code.PROFILE_BUSY})
ERRORS: Final = MISCONFIGURED | {Code.INTERNAL_ERROR, Code.UNSETTLED}


def log_delivery(delivery: Delivery, logger: "Logger") -> None:
    """Log rejected events, why events are kept, the receipts of all, and the counts."""
    log_rejected(delivery.by_outcome["rejected"], logger)
    for fields in kept_lines(delivery.by_outcome["kept"], delivery.answered_at):
        log_method(fields["code"], logger)("events kept", **fields)
    for fields in receipt_lines(delivery.events):
        logger.info(RECEIPTS, **fields)
    counts = account_metrics(delivery.account)
    logger.info("batch processed", extra={name.lower(): count for name, count in counts.items()})


def log_setting_warnings(warnings: Iterable[SettingWarning], logger: "Logger") -> None:
    """Log what is probably wrong with the settings."""
    for setting, reason in warnings:
        logger.warning("check the settings", setting=setting, reason=reason)


def log_rejected(events: Iterable[Event], logger: "Logger") -> None:
    """Log a line for each rejected event: its ids and the reason, never its data."""
    for event in events:
        if isinstance(outcome := event.outcome, Rejected):
            fields = rejection_fields(event, outcome)
            log_method(outcome.code, logger)("event rejected", **fields)


def rejection_fields(event: Event, rejected: Rejected) -> dict[str, Any]:
    """Why an event is rejected, and where it came from; `words` are Mixpanel's."""
    fields = {
        "code": rejected.code,
        "reason": rejected.message,
        "words": loggable_words(rejected.quote),
        "endpoint": ",".join(event.rejected_endpoints),
        "attempt": event.record.attempt,
        "message_id": loggable_id(event.message_id),
        "record_id": event.record.first_id,
    }
    return {name: value for name, value in fields.items() if value or name == "reason"}


def log_method(code: Code, logger: "Logger") -> Callable[..., None]:
    """The method that logs a code at its level."""
    if code in NORMAL:
        return logger.info
    return logger.error if code in ERRORS else logger.warning
