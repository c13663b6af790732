"""A boto3 client of one queue that only sends and changes visibility, without a server.

It rejects what SQS rejects, and the first calls fail as a test says.
"""

import re
from typing import Any, Final

from botocore.exceptions import ClientError, EndpointConnectionError

QUEUE_URL: Final = "https://sqs.test/rejected"
MEBIBYTE: Final = 1_048_576
MAX_ENTRIES: Final = 10
MAX_ATTRIBUTES: Final = 10
LEGAL: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


class MemorySqsClient:
    """The two calls of boto3's SQS client that the package makes, on a list.

    Each of `failures` decides one call: an exception is raised, a set names bodies that are not
    taken, None lets the call succeed.
    """

    def __init__(self, *failures: Exception | set[str] | None) -> None:
        self.failures = list(failures)
        self.messages: list[dict[str, Any]] = []
        self.calls: list[int] = []
        self.visibility_timeouts: dict[str, int] = {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Take a batch, unless the next failure is about it."""
        assert QueueUrl == QUEUE_URL
        self.calls.append(len(Entries))
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        check_batch(Entries)
        not_taken = failure or set()
        taken = [entry for entry in Entries if entry["MessageBody"] not in not_taken]
        self.messages += taken
        return {"Successful": [{"Id": entry["Id"]} for entry in taken]}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[Any]) -> None:  # noqa: N803 - boto3's names
        """Note the visibility timeout of each receipt handle."""
        assert QueueUrl == QUEUE_URL
        assert len(Entries) in range(1, MAX_ENTRIES + 1)
        self.visibility_timeouts |= {
            entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in Entries
        }

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


def check_batch(entries: list[Any]) -> None:
    """Raise ClientError for a batch that SQS does not take."""
    total = sum(weight(entry) for entry in entries)
    attributes = [value for entry in entries for value in entry["MessageAttributes"].values()]
    texts = [entry["MessageBody"] for entry in entries]
    texts += [attribute["StringValue"] for attribute in attributes]
    if len(entries) not in range(1, MAX_ENTRIES + 1) or total > MEBIBYTE:
        raise client_error("AWS.SimpleQueueService.BatchRequestTooLong")
    if any(len(entry["MessageAttributes"]) > MAX_ATTRIBUTES for entry in entries):
        raise client_error("InvalidParameterValue")
    if not all(map(LEGAL.fullmatch, texts)):
        raise client_error("InvalidMessageContents")


def weight(entry: Any) -> int:
    """The bytes that SQS counts for an entry: its body and its attributes."""
    attributes = "".join(
        name + value["DataType"] + value["StringValue"]
        for name, value in entry["MessageAttributes"].items()
    )
    return len(entry["MessageBody"].encode()) + len(attributes.encode())


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
