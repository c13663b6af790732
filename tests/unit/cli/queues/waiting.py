"""A stack's queues, with messages in them as the function leaves them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

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
REFUSED = {
    "code": "REFUSED_BY_MIXPANEL",
    "message": "ann@example.com is too long",
    "field": "properties.time",
    "endpoint": "import",
    "firstSentAt": "2027-01-01T00:00:00+00:00",
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queues of a stack."""

    rejected: str
    dead: str
    events: str

    @staticmethod
    def put(url: str, told: dict[str, str], body: str = BODY) -> str:
        """Put a message in a queue; what SQS calls it."""
        attributes: Any = {
            name: {"DataType": "String", "StringValue": text} for name, text in told.items()
        }
        sent = boto3.client("sqs").send_message(
            QueueUrl=url, MessageBody=body, MessageAttributes=attributes
        )
        return sent["MessageId"]

    @staticmethod
    def messages(url: str) -> "list[MessageTypeDef]":
        """What a queue holds in sight, now out of it."""
        found: list[MessageTypeDef] = []
        while (
            received := boto3.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            .get("Messages")
        ):
            found += received
        return found

    @classmethod
    def told(cls, url: str) -> list[dict[str, str]]:
        """The attributes of the messages that a queue holds in sight."""
        return [
            {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
            if "MessageAttributes" in message
            else {}
            for message in cls.messages(url)
        ]
