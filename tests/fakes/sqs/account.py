"""An account with a queue and its dead letters, as an unchanged client uses it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.clock import Clock
from tests.fakes.sqs.queue import Settings
from tests.fakes.sqs.server import Sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

START = datetime(2027, 1, 1, tzinfo=UTC)


class Account:
    """A queue with dead letters, and a client to use it with."""

    def __init__(self, sqs: Sqs, client: "SQSClient", **settings: Any) -> None:
        self.sqs = sqs
        self.sqs.clock = Clock(START)
        self.clock = self.sqs.clock
        self.client = client
        self.dead = sqs.create("dead")
        self.queue = sqs.create("queue", Settings(dead_letters=self.dead, **settings))
        self.url = sqs.url_of(self.queue)
        sqs.faults.clear()

    def send(self, *bodies: str) -> None:
        """Send messages, one by one."""
        for body in bodies:
            self.client.send_message(QueueUrl=self.url, MessageBody=body)

    def send_batch(self, *entries: dict[str, Any]) -> dict[str, Any]:
        """Send entries, named 0, 1 and so on unless they say so."""
        named: Any = [{"Id": str(i), **entry} for i, entry in enumerate(entries)]
        answer = dict(self.client.send_message_batch(QueueUrl=self.url, Entries=named))
        del answer["ResponseMetadata"]
        return answer

    def receive(self, most: int = 10, **request: Any) -> list[Any]:
        """What can be received now."""
        answer = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=most, **request)
        return list(answer.get("Messages", []))

    def bodies(self) -> list[str]:
        """The bodies of what can be received now."""
        return [message["Body"] for message in self.receive()]

    def delete(self, message: Any) -> None:
        """Settle a message."""
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, message: Any, seconds: int) -> None:
        """Change how long a message is hidden."""
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )


def refusal(call: Any, *arguments: Any, **named: Any) -> str:
    """The code that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return caught.value.response["Error"]["Code"]
