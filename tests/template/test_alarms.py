"""Alarms: an operator is notified of everything that the stack cannot fix itself."""

import re
from pathlib import Path
from typing import Any

import pytest

from docs.printing.queues import NOTHING_LOST, QUEUES
from docs.printing.stops import anchor
from docs.printing.urgency import URGENCY
from rudder_mixpanel.deletion.metrics import DeletionMetric
from rudder_mixpanel.delivery.metrics import DeliveryMetric
from tests.template.stack import Properties, Stack, target

ROOT = Path(__file__).parents[2]


def metric_of(alarm: Properties) -> tuple[str, str, dict[str, Any]]:
    """The namespace, name and dimensions of an alarm's metric."""
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], dimensions


def queue_alarms(stack: Stack, metric: str) -> set[str]:
    """The queues whose metric of this name has an alarm."""
    metrics = [metric_of(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()]
    return {
        target(dimensions["QueueName"])
        for namespace, name, dimensions in metrics
        if namespace == "AWS/SQS" and name == metric
    }


def test_every_dead_letter_queue_has_an_alarm(stack: Stack) -> None:
    """A single dead letter is noticed, in whichever queue; of events, also a large number."""
    watched = stack.dead_letter_queues() | {"EventsQueue"}
    assert queue_alarms(stack, "ApproximateNumberOfMessagesVisible") == watched


def test_dead_letter_alarms_fire_at_the_first_message(stack: Stack) -> None:
    """The threshold is exceeded by one message in one period."""
    thresholds = [
        (alarm["ComparisonOperator"], alarm["Threshold"], alarm["EvaluationPeriods"])
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and target(metric_of(alarm)[2]["QueueName"]) != "EventsQueue"
    ]
    assert set(thresholds) == {("GreaterThanThreshold", 0, 1)}


def test_no_queue_is_left_unread(stack: Stack) -> None:
    """Each has an alarm on its age, unless a single message in it fires one."""
    queues = set(stack.of_type("AWS::SQS::Queue"))
    watched = queue_alarms(stack, "ApproximateAgeOfOldestMessage")
    assert watched | stack.dead_letter_queues() == queues


def test_every_queue_of_the_runbook_exists(stack: Stack) -> None:
    """And messages that somebody misses stay as long as SQS allows."""
    queues = stack.of_type("AWS::SQS::Queue")
    optional = {"UndeliveredByEventBridgeQueue"}
    kept = {name for name in queues if QUEUES[name].ends != NOTHING_LOST}
    retention = {queues[name]["MessageRetentionPeriod"] for name in kept}
    assert (set(QUEUES) - set(queues) - optional, retention) == (set(), {14 * 24 * 3600})


@pytest.mark.parametrize(
    ("metric", "alarms"),
    [
        ("ConfigurationErrors", 1),
        ("InternalErrors", 1),
        ("OldestKeptSeconds", 2),  # that something is kept, and that it is for hours
        ("WrongSuppressionKey", 1),
    ],
)
def test_metrics_of_delivery_have_an_alarm(stack: Stack, metric: str, alarms: int) -> None:
    """The alarm has exactly the dimensions of the function's metrics."""
    metrics = [
        metric_of(alarm)
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
    ]
    dimensions = {"service": "deliver_events", "destination": {"Ref": "DestinationId"}}
    assert metrics == [("RudderMixpanel", metric, dimensions)] * alarms


@pytest.mark.parametrize(
    ("metric", "statistic", "seconds", "threshold"),
    [
        ("DeletionsFailed", "Sum", 300, 0),
        ("DeletionsOverAge", "Sum", 86_400, 0),
        ("DeletionsMisdirected", "Sum", 3_600, 0),
        ("DeletionInternalErrors", "Sum", 3_600, 0),
        ("DeletionTokenRefused", "Sum", 3_600, 0),
        ("GdprTokenAgeDays", "Maximum", 86_400, 335),
        ("DeletionConfigurationErrors", "Sum", 3_600, 0),
        ("RegulationTablesUnavailable", "Sum", 900, 0),
    ],
)
def test_deletions_that_make_no_progress_have_an_alarm(
    stack: Stack, metric: str, statistic: str, seconds: int, threshold: int
) -> None:
    """One for each reason; the token's fires thirty days before the token expires."""
    alarms = [
        (
            metric_of(alarm),
            alarm["Statistic"],
            alarm["Period"] * alarm["EvaluationPeriods"],
            alarm["ComparisonOperator"],
            alarm["Threshold"],
        )
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
    ]
    dimensions = {"service": "delete_users", "destination": {"Ref": "DestinationId"}}
    watched = ("RudderMixpanel", metric, dimensions)
    assert alarms == [(watched, statistic, seconds, "GreaterThanThreshold", threshold)]


def test_apis_that_respond_with_errors_have_an_alarm(stack: Stack) -> None:
    """Each alarm watches an API by its name."""
    apis = sorted(
        api["Name"]["Fn::Sub"] for api in stack.of_type("AWS::ApiGateway::RestApi").values()
    )
    watched = [
        metric_of(alarm)[2]["ApiName"]["Fn::Sub"]
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "5XXError"
    ]
    assert sorted(watched) == apis


def test_alarms_watch_metrics_that_exist(stack: Stack) -> None:
    """An alarm for a metric that is never emitted would never fire."""
    watched = {
        alarm["MetricName"]
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "RudderMixpanel"
    }
    emitted = {str(metric) for metric in (*DeliveryMetric, *DeletionMetric)}
    assert watched - emitted == set()


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_has_an_alarm(stack: Stack, metric: str) -> None:
    """A function that crashes or is throttled is noticed."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    metrics = [metric_of(alarm) for alarm in alarms if alarm["Namespace"] == "AWS/Lambda"]
    functions = [
        target(dimensions["FunctionName"]) for _, name, dimensions in metrics if name == metric
    ]
    assert sorted(functions) == sorted(stack.of_type("AWS::Lambda::Function"))


def test_every_alarm_notifies_the_topic(stack: Stack) -> None:
    """When it fires, and when it is over."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    topic = [{"Ref": "AlarmsTopic"}]
    actions = {name: (alarm["AlarmActions"], alarm["OKActions"]) for name, alarm in alarms.items()}
    assert actions == dict.fromkeys(alarms, (topic, topic))


def test_missing_data_breaches_only_where_a_function_always_runs(stack: Stack) -> None:
    """All other metrics end by themselves when nothing happens."""
    breaching = {
        name: alarm["TreatMissingData"]
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
        if alarm["TreatMissingData"] != "notBreaching"
    }
    assert breaching == {"SilentDeletionsAlarm": "breaching"}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("", "docs/alarms.md"),
        ("https://example.com/runbook/", "https://example.com/runbook/docs/alarms.md"),
    ],
)
def test_every_alarm_links_to_its_section(expanded: dict[str, Any], url: str, place: str) -> None:
    """An alarm's description ends with the place of the heading that is also its name."""
    stack = Stack(expanded, {"RunbookUrl": url, "EventBusName": "bus", "ReceiveEvents": "yes"})
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    ends = [stack.text(alarm["AlarmDescription"]).split(" See ")[-1] for alarm in alarms]
    assert ends == [f"{place}#{anchor(heading(alarm))}" for alarm in alarms]


