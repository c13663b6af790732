"""Metrics as CloudWatch keeps them: for each minute the sum, number, minimum and maximum."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by its namespace, name and dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, **dimensions: str) -> "Metric":
        """A metric with these dimensions."""
        return cls(namespace, name, frozenset(dimensions.items()))


# What a statistic makes of all values of a period.
STATISTICS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}


@dataclass(slots=True)
class Series:
    """The values of one metric, in the order of their minutes."""

    minutes: list[int] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)

    def add(self, minute: int, values: Iterable[float]) -> None:
        """Add values of a minute; raises ValueError for one before the last."""
        if self.minutes and minute < self.minutes[-1]:
            raise ValueError(minute)
        if not self.minutes or minute > self.minutes[-1]:
            self.minutes.append(minute)
            self.values.append([])
        self.values[-1].extend(values)

    def between(self, start: int, end: int) -> list[float]:
        """The values of the minutes from `start` up to but without `end`."""
        first, last = bisect_left(self.minutes, start), bisect_left(self.minutes, end)
        return [value for values in self.values[first:last] for value in values]


class Metrics:
    """All metrics of an account."""

    def __init__(self) -> None:
        self.series: dict[Metric, Series] = {}

    def put(self, metric: Metric, minute: int, *values: float) -> None:
        """Add values of a metric; raises ValueError for a minute before its last."""
        self.series.setdefault(metric, Series()).add(minute, values)

    def put_log_line(self, line: Mapping[str, Any]) -> None:
        """Add the metrics of a log line in the embedded metric format.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
        """
        minute = line["_aws"]["Timestamp"] // 60_000
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                for declared in directive["Metrics"]:
                    metric = Metric(directive["Namespace"], declared["Name"], dimensions)
                    self.put(metric, minute, *as_list(line[declared["Name"]]))

    def statistic(self, metric: Metric, statistic: str, start: int, end: int) -> float | None:
        """A statistic of the minutes from `start` up to but without `end`; None without values."""
        series = self.series.get(metric)
        values = series.between(start, end) if series else []
        return STATISTICS[statistic](values) if values else None


def as_list(value: Any) -> list[float]:
    """A value of a log line, which may be a number or a list."""
    return value if isinstance(value, list) else [value]
