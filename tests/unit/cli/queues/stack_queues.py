"""A stack's queues, with messages as the function writes them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

STACK = "rudder-mixpanel"
TEMPLATE = """
Resources:
  EventsQueue: {Type: AWS::SQS::Queue, Properties: {QueueName: events}}
  RejectedQueue: {Type: AWS::SQS::Queue, Properties: {QueueName: rejected}}
  DeadQueue: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
Outputs:
  EventsQueueUrl: {Value: !Ref EventsQueue}
  RejectedQueueUrl: {Value: !Ref RejectedQueue}
  EventsDeadLetterQueueUrl: {Value: !Ref DeadQueue}
"""
BODY = '{"type":"track","messageId":"m-1","userId":"ann@example.com"}'
# The attributes of an event that Mixpanel rejected, of one without a name, and of one whose
# outcome is unknown.
REJECTED = {
    "code": "REFUSED_BY_MIXPANEL",
    "message": "ann@example.com is too long",
    "field": "properties.time",
    "endpoint": "import",
    "firstSentAt": "2027-01-01T00:00:00+00:00",
    "firstRecordId": "the-first",
}
NAMELESS = {
    "code": "MISSING_EVENT_NAME",
    "message": "expected a name",
    "field": "event",
    "firstSentAt": "2027-01-02T00:00:00+00:00",
}
UNKNOWN = {
    "code": "OUTCOME_UNKNOWN",
    "message": "not repeated after: ReadTimeout",
    "endpoint": "engage",
    "firstSentAt": "2027-01-03T00:00:00+00:00",
    "operations": "engage $add",
}
# The attributes of an event that was replayed.
REPLAYED = {"firstSentAt": "2027-01-01T00:00:00+00:00", "firstRecordId": "the-first"}


@dataclass(frozen=True, slots=True)
class StackQueues:
    """The URLs of a stack's queues."""

    rejected: str
    dead: str
    events: str

    @staticmethod
    def put(url: str, attributes: dict[str, str], body: str = BODY) -> str:
        """Put a message in a queue, and return its SQS id."""
        values: Any = {
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        }
        sent = boto3.client("sqs").send_message(
            QueueUrl=url, MessageBody=body, MessageAttributes=values
        )
        return sent["MessageId"]

    @staticmethod
    def messages(url: str) -> "list[MessageTypeDef]":
        """Receive and hide the visible messages of a queue."""
        messages: list[MessageTypeDef] = []
        while (
            received := boto3.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            .get("Messages")
        ):
            messages += received
        return messages

    @classmethod
    def attributes(cls, url: str) -> list[dict[str, str]]:
        """Receive the visible messages of a queue, and return their attributes."""
        return [
            {
                name: attribute["StringValue"]
                for name, attribute in message.get("MessageAttributes", {}).items()
            }
            for message in cls.messages(url)
        ]


def run(*arguments: str, answer: str | None = None) -> Result:
    """Run a command to its end, with `answer` as stdin."""
    environ = {"RUDDER_MIXPANEL_STACK": STACK}
    return CliRunner().invoke(app, arguments, input=answer, env=environ)
