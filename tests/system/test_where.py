"""`where` against MiniStack: its logs, queues and clients are not those of the other tests."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.actions import print_answers
from sandbox.aws import MINISTACK, local_aws

REJECTED: Any = {"code": {"DataType": "String", "StringValue": "TOO_OLD"}}


def write_lines(*lines: dict[str, Any]) -> None:
    """Write lines into the log group."""
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="group")
    logs.create_log_stream(logGroupName="group", logStreamName="s")
    now = round(current_time().timestamp() * 1000)
    events: Any = [{"timestamp": now, "message": json.dumps(line)} for line in lines]
    logs.put_log_events(logGroupName="group", logStreamName="s", logEvents=events)


def stack_of_queues() -> DeployedStack:
    """A stack with queues that exist."""
    stack = DeployedStack("prod")
    sqs = boto3.client("sqs")
    names = {
        "EventsQueueUrl": "events",
        "RejectedQueueUrl": "rejected",
        "EventsDeadLetterQueueUrl": "dead",
    }
    urls = {output: sqs.create_queue(QueueName=name)["QueueUrl"] for output, name in names.items()}
    stack.__dict__["outputs"] = {"DeliverEventsLogGroupName": "group", **urls}
    return stack


@pytest.mark.skipif(not MINISTACK.exists(), reason="needs MiniStack: make setup")
def test_where_finds_events_in_ministack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that the log has, between the receipts of others, and one in the rejected queue."""
    hashes = "".join(map(receipt_hash, ("a", "delivered", "b")))
    with local_aws(tmp_path) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        write_lines({"message": "receipts", "delivered": {"2026-11-27": hashes}})
        stack = stack_of_queues()
        body = json.dumps({"type": "track", "messageId": "rejected"})
        queue = stack.output("RejectedQueueUrl")
        boto3.client("sqs").send_message(
            QueueUrl=queue, MessageBody=body, MessageAttributes=REJECTED
        )
        print_answers(stack, ["delivered", "rejected"], since="1h", follow=False, as_json=False)
    out = capsys.readouterr().out
    assert "delivered: delivered at" in out
    assert "rejected: rejected: TOO_OLD. It is in the rejected queue" in out
