"""Metrics are kept by minute, and read from log lines in the embedded metric format."""

import pytest

from tests.fakes.alarms.metrics import Metric, Metrics

LINE = {
    "_aws": {
        "Timestamp": 120_500,
        "CloudWatchMetrics": [
            {
                "Namespace": "RudderMixpanel",
                "Dimensions": [["destination", "service"]],
                "Metrics": [{"Name": "Kept"}, {"Name": "DeliverySeconds"}],
            }
        ],
    },
    "service": "deliver_events",
    "destination": "default",
    "codes": {"THROTTLED": 3},
    "Kept": [3],
    "DeliverySeconds": [0.5, 1.5],
}
DIMENSIONS = {"service": "deliver_events", "destination": "default"}


def test_log_line_is_read_as_metrics() -> None:
    """With its dimensions, at its time; a list has several values."""
    metrics = Metrics()
    metrics.put_log_line(LINE)
    found = [
        metrics.statistic(Metric.of("RudderMixpanel", name, **DIMENSIONS), "Sum", 2, 3)
        for name in ("Kept", "DeliverySeconds", "codes")
    ]
    assert found == [3, 2, None]


def test_period_has_its_first_minute_and_not_its_last() -> None:
    """As in CloudWatch, where a period begins at its time stamp."""
    metrics, metric = Metrics(), Metric.of("N", "M")
    for minute in range(5):
        metrics.put(metric, minute, 10**minute)
    assert metrics.statistic(metric, "Sum", 1, 3) == 110


def test_metric_with_other_dimensions_is_another() -> None:
    """An alarm with wrong dimensions would never fire."""
    metrics = Metrics()
    metrics.put_log_line(LINE)
    assert metrics.statistic(Metric.of("RudderMixpanel", "Kept"), "Sum", 0, 9) is None


def test_values_arrive_in_order() -> None:
    """So that what was evaluated stays true."""
    metrics, metric = Metrics(), Metric.of("N", "M")
    metrics.put(metric, 5, 1)
    with pytest.raises(ValueError, match="4"):
        metrics.put(metric, 4, 1)
