"""The log lines with metrics that the functions write, at the time of a test's clock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Metrics as Emitter

from tests.fakes.alarms.metrics import Metrics


def collect(metrics: Metrics, service: str, now: datetime, emit: Callable[[Emitter], Any]) -> None:
    """Have a function emit into a line of its log, and read the line as CloudWatch does."""
    emitter = Emitter(namespace="RudderMixpanel", service=service)
    emitter.clear_metrics()
    emit(emitter)
    if emitter.metric_set:
        line = emitter.serialize_metric_set()
        line["_aws"]["Timestamp"] = round(now.timestamp() * 1000)
        metrics.put_log_line(line)
    emitter.clear_metrics()
