"""What was done for regulations, as metrics and as a log line without anybody's data."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from rudder_mixpanel.deletion.step import Tally
from rudder_mixpanel.documented import Documented

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics


class DeletionMetric(Documented):
    """Every metric that deletions emit, each with the sentence that explains it."""

    REQUESTS = ("DeletionRequests", "Requests to Mixpanel's deletion API.")
    COMPLETED = ("DeletionsCompleted", "Regulations whose deletion Mixpanel says is done.")
    FAILED = ("DeletionsFailed", "Regulations whose deletion Mixpanel says will not be done.")
    CANCELED = ("RegulationsCanceled", "Regulations that were cancelled.")
    OVER_AGE = (
        "DeletionsOverAge",
        "Regulations that were looked at, and were not deleted within 25 days.",
    )
    REFUSED = ("DeletionTokenRefused", "Requests for which Mixpanel refused the GDPR token.")
    CONFIGURATION_ERRORS = (
        "DeletionConfigurationErrors",
        "Requests not made because settings or the secret for deletions are missing or wrong.",
    )
    TABLES = ("RegulationTablesUnavailable", "Invocations in which a table did not answer.")
    TOKEN_AGE = (
        "GdprTokenAgeDays",
        "Days since the secret with the GDPR token was put; Mixpanel's tokens live for a year.",
    )


def emit_deletion_metrics(
    tally: Tally,
    token_age: float | None,
    *,
    logger: "Logger",
    metrics: "Metrics",
    destination_id: str,
) -> None:
    """Emit what an invocation has done, and say what somebody has to mend."""
    metrics.add_dimension(name="destination", value=destination_id)
    counts = {
        DeletionMetric.REQUESTS: tally.requests,
        DeletionMetric.COMPLETED: tally.completed,
        DeletionMetric.FAILED: tally.failed,
        DeletionMetric.CANCELED: tally.canceled,
        DeletionMetric.OVER_AGE: tally.over_age,
        DeletionMetric.REFUSED: tally.tokens_refused,
        DeletionMetric.CONFIGURATION_ERRORS: len(tally.configuration_errors),
        DeletionMetric.TABLES: int(bool(tally.tables_unavailable)),
    }
    for metric, count in counts.items():
        metrics.add_metric(name=metric, unit=MetricUnit.Count, value=count)
    if token_age is not None:
        metrics.add_metric(
            name=DeletionMetric.TOKEN_AGE, unit=MetricUnit.NoUnit, value=round(token_age, 2)
        )
    for error in dict.fromkeys(tally.configuration_errors):
        logger.error("deletion put off", reason=error)
    for error in dict.fromkeys(tally.tables_unavailable):
        logger.warning("table unavailable", reason=error)
    if any(counts.values()):
        logger.info("regulations worked on", extra={str(m): one for m, one in counts.items()})
