"""The rejected queue: events that can never be delivered, each with the reason."""

import re
from collections.abc import Callable, Iterable, Iterator
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
# The longest body that the events queue takes: its limit leaves room for the attributes below.
BODY_BYTES: Final = BYTES - 8192
# Milliseconds that a call may take at worst: see the client's time limits in connect.py.
TIME_FOR_A_CALL: Final = 10_000
# Of each attribute; all of them together fit what the events queue leaves free, so that every
# event that came in can go out again with its reason.
ATTRIBUTE_CHARACTERS: Final = 500
# What SQS takes neither in a body nor in an attribute: https://www.w3.org/TR/REC-xml/#charsets
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
            "message": self.refused.words,
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
        return length(self.body) + length(told)


class RejectedQueue:
    """The queue that holds rejected events until somebody has looked."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self.url = url

    def store(self, rejections: list[Rejection], time_left: Callable[[], int]) -> list[bool]:
        """Store each while there is time, and tell for each whether the queue took it."""
        stored = [False] * len(rejections)
        for batch in batches(rejections):
            if time_left() < TIME_FOR_A_CALL:
                break
            entries = [entry(index, rejections[index]) for index in batch]
            try:
                answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
            except ClientError:
                continue
            except BotoCoreError:
                # No answer, which costs the time of several: the others are not tried.
                break
            for taken in answer.get("Successful", []):
                stored[int(taken["Id"])] = True
        return stored


def storable(event: str, record_body: str) -> str:
    """An event's JSON with what SQS refuses as escapes, which mean the same.

    An event that grew over the limit when it was spelled anew (1e15 has 4 characters, Python writes
    18) is stored as its whole record, which came through a queue of that limit.
    """
    escaped = NOT_FOR_SQS.sub(lambda found: f"\\u{ord(found[0]):04x}", event)
    return escaped if length(escaped) <= BODY_BYTES else record_body


def length(text: str) -> int:
    """Bytes of a text."""
    return len(text.encode())


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
        weight = rejection.size
        if batch and (len(batch) == ENTRIES or size + weight > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(index)
        size += weight
    if batch:
        yield batch
