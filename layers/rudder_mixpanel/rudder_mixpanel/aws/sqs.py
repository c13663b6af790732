"""SQS: sending, deleting and delaying messages in batches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.time_limits import TIME_FOR_A_CALL, TimeLeft
from rudder_mixpanel.envelopes import NOT_FOR_SQS, escape_for_sqs, redact_body

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
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
# Concurrent calls: changing the visibility of 2,000 kept records takes 200 of them.
SIDE_BY_SIDE: Final = 10
# Messages in flight from which on kept ones go back with a delay instead: SQS allows 120,000, and
# returns no further message to anybody at this limit.
CROWDED: Final = 80_000
IN_FLIGHT: Final = "ApproximateNumberOfMessagesNotVisible"
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
    """One SQS queue; it is crowded with more than `crowded` messages in flight."""

    def __init__(self, sqs: "SQSClient", url: str, crowded: int = CROWDED) -> None:
        self.sqs = sqs
        self.url = url
        self.crowded = crowded

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
        call_in_batches(self.extend_batch, timeouts, time_left)

    def extend_batch(self, batch: Iterable[VisibilityTimeout]) -> None:
        """Set when the records of one batch become visible."""
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {
                "Id": str(index),
                "ReceiptHandle": timeout.receipt_handle,
                "VisibilityTimeout": timeout.seconds,
            }
            for index, timeout in enumerate(batch)
        ]
        self.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def delete(self, receipt_handles: Sequence[str], time_left: TimeLeft) -> None:
        """Delete received messages, as far as there is time."""
        call_in_batches(self.delete_batch, receipt_handles, time_left)

    def delete_batch(self, batch: Iterable[str]) -> None:
        """Delete the messages of one batch."""
        entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
            {"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(batch)
        ]
        self.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)

    def is_crowded(self, time_left: TimeLeft) -> bool:
        """Whether so many messages are in flight that the limit is near; False if unknown."""
        if time_left() < TIME_FOR_A_CALL:
            return False
        try:
            response = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[IN_FLIGHT])
        except (BotoCoreError, ClientError):
            return False
        return int(response["Attributes"][IN_FLIGHT]) > self.crowded


def call_in_batches[Item](
    call: Callable[[tuple[Item, ...]], None], items: Sequence[Item], time_left: TimeLeft
) -> None:
    """Call with ten items each, several calls concurrently, while there is time.

    A call that fails leaves its messages as they are, to be settled by SQS and Lambda.
    """

    def call_in_time(batch: tuple[Item, ...]) -> None:
        if time_left() < TIME_FOR_A_CALL:
            return
        try:
            call(batch)
        except (BotoCoreError, ClientError):
            return

    if items:
        # Joined here: a thread that outlived the invocation would continue in the next one.
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            list(threads.map(call_in_time, batched(items, ENTRIES, strict=False)))


def storable_body(event: str, record_body: str) -> str:
    """An event's JSON, with the characters that SQS rejects escaped.

    An event can grow over the limit when it is encoded again (1e15 has 4 characters, Python writes
    18). Then the body of its whole record is returned, which came through a queue of that limit,
    but without the secrets in it.
    """
    body = escape_for_sqs(event)
    if utf8_length(body) <= BODY_BYTES:
        return body
    # Only a record full of tiny settings is longer without them.
    redacted = escape_for_sqs(redact_body(record_body))
    return redacted.encode()[:BODY_BYTES].decode(errors="ignore")


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
