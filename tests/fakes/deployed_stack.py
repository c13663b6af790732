"""A deployed stack as the command sees it, whose services are in memory."""

from typing import Any

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from tests.fakes.logs.client import LogGroup, LogsClient
from tests.fakes.sqs.client import QueuesClient
from tests.fakes.sqs.queue import Queue

OUTPUTS = {
    "DeliverEventsLogGroupName": "group",
    "EventsQueueUrl": "events",
    "RejectedQueueUrl": "rejected",
    "EventsDeadLetterQueueUrl": "dead",
    "UndeliveredByEventBridgeQueueUrl": "undelivered",
}


class Metrics:
    """CloudWatch with the values of one metric."""

    def __init__(self, *datapoints: dict[str, Any]) -> None:
        self.datapoints = list(datapoints)

    def get_metric_statistics(self, **_request: Any) -> dict[str, Any]:
        """All values."""
        return {"Datapoints": self.datapoints}


def stack_in_memory(
    name: str, log: LogGroup, *queues: Queue, metrics: Metrics | None = None
) -> DeployedStack:
    """A stack with a log group and these queues, which have the names of OUTPUTS."""
    stack = DeployedStack(name)
    by_name = {queue.name: queue for queue in queues}
    stack.__dict__["outputs"] = {
        output: value for output, value in OUTPUTS.items() if value in {"group", *by_name}
    }
    stack.clients = {
        "logs": LogsClient(group=log),
        "sqs": QueuesClient(**by_name),
        "cloudwatch": metrics or Metrics(),
    }
    return stack