def test_every_section_of_the_runbook_belongs_to_an_alarm(expanded: dict[str, Any]) -> None:
    """docs/alarms.md says under each alarm's name what to do, and has no section for another."""
    stack = Stack(expanded, {"EventBusName": "bus", "ReceiveEvents": "yes"})
    alarms = sorted(heading(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm").values())
    guide = (ROOT / "docs" / "alarms.md").read_text()
    assert sorted(re.findall(r"^### (.+)$", guide, re.MULTILINE)) == alarms


def test_every_alarm_says_once_how_soon_to_act(expanded: dict[str, Any]) -> None:
    """The first table of docs/alarms.md has each, and no other."""
    stack = Stack(expanded, {"EventBusName": "bus", "ReceiveEvents": "yes"})
    alarms = sorted(heading(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm").values())
    assert sorted(alarm for row in URGENCY.values() for alarm in row) == alarms


def heading(alarm: Properties) -> str:
    """An alarm's name without the name of the stack."""
    name: str = alarm["AlarmName"]["Fn::Sub"]
    return name.removeprefix("${AWS::StackName}: ")


def test_only_alarms_of_this_account_can_use_the_topic(stack: Stack) -> None:
    """CloudWatch may publish for this account only; the topic has no key that it may not use."""
    topic = stack.of_type("AWS::SNS::Topic")["AlarmsTopic"]
    policy = stack.of_type("AWS::SNS::TopicPolicy")["AlarmsTopicPolicy"]
    granted = [
        (statement["Principal"], statement["Action"], statement["Condition"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    owned = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    cloudwatch = {"Service": "cloudwatch.amazonaws.com"}
    assert (granted, "KmsMasterKeyId" in topic) == ([(cloudwatch, "sns:Publish", owned)], False)


def test_without_an_address_there_is_no_subscription(expanded: dict[str, Any]) -> None:
    """An empty AlarmEmail creates none."""
    assert Stack(expanded, {"AlarmEmail": ""}).of_type("AWS::SNS::Subscription") == {}


def test_the_address_is_subscribed(expanded: dict[str, Any]) -> None:
    """AlarmEmail gets every alarm."""
    stack = Stack(expanded, {"AlarmEmail": "on-call@example.com"})
    assert list(stack.of_type("AWS::SNS::Subscription").values()) == [
        {"TopicArn": {"Ref": "AlarmsTopic"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}
    ]
