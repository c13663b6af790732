"""Lambda's event source for an SQS queue, with `ReportBatchItemFailures`, to the letter.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import json
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

from tests.fakes.sqs.actions import Json, arn, md5, system_attributes
from tests.fakes.sqs.messages import Refusal
from tests.fakes.sqs.queue import Queue, Received

# Lambda's limit for an event and for a response.
PAYLOAD: Final = 6 * 1024 * 1024
ENVELOPE: Final = len('{"Records":[]}')

type Function = Callable[[Json], Any]


class BatchFailed(Exception):
    """The response says nothing that Lambda could rely on: every record stays."""


@dataclass(frozen=True, slots=True)
class Round:
    """One invocation: the records by message id, those deleted after it, and what went wrong."""

    records: tuple[str, ...]
    deleted: tuple[str, ...]
    failure: Exception | None


class EventSource:
    """Feeds a queue to a function, one batch after another."""

    def __init__(
        self,
        queue: Queue,
        function: Function,
        *,
        batch_size: int,
        alone: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.queue = queue
        self.function = function
        self.batch_size = batch_size
        self.rounds: list[Round] = []
        self._alone = alone or nullcontext()
        self._left_over: list[Received] = []

    def poll(self) -> Round | None:
        """Invoke the function with what the queue has now, and settle it; None if it has nothing.

        An exception of the function is a failed batch, and is told in the round.
        """
        with self._alone:
            batch = self._batch()
        if not batch:
            return None
        identifiers = tuple(received.message.id for received in batch)
        try:
            stay = kept(self.function(event(self.queue, batch)), identifiers)
            failure = None
        except Exception as error:  # noqa: BLE001 - whatever it is, Lambda takes it the same way
            stay, failure = set(identifiers), error
        settled = [received for received in batch if received.message.id not in stay]
        with self._alone:
            for received in settled:
                self.queue.delete(received.handle)
        deleted = tuple(received.message.id for received in settled)
        self.rounds.append(Round(identifiers, deleted, failure))
        return self.rounds[-1]

    def _batch(self) -> list[Received]:
        """As many records as there are, as are allowed, and as fit an event."""
        batch: list[Received] = []
        size = ENVELOPE
        while len(batch) < self.batch_size and (received := self._next()):
            size += len(as_json(record(self.queue, received))) + len(",")
            if size > PAYLOAD:
                self._left_over.append(received)
                break
            batch.append(received)
        return batch

    def _next(self) -> Received | None:
        if self._left_over:
            return self._left_over.pop()
        try:
            found = self.queue.receive()
        except Refusal:  # too many in flight: the next poll may find fewer
            return None
        return found[0] if found else None


def kept(response: Any, records: Collection[str]) -> set[str]:
    """The records that stay on the queue, or BatchFailed."""
    try:
        size = len(as_json(response))
    except (TypeError, ValueError) as error:
        raise BatchFailed("the response is not JSON") from error
    if size > PAYLOAD:
        raise BatchFailed("the response is larger than 6 MB")
    failures = failures_of(response)
    stay = {name_of(failure) for failure in failures}
    if unknown := stay - set(records):
        raise BatchFailed(f"itemIdentifier names no record of the batch: {min(unknown)!r}")
    return stay


def failures_of(response: Any) -> list[Any]:
    """What the response lists as failed: nothing, if it is empty or has no list."""
    match response:
        case None:
            return []
        case {"batchItemFailures": list(failures)}:
            return failures
        case dict() if response.get("batchItemFailures") is None:
            return []
    raise BatchFailed("the response is malformed")


def name_of(failure: Any) -> str:
    """The record that an entry of the list names."""
    match failure:
        case {"itemIdentifier": str(name)} if name:
            return name
    raise BatchFailed("an entry of batchItemFailures has no itemIdentifier")


def event(queue: Queue, batch: list[Received]) -> Json:
    """What the function is invoked with, as it comes out of JSON."""
    made: Json = json.loads(as_json({"Records": [record(queue, one) for one in batch]}))
    return made


def record(queue: Queue, received: Received) -> Json:
    """A message as Lambda shows it to functions."""
    message = received.message
    return {
        "messageId": message.id,
        "receiptHandle": received.handle,
        "body": message.body,
        "attributes": system_attributes(received),
        "messageAttributes": {
            name: {
                **{key[0].lower() + key[1:]: value for key, value in one.items()},
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, one in message.attributes.items()
        },
        "md5OfBody": md5(message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn(queue),
        "awsRegion": "us-east-1",
    }


def as_json(content: Any) -> bytes:
    """JSON as short as it gets, in UTF-8."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
