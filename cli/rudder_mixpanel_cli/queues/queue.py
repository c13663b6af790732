"""An SQS queue with the calls that the commands make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Final

from rudder_mixpanel.aws.sqs import ENTRIES, batch_entry
from rudder_mixpanel_cli.queues.message import ATTRIBUTES, QueuedMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Seconds that received messages stay hidden unless they are released earlier: long enough to
# receive as many as SQS keeps in flight (120,000), so that reading always reaches an end.
VISIBILITY_TIMEOUT: Final = 900
# Seconds to wait for a message. Without long polling, SQS queries only some of its servers and
# may return no message although there are some.
WAIT_TIME: Final = 1


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """Approximate message counts, and the largest message that the queue accepts, in bytes."""

    visible: int
    in_flight: int
    largest: int


class Queue:
    """One of the stack's queues."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self.url = url

    def status(self) -> QueueStatus:
        """Get the queue's message counts and size limit."""
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "MaximumMessageSize",
            ],
        )["Attributes"]
        return QueueStatus(
            visible=int(attributes["ApproximateNumberOfMessages"]),
            in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
            largest=int(attributes["MaximumMessageSize"]),
        )

    def receive(self) -> list[QueuedMessage]:
        """Receive and hide some messages; an empty list when no message is visible."""
        response = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=ENTRIES,
            VisibilityTimeout=VISIBILITY_TIMEOUT,
            WaitTimeSeconds=WAIT_TIME,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=list(ATTRIBUTES),
        )
        return [QueuedMessage.from_sqs(message) for message in response.get("Messages", [])]

    def release(self, receipts: Iterable[str]) -> None:
        """Make messages visible again; SQS does so itself for those that it fails to release."""
        for batch in batched(receipts, ENTRIES, strict=False):
            self.sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                    for index, receipt in enumerate(batch)
                ],
            )

    def delete(self, receipts: Mapping[str, str]) -> list[str]:
        """Delete messages, given as receipts by id; the ids that SQS confirms as deleted."""
        deleted: list[str] = []
        for batch in batched(receipts.items(), ENTRIES, strict=False):
            response = self.sqs.delete_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": receipt}
                    for index, (_, receipt) in enumerate(batch)
                ],
            )
            deleted += (batch[int(entry["Id"])][0] for entry in response.get("Successful", []))
        return deleted

    def send(self, messages: list[QueuedMessage]) -> dict[str, str]:
        """Send messages that fit one call; the errors of those that SQS did not accept, by id."""
        entries = [batch_entry(index, message.outgoing) for index, message in enumerate(messages)]
        response = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        errors = {message.id: "SQS did not say whether it was sent" for message in messages}
        for failed in response.get("Failed", []):
            errors[messages[int(failed["Id"])].id] = failed.get("Message") or failed["Code"]
        for sent in response.get("Successful", []):
            del errors[messages[int(sent["Id"])].id]
        return errors
