"""An alarm as a template declares it, and the state that its metric gives it."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.fakes.alarms.metrics import Metric, Metrics

# How many periods more than those to evaluate CloudWatch looks for values in. The documentation
# does not say how many in general; in its examples there are two.
MORE_PERIODS: Final = 2
MINUTES_A_DAY: Final = 1440
COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class State(StrEnum):
    """The state of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


# Whether the value of each period breaches the threshold, the newest last; None without a value.
type Points = Sequence[bool | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """How many of how many periods must breach, and what a period without a value counts as."""

    evaluation_periods: int
    datapoints_to_alarm: int
    missing: str

    def state(self, points: Points, current: State) -> State:
        """The next state of an alarm with this rule, for the points of the evaluation range.

        The rules and the examples in test_alarm.py are those of "How alarm state is evaluated when
        data is missing" and "Avoiding premature transitions to alarm state":
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        """
        real = [point for point in points if point is not None]
        breaching = sum(real[-self.evaluation_periods :])
        absent = max(0, self.evaluation_periods - len(real))
        if absent and self.missing == "breaching":
            breaching += absent
        if breaching >= self.datapoints_to_alarm:
            return State.ALARM
        if absent and self.missing in {"missing", "ignore"}:
            return self.state_without_enough(points, current)
        return State.OK

    def state_without_enough(self, points: Points, current: State) -> State:
        """The state when values are missing that count as nothing."""
        real = [point for point in points if point is not None]
        if not real:
            return State.INSUFFICIENT_DATA if self.missing == "missing" else current
        oldest = next(index for index, point in enumerate(points) if point is not None)
        if all(real) and len(points) - oldest >= self.datapoints_to_alarm:
            return State.ALARM if self.missing == "missing" else current
        return State.OK


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on a statistic of one metric."""

    name: str
    metric: Metric
    statistic: str
    period: int  # in minutes
    rule: Rule
    comparison: str
    threshold: float

    @classmethod
    def of(cls, properties: Mapping[str, Any], text: Callable[[Any], str] = str) -> "Alarm":
        """The alarm of a template's resource; `text` resolves references.

        Raises NotImplementedError for one of more than a day, which CloudWatch evaluates otherwise.
        """
        periods, minutes = properties["EvaluationPeriods"], properties["Period"] // 60
        if minutes < 1 or periods * minutes > MINUTES_A_DAY:
            raise NotImplementedError(properties)
        return cls(
            name=text(properties["AlarmName"]).partition(": ")[2],
            metric=metric_of(properties, text),
            statistic=properties["Statistic"],
            period=minutes,
            rule=Rule(
                periods,
                properties.get("DatapointsToAlarm", periods),
                properties.get("TreatMissingData", "missing"),
            ),
            comparison=properties["ComparisonOperator"],
            threshold=properties["Threshold"],
        )

    def ends(self, minute: int) -> range:
        """The ends of the periods of the evaluation range, when evaluated at a minute.

        "For any period of one minute or longer, an alarm is evaluated every minute": a period of
        five minutes ends in any minute, not only in each fifth.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
        """
        count = self.rule.evaluation_periods + MORE_PERIODS
        return range(minute - (count - 1) * self.period, minute + 1, self.period)

    def point(self, metrics: Metrics, end: int) -> bool | None:
        """Whether the period before a minute breaches; None without a value."""
        value = metrics.statistic(self.metric, self.statistic, end - self.period, end)
        return None if value is None else COMPARISONS[self.comparison](value, self.threshold)


def metric_of(properties: Mapping[str, Any], text: Callable[[Any], str]) -> Metric:
    """The metric that an alarm watches."""
    dimensions = {each["Name"]: text(each["Value"]) for each in properties["Dimensions"]}
    return Metric.of(properties["Namespace"], properties["MetricName"], **dimensions)
