"""The metrics of receiving."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from rudder_mixpanel.documented import Documented

if TYPE_CHECKING:
    from aws_lambda_powertools import Metrics


class ReceivingMetric(Documented):
    """The metrics that receiving emits."""

    TIME_REPLACED = (
        "TimeReplaced",
        "Times in received events that cannot be read, and are replaced. Emitted when above 0.",
    )


def emit_receiving_metrics(times_replaced: int, metrics: "Metrics") -> None:
    """Emit what a request is counted for; nothing when there is nothing to count."""
    if times_replaced:
        metrics.add_metric(
            name=ReceivingMetric.TIME_REPLACED, unit=MetricUnit.Count, value=times_replaced
        )
        metrics.flush_metrics()
