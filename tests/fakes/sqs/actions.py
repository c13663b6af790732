"""The actions of the SQS API, from the JSON of a request to the JSON of its response."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.fakes.sqs.messages import MEBIBYTE, Attributes, SqsError, value_of, weight
from tests.fakes.sqs.queue import Queue, Received

type Json = dict[str, Any]

MAX_ENTRIES: Final = 10
ENTRY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
SENDER: Final = "AIDATESTING"


def send_message(queue: Queue, request: Json) -> Json:
    """Send one message."""
    message = queue.send(
        request["MessageBody"],
        request.get("MessageAttributes"),
        request.get("DelaySeconds", 0),
    )
    return {"MessageId": message.id, "MD5OfMessageBody": md5(message.body)} | (
        {"MD5OfMessageAttributes": md5_of(message.attributes)} if message.attributes else {}
    )


def send_message_batch(queue: Queue, request: Json) -> Json:
    """Send up to ten messages; raises SqsError when they are too large together."""
    entries = request.get("Entries", [])
    check_entries(entries)
    if batch_bytes(entries) > MEBIBYTE:
        raise SqsError("BatchRequestTooLong", f"The batch must be shorter than {MEBIBYTE} bytes.")
    return run_batch(send_message, queue, entries)


def receive_message(queue: Queue, request: Json) -> Json:
    """Receive visible messages; it does not wait, because the clock stands still."""
    received = queue.receive(
        request.get("MaxNumberOfMessages", 1), request.get("VisibilityTimeout")
    )
    system_names = request.get("MessageSystemAttributeNames") or request.get("AttributeNames") or []
    names = request.get("MessageAttributeNames") or []
    messages = [message_json(message, system_names, names) for message in received]
    return {"Messages": messages} if messages else {}


def delete_message(queue: Queue, request: Json) -> Json:
    """Delete one message."""
    queue.delete(request["ReceiptHandle"])
    return {}


def delete_message_batch(queue: Queue, request: Json) -> Json:
    """Delete up to ten messages."""
    check_entries(request.get("Entries", []))
    return run_batch(delete_message, queue, request["Entries"])


def change_message_visibility(queue: Queue, request: Json) -> Json:
    """Change the visibility timeout of one message."""
    queue.change_visibility(request["ReceiptHandle"], request["VisibilityTimeout"])
    return {}


def change_message_visibility_batch(queue: Queue, request: Json) -> Json:
    """Change the visibility timeouts of up to ten messages."""
    check_entries(request.get("Entries", []))
    return run_batch(change_message_visibility, queue, request["Entries"])


def get_queue_attributes(queue: Queue, request: Json) -> Json:
    """Return the attributes of the queue, and how many messages it holds."""
    settings = queue.settings
    attributes = {
        "ApproximateNumberOfMessages": queue.visible,
        "ApproximateNumberOfMessagesNotVisible": queue.in_flight,
        "ApproximateNumberOfMessagesDelayed": queue.delayed,
        "MaximumMessageSize": settings.max_bytes,
        "MessageRetentionPeriod": settings.retention,
        "QueueArn": arn(queue),
        "VisibilityTimeout": settings.visibility,
    }
    names = request.get("AttributeNames", [])
    if unknown := set(names) - attributes.keys() - {"All"}:
        raise SqsError("InvalidAttributeName", f"Unknown attribute {min(unknown)}.")
    return {"Attributes": {k: str(v) for k, v in attributes.items() if {k, "All"} & set(names)}}


def purge_queue(queue: Queue, _request: Json) -> Json:
    """Delete every message."""
    queue.purge()
    return {}


ACTIONS: Final[Mapping[str, Callable[[Queue, Json], Json]]] = {
    "ChangeMessageVisibility": change_message_visibility,
    "ChangeMessageVisibilityBatch": change_message_visibility_batch,
    "DeleteMessage": delete_message,
    "DeleteMessageBatch": delete_message_batch,
    "GetQueueAttributes": get_queue_attributes,
    "PurgeQueue": purge_queue,
    "ReceiveMessage": receive_message,
    "SendMessage": send_message,
    "SendMessageBatch": send_message_batch,
}


def batch_bytes(entries: Sequence[Mapping[str, Any]]) -> int:
    """The bytes that SQS counts for all entries of a batch."""
    return sum(
        weight(entry["MessageBody"], entry.get("MessageAttributes") or {}) for entry in entries
    )


def check_entries(entries: list[Json]) -> None:
    """Raise SqsError for a batch that is empty, too long, or has invalid entry ids."""
    if not entries:
        raise SqsError("EmptyBatchRequest", "There should be at least one entry.")
    if len(entries) > MAX_ENTRIES:
        raise SqsError("TooManyEntriesInBatchRequest", f"Maximum is 10, got {len(entries)}.")
    ids = [entry["Id"] for entry in entries]
    if not all(map(ENTRY_ID.fullmatch, ids)):
        raise SqsError("InvalidBatchEntryId", "1 to 80 letters, digits, hyphens and underscores.")
    if len(set(ids)) < len(ids):
        raise SqsError("BatchEntryIdsNotDistinct", "Two entries have the same Id.")


def run_batch(action: Callable[[Queue, Json], Json], queue: Queue, entries: list[Json]) -> Json:
    """Run an action for every entry, and list results and errors; an empty list is left out."""
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **action(queue, entry)})
        except SqsError as error:
            details = {"Code": error.code, "Message": error.message, "SenderFault": True}
            failed.append({"Id": entry["Id"], **details})
    results = {"Successful": successful, "Failed": failed}
    return {name: entries for name, entries in results.items() if entries}


def message_json(received: Received, system_names: list[str], names: list[str]) -> Json:
    """A message as ReceiveMessage returns it, with the requested attributes only."""
    message = received.message
    system = system_attributes(received)
    shown = {name: value for name, value in system.items() if {name, "All"} & set(system_names)}
    attributes = {k: v for k, v in message.attributes.items() if is_requested(k, names)}
    return {
        "MessageId": message.id,
        "ReceiptHandle": received.handle,
        "Body": message.body,
        "MD5OfBody": md5(message.body),
        **({"Attributes": shown} if shown else {}),
        **({"MessageAttributes": attributes} if attributes else {}),
        **({"MD5OfMessageAttributes": md5_of(attributes)} if attributes else {}),
    }


def system_attributes(received: Received) -> dict[str, str]:
    """The attributes that SQS sets itself."""
    message = received.message
    return {
        "ApproximateReceiveCount": str(received.receives),
        "SentTimestamp": str(message.sent_at),
        "SenderId": SENDER,
        "ApproximateFirstReceiveTimestamp": str(message.first_received_at),
    }


def is_requested(name: str, patterns: list[str]) -> bool:
    """Whether an attribute is requested: by its name, by a prefix, or as one of all."""
    return any(
        pattern in {"All", name} or (pattern.endswith(".*") and name.startswith(pattern[:-2]))
        for pattern in patterns
    )


def arn(queue: Queue) -> str:
    """The queue's ARN."""
    return f"arn:aws:sqs:us-east-1:123456789012:{queue.name}"


def md5(text: str) -> str:
    """The MD5 digest with which clients check a body."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_of(attributes: Attributes) -> str:
    """The MD5 digest of attributes: each part after its length, strings marked 1, binaries 2."""
    parts = b""
    for name, attribute in sorted(attributes.items()):
        parts += with_length(name.encode()) + with_length(attribute["DataType"].encode())
        parts += b"\1" if "StringValue" in attribute else b"\2"
        parts += with_length(value_of(attribute))
    return hashlib.md5(parts, usedforsecurity=False).hexdigest()


def with_length(part: bytes) -> bytes:
    """A part after its length."""
    return len(part).to_bytes(4) + part
