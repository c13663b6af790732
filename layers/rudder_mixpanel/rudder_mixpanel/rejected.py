"""The rejected queue: events that can never be delivered, each with the reason."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.answers import Refused

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        MessageAttributeValueTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
ENTRIES: Final = 10
BYTES: Final = 1_048_576
# Of each attribute; all of them together fit what the events queue leaves free above its largest
# message, so that every event that came in can go out again with its reason.
ATTRIBUTE_CHARACTERS: Final = 500
# What SQS takes in an attribute: https://www.w3.org/TR/REC-xml/#charsets
NOT_FOR_SQS: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event as it came, and why it can never be delivered."""

    body: str
    refused: Refused
    endpoints: tuple[str, ...]
    first_sent_at: str

    @property
    def attributes(self) -> "dict[str, MessageAttributeValueTypeDef]":
        """The reason as message attributes; empty ones are left out, because SQS refuses them."""
        told = {
            "code": self.refused.code,
            "message": self.refused.message,
            "field": self.refused.field,
            "endpoint": ",".join(self.endpoints),
            "firstSentAt": self.first_sent_at,
        }
        legal = {
            name: NOT_FOR_SQS.sub("", text)[:ATTRIBUTE_CHARACTERS] for name, text in told.items()
        }
        return {
            name: {"DataType": "String", "StringValue": text}
            for name, text in legal.items()
            if text
        }

    @property
    def size(self) -> int:
        """Bytes that SQS counts: body, and name, type and value of each attribute."""
        told = "".join(
            name + one["DataType"] + one.get("StringValue", "")
            for name, one in self.attributes.items()
        )
        return len(self.body.encode()) + len(told.encode())


class RejectedQueue:
    """The queue that holds rejected events until somebody has looked."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self.url = url

    def store(self, rejections: list[Rejection]) -> list[bool]:
        """Store each, and tell for each whether the queue took it."""
        stored = [False] * len(rejections)
        for batch in batches(rejections):
            entries = [entry(index, rejections[index]) for index in batch]
            try:
                answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
            except (BotoCoreError, ClientError):
                continue
            for taken in answer.get("Successful", []):
                stored[int(taken["Id"])] = True
        return stored


def entry(index: int, rejection: Rejection) -> "SendMessageBatchRequestEntryTypeDef":
    """One message of a batch, named by its place."""
    return {
        "Id": str(index),
        "MessageBody": rejection.body,
        "MessageAttributes": rejection.attributes,
    }


def batches(rejections: Iterable[Rejection]) -> Iterator[list[int]]:
    """Places of rejections that fit one call together, by count and by bytes."""
    batch: list[int] = []
    size = 0
    for index, rejection in enumerate(rejections):
        if batch and (len(batch) == ENTRIES or size + rejection.size > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(index)
        size += rejection.size
    if batch:
        yield batch
