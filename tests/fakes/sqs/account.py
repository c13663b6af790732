"""An account with a queue and a dead-letter queue, as boto3 uses it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.clock import Clock
from tests.fakes.sqs.queue import Settings
from tests.fakes.sqs.server import SqsServer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

START = datetime(2027, 1, 1, tzinfo=UTC)


class Account:
    """A queue, its dead-letter queue, and a client for both."""

    def __init__(self, sqs: SqsServer, client: "SQSClient", **settings: Any) -> None:
        self.sqs = sqs
        self.sqs.clock = Clock(START)
        self.clock = self.sqs.clock
        self.client = client
        self.dead = sqs.create("dead")
        self.queue = sqs.create("queue", Settings(dead_letters=self.dead, **settings))
        self.url = sqs.url_of(self.queue)
        sqs.faults.clear()

    def send(self, *bodies: str) -> None:
        """Send messages, one at a time."""
        for body in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=body)

    def send_batch(self, *entries: dict[str, Any]) -> dict[str, Any]:
        """Send entries, with the ids 0, 1 and so on unless they have ids."""
        named: Any = [{"Id": str(i), **entry} for i, entry in enumerate(entries)]
        response = dict(self.client.send_message_batch(QueueUrl=self.url, Entries=named))
        del response["ResponseMetadata"]
        return response

    def receive(self, limit: int = 10, **request: Any) -> list[Any]:
        """Receive visible messages."""
        response = self.client.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=limit, **request
        )
        return list(response.get("Messages", []))

    def bodies(self) -> list[str]:
        """Receive visible messages, and return their bodies."""
        return [message["Body"] for message in self.receive()]

    def delete(self, message: Any) -> None:
        """Delete a message."""
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def change_visibility(self, message: Any, seconds: int) -> None:
        """Hide a message for this many seconds from now."""
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )


def error_code(call: Any, *arguments: Any, **named: Any) -> str:
    """The code of the error that a call raises."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"]
