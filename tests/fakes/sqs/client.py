"""boto3's SQS client for one queue, without a network: the calls that the package makes."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError, EndpointConnectionError

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START
from tests.fakes.sqs.actions import (
    Json,
    change_message_visibility_batch,
    delete_message_batch,
    get_queue_attributes,
    receive_message,
    send_message_batch,
)
from tests.fakes.sqs.messages import SqsError
from tests.fakes.sqs.queue import Queue
from tests.fakes.sqs.server import LEGACY_CODES

QUEUE_URL: Final = "https://sqs.test/rejected"
MAX_ENTRIES: Final = 10


class QueueClient:
    """Calls the actions of SQS on a queue, and raises what boto3 would raise."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Json:  # noqa: ARG002, N803 - boto3's names
        """Send a batch; raises ClientError if SQS rejects it as a whole."""
        return self.call(send_message_batch, Entries)

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Json:  # noqa: ARG002, N803 - boto3's names
        """Change the visibility timeouts of a batch; raises ClientError."""
        return self.call(change_message_visibility_batch, Entries)

    def delete_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> Json:  # noqa: ARG002, N803 - boto3's names
        """Delete a batch; raises ClientError."""
        return self.call(delete_message_batch, Entries)

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> Json:  # noqa: ARG002, N803 - boto3's names
        """Attributes of the queue; raises ClientError."""
        return get_queue_attributes(self.queue, {"AttributeNames": list(AttributeNames)})

    def call(self, action: Callable[[Queue, Json], Json], entries: Sequence[Any]) -> Json:
        """Run an action; raises ClientError for an error response."""
        try:
            return action(self.queue, {"Entries": list(entries)})
        except SqsError as error:
            raise client_error(LEGACY_CODES.get(error.code, error.code)) from None


class QueuesClient:
    """The same for several queues, by their URLs, and with what the command calls as well."""

    def __init__(self, **queues: Queue) -> None:
        self.queues = queues

    def receive_message(self, *, QueueUrl: str, **request: Any) -> Json:  # noqa: N803 - boto3's names
        """Receive visible messages."""
        return receive_message(self.queues[QueueUrl], request)

    def get_queue_attributes(self, *, QueueUrl: str, **request: Any) -> Json:  # noqa: N803 - boto3's names
        """Attributes of a queue."""
        return get_queue_attributes(self.queues[QueueUrl], request)

    def send_message_batch(self, *, QueueUrl: str, **request: Any) -> Json:  # noqa: N803 - boto3's names
        """Send a batch."""
        return send_message_batch(self.queues[QueueUrl], request)

    def change_message_visibility_batch(self, *, QueueUrl: str, **request: Any) -> Json:  # noqa: N803 - boto3's names
        """Change the visibility timeouts of a batch."""
        return change_message_visibility_batch(self.queues[QueueUrl], request)

    def delete_message_batch(self, *, QueueUrl: str, **request: Any) -> Json:  # noqa: N803 - boto3's names
        """Delete a batch."""
        return delete_message_batch(self.queues[QueueUrl], request)


class MemorySqsClient:
    """A client that keeps what was sent, for tests that have received nothing from the queue.

    Each of `failures` decides one call that sends: an exception is raised, a set names bodies that
    SQS rejects, None lets the call succeed. `in_flight` messages are in flight.
    """

    def __init__(self, *failures: Exception | set[str] | None, in_flight: int = 0) -> None:
        self.failures = list(failures)
        self.in_flight = in_flight
        self.deleted: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.calls: list[int] = []
        self.visibility_timeouts: dict[str, int] = {}
        self.client = QueueClient(Queue("memory", Clock(START)))

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> Json:  # noqa: N803 - boto3's names
        """Send a batch, unless the next failure is about it."""
        assert QueueUrl == QUEUE_URL
        self.calls.append(len(Entries))
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        rejected_bodies = failure or set()
        tried = [entry for entry in Entries if entry["MessageBody"] not in rejected_bodies]
        if not tried:
            return {}
        response = self.client.send_message_batch(QueueUrl=QueueUrl, Entries=tried)
        accepted_ids = {result["Id"] for result in response.get("Successful", [])}
        self.messages += [entry for entry in tried if entry["Id"] in accepted_ids]
        return response

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> None:  # noqa: N803 - boto3's names
        """Keep the visibility timeout of each receipt handle."""
        assert QueueUrl == QUEUE_URL
        assert len(Entries) in range(1, MAX_ENTRIES + 1)
        self.visibility_timeouts |= {
            entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries
        }

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> None:  # noqa: N803 - boto3's names
        """Keep the receipt handles of what is deleted."""
        assert QueueUrl == QUEUE_URL
        assert len(Entries) in range(1, MAX_ENTRIES + 1)
        self.deleted += [entry["ReceiptHandle"] for entry in Entries]

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Json:  # noqa: N803 - boto3's names
        """How many messages are in flight."""
        assert (QueueUrl, AttributeNames) == (QUEUE_URL, ["ApproximateNumberOfMessagesNotVisible"])
        return {"Attributes": {AttributeNames[0]: str(self.in_flight)}}

    @property
    def bodies(self) -> list[str]:
        """The body of every message."""
        return [message["MessageBody"] for message in self.messages]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Body and error code of every message."""
        return [
            (message["MessageBody"], attribute_text(message, "code")) for message in self.messages
        ]


def attribute_text(message: dict[str, Any], name: str) -> str:
    """The text of an attribute; empty if the message has no such attribute."""
    text: str = message["MessageAttributes"].get(name, {}).get("StringValue", "")
    return text


def client_error(code: str) -> ClientError:
    """What boto3 raises for an error response."""
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendMessageBatch")


def no_connection() -> EndpointConnectionError:
    """What boto3 raises when it cannot connect."""
    return EndpointConnectionError(endpoint_url="https://sqs.test")
