"""How the commands find their queues, and what they print when they cannot."""

import re

import boto3
import pytest
from botocore.exceptions import ClientError, ProfileNotFound, UnauthorizedSSOTokenError

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.options import NO_STACK
from tests.unit.cli.queues.stack_queues import StackQueues, run


def test_queues_may_be_given_as_urls(stack: StackQueues) -> None:
    """So another queue of records can be replayed, such as EventBridge's."""
    other = boto3.client("sqs").create_queue(QueueName="undelivered")["QueueUrl"]
    stack.put(other, {})
    urls = ("--queue-url", other, "--events-queue-url", stack.events, "--stack", "")
    assert run("dead", "replay", "--yes", *urls).stdout.startswith("replayed  1\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("list", "--stack", ""), 2, f"{NO_STACK}, or --queue-url"),
        (("replay", "--stack", ""), 2, f"{NO_STACK}, or --queue-url and --events-queue-url"),
        (("list", "--stack", "nope"), 2, "--stack: stack nope does not exist in us-east-1"),
        (
            ("list", "--queue-url", "https://sqs.us-east-1.amazonaws.com/123456789012/nope"),
            1,
            "AWS rejected GetQueueAttributes: The specified queue does not exist.",
        ),
        (
            ("show", "--since", "today"),
            2,
            (
                "--since: expected a date such as 2026-12-31, or a time such as "
                "2026-12-31T12:00:00Z, got today"
            ),
        ),
        (
            ("replay", "--queue-url", "URL", "--events-queue-url", "URL"),
            2,
            "--queue-url: this is the events queue itself",
        ),
    ],
    ids=["no stack", "no stack to send", "other stack", "no queue", "not a time", "same queue"],
)
def test_wrong_option_prints_one_line(
    stack: StackQueues, arguments: tuple[str, ...], code: int, message: str
) -> None:
    """With an exit status that distinguishes wrong usage from a failure."""
    done = run("rejected", *arguments)
    assert (done.exit_code, done.output) == (code, f"rudder-mixpanel: {message}\n")


def test_stack_without_the_output_prints_one_line(stack: StackQueues) -> None:
    """It is not a stack of this project."""
    boto3.client("cloudformation").create_stack(
        StackName="other", TemplateBody="Resources: {Topic: {Type: AWS::SNS::Topic}}"
    )
    output = run("dead", "list", "--stack", "other").output
    expected = "rudder-mixpanel: --stack: stack other has no output EventsDeadLetterQueueUrl\n"
    assert output == expected


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("AWS_ACCESS_KEY_ID", "no AWS credentials: log in, or set AWS_PROFILE"),
        ("AWS_DEFAULT_REGION", "no AWS region: set AWS_DEFAULT_REGION or AWS_PROFILE"),
    ],
)
def test_missing_aws_configuration_prints_one_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, message: str
) -> None:
    """With the variable to set."""
    monkeypatch.delenv(variable)
    # boto3 keeps the credentials of other tests in its default session.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert run("dead", "list").output == f"rudder-mixpanel: {message}\n"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "ListQueues"),
            "AWS does not accept the credentials: log in again, for instance with aws sso login",
        ),
        (
            UnauthorizedSSOTokenError(),
            "the AWS session has expired: log in again, for instance with aws sso login",
        ),
        (
            ProfileNotFound(profile="prod"),
            "The config profile (prod) could not be found: see aws configure list-profiles",
        ),
    ],
    ids=["token", "session", "profile"],
)
def test_aws_errors_say_what_to_do(error: Exception, message: str) -> None:
    """In one line."""
    with pytest.raises(CommandError, match=re.escape(message)), report_aws_errors():
        raise error


def test_unreachable_aws_prints_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    output = run("dead", "list").output
    assert output == (
        "rudder-mixpanel: cannot reach AWS: Could not connect to the endpoint URL: "
        '"http://127.0.0.1:1/"\n'
    )
