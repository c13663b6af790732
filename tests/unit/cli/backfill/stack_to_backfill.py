"""A stack with queues, settings and a token in moto, to which events are sent."""

import json
from pathlib import Path
from typing import Any

import boto3
from typer.testing import CliRunner, Result

from rudder_mixpanel import __version__
from rudder_mixpanel_cli.command import app
from tests.build import TOKEN, identify, track

STACK = "backfilled"
NOW = "2027-01-01T00:00:00+00:00"
OUTPUTS = {"SettingsParameterName": "/settings", "CredentialsSecretName": "credentials"}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        name: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name.lower()}}
        for name in ("Events", "Rejected")
    },
    "Outputs": {
        **{f"{name}QueueUrl": {"Value": {"Ref": name}} for name in ("Events", "Rejected")},
        **{name: {"Value": text} for name, text in OUTPUTS.items()},
    },
}
SETTINGS = {"dataResidency": "us", "people": True}


def deploy(version: str | None = __version__, **settings: Any) -> None:
    """Create the stack of a version, with these settings beside its own."""
    outputs = {**TEMPLATE["Outputs"], "Version": {"Value": version}}
    template = {**TEMPLATE, "Outputs": outputs if version else TEMPLATE["Outputs"]}
    boto3.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    boto3.client("ssm").put_parameter(
        Name="/settings", Value=json.dumps({**SETTINGS, **settings}), Type="String"
    )
    secret = json.dumps({"token": TOKEN})
    boto3.client("secretsmanager").create_secret(Name="credentials", SecretString=secret)


def backfill(*words: str, answer: str | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["backfill", *words, "--stack", STACK], input=answer)


def queued() -> list[tuple[list[Any], str]]:
    """The events of each record on the events queue, and its mode."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
    records = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            body = json.loads(message["Body"])
            mode = message["MessageAttributes"]["backfill"]["StringValue"]
            records.append((body.get("batch", [body]), mode))
    return records


def write(file: Path, *events: Any) -> Path:
    """Write events as lines; text as it is."""
    lines = (event if isinstance(event, str) else json.dumps(event) for event in events)
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def numbered(number: int, **changes: Any) -> dict[str, Any]:
    """A track call with an id of its own."""
    return track(messageId=f"message-{number}", **changes)


IDENTIFY = identify()
