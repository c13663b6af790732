"""Run the demo in a process of its own, and write down what the account then has."""

import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from sandbox.deletion import request_deletion, wait_for_deletion
from sandbox.demo import send_samples, wait_until_empty
from sandbox.running import Sandbox, sandbox


def run_demo() -> dict[str, Any]:
    """Deploy the stack, send the demo's events and its deletion; return what is there."""
    console = Console(stderr=True)
    with sandbox(console) as running:
        deletion = request_deletion(console, running)
        send_samples(console, running)
        wait_until_empty(console, running)
        wait_for_deletion(console, running, deletion)
        return read_account(running)


def read_account(running: Sandbox) -> dict[str, Any]:
    """The dashboard's body, the lines of the logs, and the names of resources by dimension."""

    def client(name: Any) -> Any:
        return running.stack.session.client(name, endpoint_url=running.stack.aws_url)

    dashboard = client("cloudwatch").get_dashboard(DashboardName="sandbox-us-east-1")
    groups = [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]]
    lines = [
        event["message"]
        for group in groups
        for event in client("logs").filter_log_events(logGroupName=group)["events"]
    ]
    functions = client("lambda").list_functions()["Functions"]
    names = {
        "QueueName": [url.rpartition("/")[2] for url in client("sqs").list_queues()["QueueUrls"]],
        "FunctionName": [function["FunctionName"] for function in functions],
        "TableName": client("dynamodb").list_tables()["TableNames"],
        "LogGroupName": groups,
    }
    return {"dashboard": dashboard["DashboardBody"], "lines": lines, "names": names}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(run_demo()))
