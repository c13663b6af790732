"""The actions of SQS's API, from a request's JSON to its answer's."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.fakes.sqs.messages import MEBIBYTE, Attributes, Refusal, value_of, weight
from tests.fakes.sqs.queue import Queue, Received

type Json = dict[str, Any]

MOST_ENTRIES: Final = 10
ENTRY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
SENDER: Final = "AIDATESTING"


def send_message(queue: Queue, request: Json) -> Json:
    """Take one message."""
    message = queue.send(
        request["MessageBody"],
        request.get("MessageAttributes"),
        request.get("DelaySeconds", 0),
    )
    return {"MessageId": message.id, "MD5OfMessageBody": md5(message.body)} | (
        {"MD5OfMessageAttributes": md5_of(message.attributes)} if message.attributes else {}
    )


def send_message_batch(queue: Queue, request: Json) -> Json:
    """Take up to ten messages, each for itself, unless they are too much together."""
    entries = request.get("Entries", [])
    check_entries(entries)
    if sum(weight(e["MessageBody"], e.get("MessageAttributes") or {}) for e in entries) > MEBIBYTE:
        raise Refusal("BatchRequestTooLong", f"The batch must be shorter than {MEBIBYTE} bytes.")
    return each(send_message, queue, entries)


def receive_message(queue: Queue, request: Json) -> Json:
    """Hand out messages at once; nobody waits, because the clock stands still."""
    found = queue.receive(request.get("MaxNumberOfMessages", 1), request.get("VisibilityTimeout"))
    wanted = request.get("MessageSystemAttributeNames") or request.get("AttributeNames") or []
    named = request.get("MessageAttributeNames") or []
    return {"Messages": [shown(one, wanted, named) for one in found]} if found else {}


def delete_message(queue: Queue, request: Json) -> Json:
    """Settle one message."""
    queue.delete(request["ReceiptHandle"])
    return {}


def delete_message_batch(queue: Queue, request: Json) -> Json:
    """Settle up to ten messages."""
    check_entries(request.get("Entries", []))
    return each(delete_message, queue, request["Entries"])


def change_message_visibility(queue: Queue, request: Json) -> Json:
    """Hide one message for another while."""
    queue.change_visibility(request["ReceiptHandle"], request["VisibilityTimeout"])
    return {}


def change_message_visibility_batch(queue: Queue, request: Json) -> Json:
    """Hide up to ten messages, each for a while of its own."""
    check_entries(request.get("Entries", []))
    return each(change_message_visibility, queue, request["Entries"])


def get_queue_attributes(queue: Queue, request: Json) -> Json:
    """How the queue is set up, and how much is in it."""
    settings = queue.settings
    known = {
        "ApproximateNumberOfMessages": queue.visible,
        "ApproximateNumberOfMessagesNotVisible": queue.in_flight,
        "ApproximateNumberOfMessagesDelayed": queue.delayed,
        "MaximumMessageSize": settings.longest,
        "MessageRetentionPeriod": settings.retention,
        "QueueArn": arn(queue),
        "VisibilityTimeout": settings.visibility,
    }
    wanted = request.get("AttributeNames", [])
    if unknown := set(wanted) - known.keys() - {"All"}:
        raise Refusal("InvalidAttributeName", f"Unknown attribute {min(unknown)}.")
    return {"Attributes": {k: str(v) for k, v in known.items() if {k, "All"} & set(wanted)}}


def purge_queue(queue: Queue, _request: Json) -> Json:
    """Forget every message."""
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


def check_entries(entries: list[Json]) -> None:
    """Refuse a batch that is empty, too long, or names its entries badly."""
    if not entries:
        raise Refusal("EmptyBatchRequest", "There should be at least one entry.")
    if len(entries) > MOST_ENTRIES:
        raise Refusal("TooManyEntriesInBatchRequest", f"Maximum is 10, got {len(entries)}.")
    names = [entry["Id"] for entry in entries]
    if not all(map(ENTRY_ID.fullmatch, names)):
        raise Refusal("InvalidBatchEntryId", "1 to 80 letters, digits, hyphens and underscores.")
    if len(set(names)) < len(names):
        raise Refusal("BatchEntryIdsNotDistinct", "Two entries have the same Id.")


def each(action: Callable[[Queue, Json], Json], queue: Queue, entries: list[Json]) -> Json:
    """Do the same for every entry, and tell which were refused; an empty list is left out."""
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **action(queue, entry)})
        except Refusal as refusal:
            why = {"Code": refusal.code, "Message": refusal.message, "SenderFault": True}
            failed.append({"Id": entry["Id"], **why})
    told = {"Successful": successful, "Failed": failed}
    return {name: results for name, results in told.items() if results}


def shown(received: Received, wanted: list[str], named: list[str]) -> Json:
    """A message as a receive shows it: attributes only where they were asked for."""
    message = received.message
    system = system_attributes(received)
    told = {name: value for name, value in system.items() if {name, "All"} & set(wanted)}
    attributes = {k: v for k, v in message.attributes.items() if is_named(k, named)}
    return {
        "MessageId": message.id,
        "ReceiptHandle": received.handle,
        "Body": message.body,
        "MD5OfBody": md5(message.body),
        **({"Attributes": told} if told else {}),
        **({"MessageAttributes": attributes} if attributes else {}),
        **({"MD5OfMessageAttributes": md5_of(attributes)} if attributes else {}),
    }


def system_attributes(received: Received) -> dict[str, str]:
    """What SQS itself knows of a message."""
    message = received.message
    return {
        "ApproximateReceiveCount": str(received.receives),
        "SentTimestamp": str(message.sent_at),
        "SenderId": SENDER,
        "ApproximateFirstReceiveTimestamp": str(message.first_received_at),
    }


def is_named(name: str, wanted: list[str]) -> bool:
    """Whether an attribute is asked for: by name, by the beginning of it, or with all."""
    return any(
        one in {"All", name} or (one.endswith(".*") and name.startswith(one[:-2])) for one in wanted
    )


def arn(queue: Queue) -> str:
    """The queue's name in all of AWS."""
    return f"arn:aws:sqs:us-east-1:123456789012:{queue.name}"


def md5(text: str) -> str:
    """The digest by which clients check what they sent and received."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_of(attributes: Attributes) -> str:
    """The digest of attributes: each part behind its length, strings marked 1, binaries 2."""
    parts = b""
    for name, one in sorted(attributes.items()):
        parts += long(name.encode()) + long(one["DataType"].encode())
        parts += (b"\1" if "StringValue" in one else b"\2") + long(value_of(one))
    return hashlib.md5(parts, usedforsecurity=False).hexdigest()


def long(part: bytes) -> bytes:
    """A part behind its length."""
    return len(part).to_bytes(4) + part
