"""Tables of CloudWatch metrics."""

from docs.printing.errors import explanations
from rudder_mixpanel.deletion.metrics import DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from rudder_mixpanel.receiving.metrics import ReceivingMetric


def delivery_metrics() -> str:
    """The metrics of delivered events."""
    return explanations("metric", "what it counts", DeliveryMetric)


def deletion_metrics() -> str:
    """The metrics of regulations."""
    return explanations("metric", "what it counts", DeletionMetric)


def receiving_metrics() -> str:
    """The metrics of events from SDKs and webhooks."""
    return explanations("metric", "what it counts", ReceivingMetric)
