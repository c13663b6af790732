"""`where` and `send` with moto as AWS: their calls meet the permissions of who runs them."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from moto.sqs.models import sqs_backends
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.queues import queue
from rudder_mixpanel_cli.times import current_time
from tests.fakes.moto_stack import deploy_stack
from tests.permissions.operator import OPERATOR
from tests.permissions.requests import ACCOUNT, REGION
from tests.unit.cli.where.stack_with_log import EVENT, ID

STACK = "prod"


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeployedStack]:
    """A stack that delivers nothing, and has rejected another event."""
    monkeypatch.setattr(queue, "WAIT_TIME", 0)
    with mock_aws(config={"lambda": {"use_docker": False}}):
        deploy_stack(STACK, EventBusName="default")
        stack = DeployedStack(STACK)
        name = stack.output("EventsQueueUrl").rpartition("/")[2]
        # moto's mapping would take each event at once.
        sqs_backends[ACCOUNT][REGION].get_queue(name).lambda_event_source_mappings.clear()
        reject(stack, "another")
        yield stack


def reject(stack: DeployedStack, message_id: str) -> None:
    """Reject an event, as the function does."""
    boto3.client("sqs").send_message(
        QueueUrl=stack.output("RejectedQueueUrl"),
        MessageBody=json.dumps({**EVENT, "messageId": message_id}),
        MessageAttributes={"code": {"DataType": "String", "StringValue": "TOO_OLD"}},
    )
    logs, group = boto3.client("logs"), stack.output("DeliverEventsLogGroupName")
    line = {"message": "event rejected", "code": "TOO_OLD", "message_id": message_id}
    logs.create_log_stream(logGroupName=group, logStreamName=message_id)
    logs.put_log_events(
        logGroupName=group,
        logStreamName=message_id,
        logEvents=[
            {"timestamp": round(current_time().timestamp() * 1000), "message": json.dumps(line)}
        ],
    )


def run(*arguments: str) -> Result:
    """Run a command for the stack."""
    return CliRunner().invoke(app, [*arguments, "--stack", STACK])


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file with an event."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps(EVENT))
    return str(path)


def test_unknown_event_is_searched_everywhere(file: str) -> None:
    """In the log and in every queue; what waits to be delivered may be it."""
    run("send", file, "--yes")
    done = run("where", "unknown", "--since", "1h")
    assert (done.exit_code, "1 message on the events queue" in done.stdout) == (3, True), (
        done.output
    )


def test_event_that_was_sent_is_followed_to_its_end(
    deployed: DeployedStack, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """It is rejected, while its sender waits."""

    def reject_meanwhile(_seconds: float) -> None:
        with OPERATOR.run_as(None):
            reject(deployed, ID)

    monkeypatch.setattr("time.sleep", reject_meanwhile)
    done = run("send", file, "--yes", "--follow")
    assert (done.exit_code, f"{ID}: rejected at" in done.stdout) == (1, True), done.output
