"""Alarms: somebody hears of whatever the stack cannot mend by itself."""

import re
from pathlib import Path
from typing import Any

import pytest

from rudder_mixpanel.deletion.metrics import DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from tests.template.stack import Properties, Stack, target

ROOT = Path(__file__).parents[2]


def watched(alarm: Properties) -> tuple[str, str, dict[str, Any]]:
    """The metric that an alarm looks at."""
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], dimensions


def queue_alarms(stack: Stack, metric: str) -> set[str]:
    """The queues of which an alarm looks at this metric."""
    seen = [watched(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()]
    return {
        target(dimensions["QueueName"])
        for namespace, name, dimensions in seen
        if namespace == "AWS/SQS" and name == metric
    }


def test_every_dead_letter_queue_has_an_alarm(stack: Stack) -> None:
    """A single dead letter is heard of, wherever it lies."""
    assert queue_alarms(stack, "ApproximateNumberOfMessagesVisible") == stack.dead_letter_queues()


def test_dead_letter_alarms_ring_at_the_first(stack: Stack) -> None:
    """One dead letter is enough."""
    thresholds = [
        (alarm["ComparisonOperator"], alarm["Threshold"], alarm["EvaluationPeriods"])
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    ]
    assert set(thresholds) == {("GreaterThanThreshold", 0, 1)}


def test_rejected_events_are_not_left_unread(stack: Stack) -> None:
    """The rejected queue's oldest message rings long before it is deleted."""
    assert queue_alarms(stack, "ApproximateAgeOfOldestMessage") == {"RejectedQueue"}


@pytest.mark.parametrize(
    "metric", ["ConfigurationErrors", "InternalErrors", "Kept", "OldestKeptSeconds"]
)
def test_our_own_metrics_are_watched(stack: Stack, metric: str) -> None:
    """The alarm has the dimensions that the function's metrics have, to the letter."""
    found = [
        watched(alarm)
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
    ]
    dimensions = {"service": "deliver_events", "destination": {"Ref": "DestinationId"}}
    assert found == [("RudderMixpanel", metric, dimensions)]


@pytest.mark.parametrize(
    ("metric", "statistic", "seconds", "threshold"),
    [
        ("DeletionsFailed", "Sum", 300, 0),
        ("DeletionsOverAge", "Maximum", 86_400, 0),
        ("DeletionTokenRefused", "Sum", 3_600, 0),
        ("GdprTokenAgeDays", "Maximum", 86_400, 335),
        ("DeletionConfigurationErrors", "Sum", 3_600, 0),
        ("RegulationTablesUnavailable", "Sum", 900, 0),
    ],
)
def test_deletions_that_do_not_go_on_are_heard_of(
    stack: Stack, metric: str, statistic: str, seconds: int, threshold: int
) -> None:
    """Each reason has its own alarm; the token's rings thirty days before its year is over."""
    found = [
        (
            watched(alarm),
            alarm["Statistic"],
            alarm["Period"] * alarm["EvaluationPeriods"],
            alarm["ComparisonOperator"],
            alarm["Threshold"],
        )
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
    ]
    dimensions = {"service": "delete_users", "destination": {"Ref": "DestinationId"}}
    where = ("RudderMixpanel", metric, dimensions)
    assert found == [(where, statistic, seconds, "GreaterThanThreshold", threshold)]


def test_apis_that_answer_with_errors_are_heard_of(stack: Stack) -> None:
    """Under the names that they have."""
    apis = sorted(
        api["Name"]["Fn::Sub"] for api in stack.of_type("AWS::ApiGateway::RestApi").values()
    )
    found = [
        watched(alarm)[2]["ApiName"]["Fn::Sub"]
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "5XXError"
    ]
    assert sorted(found) == apis


def test_alarms_look_at_metrics_that_exist(stack: Stack) -> None:
    """An alarm on a metric that nobody emits would be silent for ever."""
    looked_at = {
        alarm["MetricName"]
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "RudderMixpanel"
    }
    emitted = {str(metric) for metric in (*DeliveryMetric, *DeletionMetric)}
    assert looked_at - emitted == set()


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched(stack: Stack, metric: str) -> None:
    """A function that crashes, or may not run, is heard of."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    seen = [watched(alarm) for alarm in alarms if alarm["Namespace"] == "AWS/Lambda"]
    functions = [
        target(dimensions["FunctionName"]) for _, name, dimensions in seen if name == metric
    ]
    assert sorted(functions) == sorted(stack.of_type("AWS::Lambda::Function"))


def test_every_alarm_rings_at_the_one_topic(stack: Stack) -> None:
    """All alarms act on the same topic, and silence is no alarm."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    found = {
        name: (alarm["AlarmActions"], alarm["TreatMissingData"]) for name, alarm in alarms.items()
    }
    assert found == dict.fromkeys(alarms, ([{"Ref": "AlarmsTopic"}], "notBreaching"))


def test_every_alarm_points_at_its_heading(stack: Stack) -> None:
    """An alarm's name ends with the heading that its description sends the reader to."""
    lost = [
        name
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
        if not alarm["AlarmDescription"].endswith(f'See "{heading(alarm)}" in docs/operating.md.')
    ]
    assert lost == []


def test_every_alarm_has_its_heading_in_the_operating_guide(stack: Stack) -> None:
    """Whoever is woken finds what to do under the alarm's own name."""
    alarms = {heading(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()}
    guide = (ROOT / "docs" / "operating.md").read_text()
    assert alarms - set(re.findall(r"^### (.+)$", guide, re.MULTILINE)) == set()


def heading(alarm: Properties) -> str:
    """An alarm's name without the stack's."""
    name: str = alarm["AlarmName"]["Fn::Sub"]
    return name.removeprefix("${AWS::StackName}: ")


def test_only_alarms_of_this_account_reach_the_topic(stack: Stack) -> None:
    """CloudWatch may publish, for this account only; the topic has no key it could not use."""
    topic = stack.of_type("AWS::SNS::Topic")["AlarmsTopic"]
    policy = stack.of_type("AWS::SNS::TopicPolicy")["AlarmsTopicPolicy"]
    granted = [
        (statement["Principal"], statement["Action"], statement["Condition"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    owned = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    cloudwatch = {"Service": "cloudwatch.amazonaws.com"}
    assert (granted, "KmsMasterKeyId" in topic) == ([(cloudwatch, "sns:Publish", owned)], False)


def test_nobody_is_subscribed_without_an_address(expanded: dict[str, Any]) -> None:
    """An empty AlarmEmail makes no subscription."""
    assert Stack(expanded, {"AlarmEmail": ""}).of_type("AWS::SNS::Subscription") == {}


def test_the_address_is_subscribed(expanded: dict[str, Any]) -> None:
    """AlarmEmail hears of every alarm."""
    stack = Stack(expanded, {"AlarmEmail": "on-call@example.com"})
    assert list(stack.of_type("AWS::SNS::Subscription").values()) == [
        {"TopicArn": {"Ref": "AlarmsTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    ]
