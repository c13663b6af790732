"""SQS: events that are put aside, sent back, or made to wait."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.envelopes import NOT_FOR_SQS, escape_for_sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        MessageAttributeValueTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

type TimeLeft = Callable[[], int]

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
ENTRIES: Final = 10
BYTES: Final = 1_048_576
LONGEST_DELAY: Final = 900
# The longest body that the events queue takes: its limit leaves room for the attributes below.
BODY_BYTES: Final = BYTES - 8192
# Milliseconds that a call may take at worst: see the client's time limits in connect.py.
TIME_FOR_A_CALL: Final = 10_000
# Of each attribute; all of them together fit what the events queue leaves free, so that every
# event that came in can go out again with its reason.
ATTRIBUTE_CHARACTERS: Final = 500
# Calls that change visibility side by side: a batch of 2,000 kept records takes 200 of them.
SIDE_BY_SIDE: Final = 10
# Calls without an answer after which no more are tried.
SILENCES: Final = 2


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message on its way to a queue; `delay` is in seconds."""

    body: str
    texts: dict[str, str] = field(default_factory=dict)
    delay: int = 0

    @property
    def attributes(self) -> "dict[str, MessageAttributeValueTypeDef]":
        """What is told beside the body; empty texts are left out, because SQS refuses them."""
        legal = {
            name: NOT_FOR_SQS.sub("", text)[:ATTRIBUTE_CHARACTERS]
            for name, text in self.texts.items()
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
        return utf8_length(self.body) + utf8_length(told)


@dataclass(frozen=True, slots=True)
class VisibilityTimeout:
    """A record that is not to be received again before so many seconds have passed."""

    receipt_handle: str
    seconds: int


class Queue:
    """One queue of SQS."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self.url = url

    def send(self, messages: Sequence[OutgoingMessage], time_left: TimeLeft) -> list[bool]:
        """Send each while there is time, and tell for each whether the queue took it."""
        taken = [False] * len(messages)
        silences = 0
        for batch in message_batches(messages):
            if time_left() < TIME_FOR_A_CALL:
                break
            entries = [batch_entry(index, messages[index]) for index in batch]
            try:
                answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
            except ClientError:
                continue
            except BotoCoreError:
                # No answer, which costs the time of several.
                silences += 1
                if silences == SILENCES:
                    break
                continue
            for one in answer.get("Successful", []):
                taken[int(one["Id"])] = True
        return taken

    def extend_visibility(self, rests: Sequence[VisibilityTimeout], time_left: TimeLeft) -> None:
        """Say when records come again, as far as there is time.

        One that could not be told about comes again after the queue's own visibility timeout.
        """
        if not rests:
            return

        def change(batch: tuple[VisibilityTimeout, ...]) -> None:
            if time_left() < TIME_FOR_A_CALL:
                return
            entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
                {
                    "Id": str(index),
                    "ReceiptHandle": one.receipt_handle,
                    "VisibilityTimeout": one.seconds,
                }
                for index, one in enumerate(batch)
            ]
            try:
                self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
            except (BotoCoreError, ClientError):
                return

        # Joined before it returns: a thread that outlived the invocation would go on in the next.
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            list(threads.map(change, batched(rests, ENTRIES, strict=False)))


def storable_body(event: str, record_body: str) -> str:
    """An event's JSON with what SQS refuses as escapes, which mean the same.

    An event that grew over the limit when it was spelled anew (1e15 has 4 characters, Python writes
    18) is stored as its whole record, which came through a queue of that limit.
    """
    body = escape_for_sqs(event)
    return body if utf8_length(body) <= BODY_BYTES else record_body


def utf8_length(text: str) -> int:
    """Bytes of a text."""
    return len(text.encode())


def batch_entry(index: int, message: OutgoingMessage) -> "SendMessageBatchRequestEntryTypeDef":
    """One message of a batch, named by its place."""
    told: SendMessageBatchRequestEntryTypeDef = {
        "Id": str(index),
        "MessageBody": message.body,
        "MessageAttributes": message.attributes,
    }
    if message.delay:
        told["DelaySeconds"] = min(message.delay, LONGEST_DELAY)
    return told


def message_batches(messages: Sequence[OutgoingMessage]) -> Iterator[list[int]]:
    """Places of messages that fit one call together."""
    places = range(len(messages))
    return split_by_size(places, lambda place: messages[place].size, most=ENTRIES, most_bytes=BYTES)


def split_by_size[Item](
    items: Iterable[Item], weigh: Callable[[Item], int], *, most: int, most_bytes: int
) -> Iterator[list[Item]]:
    """All of them, in order; one that is too heavy has a portion of its own."""
    portion: list[Item] = []
    size = 0
    for item in items:
        weight = weigh(item)
        if portion and (len(portion) == most or size + weight > most_bytes):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += weight
    if portion:
        yield portion
