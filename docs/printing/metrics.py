"""Tables of CloudWatch metrics."""

from docs.printing.errors import explanations
from rudder_mixpanel.deletion.metrics import DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric


def delivery_metrics() -> str:
    """The metrics of delivered events."""
    return explanations("metric", "what it counts", DeliveryMetric)


def deletion_metrics() -> str:
    """The metrics of regulations."""
    return explanations("metric", "what it counts", DeletionMetric)
