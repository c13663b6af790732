"""Metrics and log lines of deletions, without personal data."""

from typing import TYPE_CHECKING, Final

from aws_lambda_powertools.metrics import MetricUnit

from rudder_mixpanel.deletion.overview import Overview
from rudder_mixpanel.deletion.step import Tally
from rudder_mixpanel.documented import Documented
from rudder_mixpanel.regulations.model import RegulationState

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics


class DeletionMetric(Documented):
    """Every metric of deletions, with its explanation."""

    REQUESTS = ("DeletionRequests", "Requests to Mixpanel's deletion API.")
    COMPLETED = ("DeletionsCompleted", "Regulations whose deletion Mixpanel reports as done.")
    FAILED = (
        "DeletionsFailed",
        "Regulations with an id that Mixpanel has failed to delete twice, alone.",
    )
    CANCELED = ("RegulationsCanceled", "Regulations that were canceled.")
    OVER_AGE = (
        "DeletionsOverAge",
        "Regulations that are not deleted after 20 days, each counted once a day.",
    )
    REFUSED = (
        "DeletionTokenRefused",
        "Requests whose GDPR token, or for profiles the project's token, Mixpanel rejected.",
    )
    MISDIRECTED = (
        "DeletionsMisdirected",
        "Requests that not Mixpanel's API has answered, but a wrong address or a proxy.",
    )
    CONFIGURATION_ERRORS = (
        "DeletionConfigurationErrors",
        "Requests not sent because settings or the secret for deletions are missing or invalid.",
    )
    BUGS = ("DeletionInternalErrors", "Chunks whose step failed in our own code.")
    TABLES = ("RegulationTablesUnavailable", "Invocations in which a table did not respond.")
    TOKEN_AGE = (
        "GdprTokenAgeDays",
        "Days since the secret with the GDPR token was written; tokens expire after a year.",
    )
    WAITING = (
        "RegulationsWaiting",
        "Regulations whose deletion Mixpanel does not have yet. Emitted while any is open.",
    )
    AT_MIXPANEL = (
        "RegulationsAtMixpanel",
        "Regulations whose deletion Mixpanel has not finished. Emitted while any is open.",
    )
    CANCELLING = (
        "RegulationsCancelling",
        "Regulations whose cancellation is not carried out yet. Emitted while any is open.",
    )
    DAYS_LEFT = (
        "DeletionDaysLeft",
        "Days until the oldest open deletion was requested 30 days ago; negative after that.",
    )


# The states of open regulations, by the metric that counts them.
STATES: Final = {
    DeletionMetric.WAITING: (
        RegulationState.ACCEPTING,
        RegulationState.WAITING,
        RegulationState.CREATING,
        RegulationState.CONFLICTED,
    ),
    DeletionMetric.AT_MIXPANEL: (RegulationState.REQUESTED,),
    DeletionMetric.CANCELLING: (RegulationState.CANCELLING,),
}


def emit_deletion_metrics(
    tally: Tally,
    token_age: float | None,
    *,
    logger: "Logger",
    metrics: "Metrics",
    destination_id: str,
) -> None:
    """Emit what an invocation has done, and log what an operator has to fix."""
    metrics.add_dimension(name="destination", value=destination_id)
    counts = counts_of(tally)
    for metric, count in counts.items():
        metrics.add_metric(name=metric, unit=MetricUnit.Count, value=count)
    if token_age is not None:
        age = round(token_age, 2)
        metrics.add_metric(name=DeletionMetric.TOKEN_AGE, unit=MetricUnit.NoUnit, value=age)
    for error in dict.fromkeys(tally.configuration_errors):
        logger.error("deletion postponed", reason=error)
    for location in dict.fromkeys(tally.bugs):
        logger.error("internal error", reason=location)
    if tally.requests_over_age:
        fields = {"regulations": tally.over_age, "requests": tally.requests_over_age}
        logger.error("not deleted after 20 days", extra=fields)
    for error in dict.fromkeys(tally.tables_unavailable):
        logger.warning("table unavailable", reason=error)
    if any(counts.values()):
        fields = {str(metric): count for metric, count in counts.items()}
        logger.info("regulations processed", extra=fields)


def emit_overview(overview: Overview | None, metrics: "Metrics") -> None:
    """Emit the open regulations; each state by itself is metadata, which costs no metric."""
    if overview is None:
        return
    states = overview.states
    for metric, counted in STATES.items():
        count = sum(states.get(state, 0) for state in counted)
        metrics.add_metric(name=metric, unit=MetricUnit.Count, value=count)
    if overview.days_left is not None:
        days = round(overview.days_left, 2)
        metrics.add_metric(name=DeletionMetric.DAYS_LEFT, unit=MetricUnit.NoUnit, value=days)
    metrics.add_metadata("regulations", {str(state): count for state, count in states.items()})


def counts_of(tally: Tally) -> dict[DeletionMetric, int]:
    """The metrics of an invocation that are counts."""
    return {
        DeletionMetric.REQUESTS: tally.requests,
        DeletionMetric.COMPLETED: tally.completed,
        DeletionMetric.FAILED: tally.failed,
        DeletionMetric.CANCELED: tally.canceled,
        DeletionMetric.OVER_AGE: tally.over_age,
        DeletionMetric.REFUSED: tally.tokens_refused,
        DeletionMetric.MISDIRECTED: tally.misdirected,
        DeletionMetric.CONFIGURATION_ERRORS: len(tally.configuration_errors),
        DeletionMetric.BUGS: len(tally.bugs),
        DeletionMetric.TABLES: int(bool(tally.tables_unavailable)),
    }
