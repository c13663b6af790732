"""SQS: sending messages in batches, and extending the visibility timeout of received ones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.time_limits import TIME_FOR_A_CALL, TimeLeft
from rudder_mixpanel.envelopes import NOT_FOR_SQS, escape_for_sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        MessageAttributeValueTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
ENTRIES: Final = 10
BYTES: Final = 1_048_576
MAX_DELAY: Final = 900
# The longest body that the events queue accepts: its limit leaves room for the attributes below.
BODY_BYTES: Final = BYTES - 8192
# Limit of each attribute. All of them together fit into the room above, so that every event that
# came in can go out again with its reason.
ATTRIBUTE_CHARACTERS: Final = 500
# Concurrent calls that change visibility: a batch of 2,000 kept records takes 200 of them.
SIDE_BY_SIDE: Final = 10
# Calls without a response after which no more are tried.
MAX_UNANSWERED: Final = 2


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send, with its attributes as `texts`; `delay` is in seconds."""

    body: str
    texts: dict[str, str] = field(default_factory=dict)
    delay: int = 0

    @property
    def attributes(self) -> "dict[str, MessageAttributeValueTypeDef]":
        """The message attributes; empty ones are left out, because SQS rejects them."""
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
        """The bytes that SQS counts: body, and name, type and value of each attribute."""
        attributes = "".join(
            name + attribute["DataType"] + attribute.get("StringValue", "")
            for name, attribute in self.attributes.items()
        )
        return utf8_length(self.body) + utf8_length(attributes)


@dataclass(frozen=True, slots=True)
class VisibilityTimeout:
    """How many seconds must pass before a record is received again."""

    receipt_handle: str
    seconds: int


class Queue:
    """One SQS queue."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self.sqs = sqs
        self.url = url

    def send(self, messages: Sequence[OutgoingMessage], time_left: TimeLeft) -> list[bool]:
        """Send the messages while there is time; for each, whether the queue accepted it."""
        accepted = [False] * len(messages)
        unanswered = 0
        for batch in message_batches(messages):
            if unanswered == MAX_UNANSWERED or time_left() < TIME_FOR_A_CALL:
                break
            try:
                sent = self.send_batch(messages, batch)
            except ClientError:
                continue
            except BotoCoreError:
                # A call without a response takes the time of several.
                unanswered += 1
                continue
            for index in sent:
                accepted[index] = True
        return accepted

    def send_batch(self, messages: Sequence[OutgoingMessage], batch: Iterable[int]) -> list[int]:
        """Send the messages at these indexes in one call, and return the indexes accepted."""
        entries = [batch_entry(index, messages[index]) for index in batch]
        response = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        return [int(entry["Id"]) for entry in response.get("Successful", [])]

    def extend_visibility(self, timeouts: Sequence[VisibilityTimeout], time_left: TimeLeft) -> None:
        """Set when records become visible again, as far as there is time.

        A record that is not reached becomes visible after the queue's own visibility timeout.
        """
        if not timeouts:
            return
        extend = partial(self.extend_batch, time_left)
        # Joined here: a thread that outlived the invocation would continue in the next one.
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            list(threads.map(extend, batched(timeouts, ENTRIES, strict=False)))

    def extend_batch(self, time_left: TimeLeft, batch: Iterable[VisibilityTimeout]) -> None:
        """Set when the records of one batch become visible, if there is time for a call."""
        if time_left() < TIME_FOR_A_CALL:
            return
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {
                "Id": str(index),
                "ReceiptHandle": timeout.receipt_handle,
                "VisibilityTimeout": timeout.seconds,
            }
            for index, timeout in enumerate(batch)
        ]
        try:
            self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
        except (BotoCoreError, ClientError):
            return


def storable_body(event: str, record_body: str) -> str:
    """An event's JSON, with the characters that SQS rejects escaped.

    An event can grow over the limit when it is encoded again (1e15 has 4 characters, Python writes
    18). Then the body of its whole record is returned, which came through a queue of that limit.
    """
    body = escape_for_sqs(event)
    return body if utf8_length(body) <= BODY_BYTES else record_body


def utf8_length(text: str) -> int:
    """The length of a text in bytes."""
    return len(text.encode())


def batch_entry(index: int, message: OutgoingMessage) -> "SendMessageBatchRequestEntryTypeDef":
    """A message as an entry of SendMessageBatch, identified by its index."""
    entry: SendMessageBatchRequestEntryTypeDef = {
        "Id": str(index),
        "MessageBody": message.body,
        "MessageAttributes": message.attributes,
    }
    if message.delay:
        entry["DelaySeconds"] = min(message.delay, MAX_DELAY)
    return entry


def message_batches(messages: Sequence[OutgoingMessage]) -> Iterator[list[int]]:
    """The indexes of the messages, grouped so that each group fits into one call."""
    indexes = range(len(messages))
    return split_by_size(
        indexes, lambda index: messages[index].size, most=ENTRIES, most_bytes=BYTES
    )


def split_by_size[Item](
    items: Iterable[Item], weigh: Callable[[Item], int], *, most: int, most_bytes: int
) -> Iterator[list[Item]]:
    """Split items into batches, in order; an item that is too large gets a batch of its own."""
    batch: list[Item] = []
    size = 0
    for item in items:
        weight = weigh(item)
        if batch and (len(batch) == most or size + weight > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += weight
    if batch:
        yield batch
