"""Lambda's event source for an SQS queue, with `ReportBatchItemFailures`.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import json
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from tests.fakes.sqs.actions import Json, arn, md5, system_attributes
from tests.fakes.sqs.messages import SqsError
from tests.fakes.sqs.queue import Queue, Received

# Lambda's limit for an event and for a response.
MAX_PAYLOAD: Final = 6 * 1024 * 1024
ENVELOPE_BYTES: Final = len('{"Records":[]}')

type Function = Callable[[Json], Any]


class BatchFailed(Exception):
    """The response is not valid, so Lambda keeps every record of the batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One invocation: its records by message id, those deleted after it, and why it failed."""

    records: tuple[str, ...]
    deleted: tuple[str, ...]
    failure: Exception | None


class EventSource:
    """Invokes a function with the messages of a queue, one batch after another.

    `lock` is held while the queue is used.
    """

    def __init__(
        self,
        queue: Queue,
        function: Function,
        *,
        batch_size: int,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.queue = queue
        self.function = function
        self.batch_size = batch_size
        self.batches: list[Batch] = []
        self._lock = lock or nullcontext()
        self._left_over: list[Received] = []

    def poll(self) -> Batch | None:
        """Invoke the function with the visible messages, and delete those it does not keep.

        Return None when no message is visible. An exception of the function fails the batch.
        """
        with self._lock:
            batch = self._next_batch()
        if not batch:
            return None
        identifiers = tuple(received.message.id for received in batch)
        try:
            kept = kept_records(self.function(event(self.queue, batch)), identifiers)
            failure = None
        except Exception as error:  # noqa: BLE001 - Lambda treats all exceptions alike
            kept, failure = set(identifiers), error
        settled = [received for received in batch if received.message.id not in kept]
        with self._lock:
            for received in settled:
                self.queue.delete(received.handle)
        deleted = tuple(received.message.id for received in settled)
        self.batches.append(Batch(identifiers, deleted, failure))
        return self.batches[-1]

    def _next_batch(self) -> list[Received]:
        """As many messages as are visible, as a batch may have, and as fit an event."""
        batch: list[Received] = []
        size = ENVELOPE_BYTES
        while len(batch) < self.batch_size and (received := self._next()):
            size += len(as_json(record(self.queue, received))) + len(",")
            if size > MAX_PAYLOAD:
                self._left_over.append(received)
                break
            batch.append(received)
        return batch

    def _next(self) -> Received | None:
        if self._left_over:
            return self._left_over.pop()
        try:
            received = self.queue.receive()
        except SqsError:  # too many messages in flight: the next poll may find fewer
            return None
        return received[0] if received else None


def kept_records(response: Any, records: Collection[str]) -> set[str]:
    """The records that stay on the queue; raises BatchFailed when the response is not valid."""
    try:
        size = len(as_json(response))
    except (TypeError, ValueError) as error:
        raise BatchFailed("the response is not JSON") from error
    if size > MAX_PAYLOAD:
        raise BatchFailed("the response is larger than 6 MB")
    failures = listed_failures(response)
    kept = {identifier_of(failure) for failure in failures}
    if unknown := kept - set(records):
        raise BatchFailed(f"itemIdentifier names no record of the batch: {min(unknown)!r}")
    return kept


def listed_failures(response: Any) -> list[Any]:
    """The entries of `batchItemFailures`; none if the response is empty or has no list.

    Raises BatchFailed when the response has another form.
    """
    match response:
        case None:
            return []
        case {"batchItemFailures": list(failures)}:
            return failures
        case dict() if response.get("batchItemFailures") is None:
            return []
    raise BatchFailed("the response is malformed")


def identifier_of(failure: Any) -> str:
    """The record that an entry of the list names; raises BatchFailed if it names none."""
    match failure:
        case {"itemIdentifier": str(identifier)} if identifier:
            return identifier
    raise BatchFailed("an entry of batchItemFailures has no itemIdentifier")


def event(queue: Queue, batch: list[Received]) -> Json:
    """The event of a batch, after a round trip through JSON."""
    records = [record(queue, received) for received in batch]
    parsed: Json = json.loads(as_json({"Records": records}))
    return parsed


def record(queue: Queue, received: Received) -> Json:
    """A message in the form that Lambda gives it."""
    message = received.message
    return {
        "messageId": message.id,
        "receiptHandle": received.handle,
        "body": message.body,
        "attributes": system_attributes(received),
        "messageAttributes": {
            name: {
                **{key[0].lower() + key[1:]: value for key, value in attribute.items()},
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, attribute in message.attributes.items()
        },
        "md5OfBody": md5(message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn(queue),
        "awsRegion": "us-east-1",
    }


def as_json(content: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
