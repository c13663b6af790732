"""What CloudWatch measured lately about queues and functions, in one call."""

from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.shared import shared
from rudder_mixpanel_cli.times import current_time

HOUR: Final = timedelta(hours=1)


@shared
def recent_metrics(stack: DeployedStack) -> dict[str, float]:
    """The age of each queue's oldest message, and the errors of each function in an hour.

    In seconds and calls, by the resource's name in the template; what CloudWatch does not know is
    missing.
    """
    queues = stack.of_type("AWS::SQS::Queue")
    functions = stack.of_type("AWS::Lambda::Function")
    queries = [
        *(age_query(name, url) for name, url in queues.items()),
        *(errors_query(name, function) for name, function in functions.items()),
    ]
    now = current_time()
    results = stack.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=now - HOUR, EndTime=now, ScanBy="TimestampDescending"
    )["MetricDataResults"]
    return {result["Label"]: result["Values"][0] for result in results if result["Values"]}


def age_query(name: str, url: str) -> dict[str, Any]:
    """The latest age of a queue's oldest message."""
    queue = url.rpartition("/")[2]
    metric = ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue)
    return query(name, *metric, period=300, statistic="Maximum")


def errors_query(name: str, function: str) -> dict[str, Any]:
    """The failed invocations of a function."""
    metric = ("AWS/Lambda", "Errors", "FunctionName", function)
    return query(name, *metric, period=3600, statistic="Sum")


def query(  # noqa: PLR0913 - as CloudWatch wants it
    name: str,
    namespace: str,
    metric: str,
    dimension: str,
    value: str,
    *,
    period: int,
    statistic: str,
) -> dict[str, Any]:
    """A query of CloudWatch for one metric, whose label is the resource's name."""
    dimensions = [{"Name": dimension, "Value": value}]
    return {
        "Id": f"m_{name.lower()}",
        "Label": name,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
            "Period": period,
            "Stat": statistic,
        },
    }
