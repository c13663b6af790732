"""What CloudWatch measured lately about queues and functions, in one call."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.shared import shared
from rudder_mixpanel_cli.times import current_time

HOUR: Final = timedelta(hours=1)
PERIOD: Final = timedelta(minutes=5)
# A queue in which nothing happens has no new value.
LATELY: Final = timedelta(minutes=15)


@shared
def recent_metrics(stack: DeployedStack) -> dict[str, float]:
    """The age of each queue's oldest message, and the errors of each function in an hour.

    In seconds and calls, by the resource's name in the template; what CloudWatch does not know is
    missing.
    """
    queues = stack.of_type("AWS::SQS::Queue")
    functions = stack.of_type("AWS::Lambda::Function")
    now = current_time()
    results = stack.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            *(age_query(name, url) for name, url in queues.items()),
            *(errors_query(name, function) for name, function in functions.items()),
        ],
        StartTime=now - HOUR,
        # Clocks differ.
        EndTime=now + PERIOD,
        ScanBy="TimestampDescending",
    )["MetricDataResults"]
    return {
        **{result["Label"]: sum(result["Values"]) for result in results if result["Values"]},
        **latest(results, queues, now - LATELY),
    }


def latest(
    results: list[dict[str, Any]], names: Iterable[str], since: datetime
) -> dict[str, float]:
    """The latest value of each of these metrics, or 0 for one that is too old."""
    return {
        result["Label"]: result["Values"][0] if result["Timestamps"][0] >= since else 0
        for result in results
        if result["Values"] and result["Label"] in names
    }


def age_query(name: str, url: str) -> dict[str, Any]:
    """The age of a queue's oldest message."""
    return query(
        name, "Maximum", f"AWS/SQS ApproximateAgeOfOldestMessage QueueName {url.rpartition('/')[2]}"
    )


def errors_query(name: str, function: str) -> dict[str, Any]:
    """The failed invocations of a function."""
    return query(name, "Sum", f"AWS/Lambda Errors FunctionName {function}")


def query(name: str, statistic: str, words: str) -> dict[str, Any]:
    """A query for one metric, by its namespace, name and dimension; it is labelled with a name."""
    namespace, metric, dimension, value = words.split()
    dimensions = [{"Name": dimension, "Value": value}]
    return {
        "Id": f"m_{name.lower()}",
        "Label": name,
        "MetricStat": {
            "Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions},
            "Period": int(PERIOD.total_seconds()),
            "Stat": statistic,
        },
    }
