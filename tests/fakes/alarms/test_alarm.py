"""An alarm's state follows the examples of CloudWatch's documentation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from typing import Any

import pytest

from tests.fakes.alarms.alarm import Alarm, Rule, State
from tests.fakes.alarms.metrics import Metric, Metrics
from tests.fakes.alarms.watch import Change, Watch

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
POINTS = {"X": True, "0": False, "-": None}
OK, ALARM, INSUFFICIENT = State.OK, State.ALARM, State.INSUFFICIENT_DATA
# What a test has as the current state: "Retain current state" gives it back.
CURRENT = State.INSUFFICIENT_DATA
QUEUE = Metric.of("AWS/SQS", "Age", QueueName="events")


def states(periods: int, points: int, example: str) -> list[State]:
    """The state after an example, for each treatment of missing data."""
    shown = [POINTS[point] for point in example.split()]
    rules = [Rule(periods, points, treatment) for treatment in TREATMENTS]
    return [rule.state(shown, CURRENT) for rule in rules]


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("0 - X - X", [OK, OK, OK, OK]),
        ("- - - - 0", [OK, OK, OK, OK]),
        ("- - - - -", [INSUFFICIENT, CURRENT, ALARM, OK]),
        ("0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
        ("- - X - -", [ALARM, CURRENT, ALARM, OK]),
    ],
)
def test_three_of_three_points(example: str, expected: list[State]) -> None:
    """The first table of "How alarm state is evaluated when data is missing"."""
    assert states(3, 3, example) == expected


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        ("0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
        ("0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
        ("0 - X - -", [OK, OK, ALARM, OK]),
        ("- - - - 0", [OK, OK, ALARM, OK]),
        ("- - - X -", [ALARM, CURRENT, ALARM, OK]),
    ],
)
def test_two_of_three_points(example: str, expected: list[State]) -> None:
    """The second table of "How alarm state is evaluated when data is missing"."""
    assert states(3, 2, example) == expected


@pytest.mark.parametrize("example", ["- - - - X", "- - - X -"])
def test_no_alarm_is_premature(example: str) -> None:
    """The examples of "Avoiding premature transitions to alarm state"."""
    assert ALARM not in states(3, 3, example)[:2]


def declared(**properties: Any) -> Alarm:
    """An alarm on the age of a queue's oldest message, at a value above 10."""
    return Alarm.of(
        {
            "AlarmName": "stack: Old messages",
            "Namespace": "AWS/SQS",
            "MetricName": "Age",
            "Dimensions": [{"Name": "QueueName", "Value": "events"}],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 10,
            "TreatMissingData": "notBreaching",
            **properties,
        }
    )


def changes(alarm: Alarm, values: dict[int, float], minutes: int) -> list[tuple[int, str]]:
    """When the alarm changes its state, with these values by minute."""
    metrics = Metrics()
    watch = Watch([alarm], metrics)
    for minute in range(minutes):
        watch.evaluate(minute)
        if minute in values:
            metrics.put(QUEUE, minute, values[minute])
    assert all(isinstance(change, Change) for change in watch.changes)
    return [(change.minute, change.state.value) for change in watch.changes]


def test_period_ends_in_each_minute() -> None:
    """A value of minute 7 counts from minute 8 on; the periods of the range still find it later."""
    assert changes(declared(), {7: 11}, 60) == [(0, "OK"), (8, "ALARM"), (23, "OK")]


def test_new_value_replaces_those_of_earlier_periods() -> None:
    """The most recent period with a value decides."""
    values = {7: 11.0, 12: 3.0}
    assert changes(declared(), values, 60) == [(0, "OK"), (8, "ALARM"), (13, "OK")]


@pytest.mark.parametrize(
    ("comparison", "statistic", "fires"),
    [
        ("GreaterThanThreshold", "Maximum", True),
        ("GreaterThanThreshold", "Minimum", False),
        ("GreaterThanOrEqualToThreshold", "Average", True),
        ("LessThanThreshold", "Sum", False),
        ("LessThanOrEqualToThreshold", "SampleCount", True),
    ],
)
def test_statistics_and_comparisons(comparison: str, statistic: str, *, fires: bool) -> None:
    """Of the values 8 and 12, against the threshold 10."""
    metrics = Metrics()
    metrics.put(QUEUE, 1, 8, 12)
    alarm = declared(ComparisonOperator=comparison, Statistic=statistic)
    assert alarm.point(metrics, 5) is fires


def test_silence_is_an_alarm_only_where_missing_data_breaches() -> None:
    """Two more periods than those to evaluate must be without a value."""
    alarm = declared(
        Period=60,
        EvaluationPeriods=15,
        ComparisonOperator="LessThanThreshold",
        Threshold=1,
        TreatMissingData="breaching",
    )
    assert changes(alarm, dict.fromkeys(range(30), 1.0), 60) == [
        (0, "ALARM"),
        (1, "OK"),
        (47, "ALARM"),
    ]


@pytest.mark.parametrize("properties", [{"Period": 30}, {"Period": 86_400, "EvaluationPeriods": 2}])
def test_alarm_that_is_not_evaluated_each_minute_is_refused(properties: dict[str, Any]) -> None:
    """CloudWatch evaluates one of more than a day each hour, and one of seconds more often."""
    with pytest.raises(NotImplementedError):
        declared(**properties)
