"""Reads a record of the queue: opens its envelopes, within limits, down to the events."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from rudder_mixpanel.envelopes.compression import (
    GZIP,
    MAX_CONTAINERS,
    Decompressor,
    GzipLimitExceeded,
    InvalidGzip,
)
from rudder_mixpanel.envelopes.items import EnvelopeItem, Message, Unreadable
from rudder_mixpanel.envelopes.json_text import decode_json, unreadable_error
from rudder_mixpanel.envelopes.redaction import Redactor, redact_body
from rudder_mixpanel.envelopes.shapes import (
    destination_of,
    failed_payload,
    is_event,
    why_unknown,
)
from rudder_mixpanel.errors import Code, RejectedEvent

# A batch in a webhook's request in EventBridge's envelope in an SNS notification is possible; much
# more is an attack.
MAX_ENVELOPES: Final = 8
# As many events as can be rejected within one invocation. The longest body holds as many of 200
# bytes; a record with more was not made by RudderStack.
EVENTS_OF_A_RECORD: Final = 5000
# The limit on arrays, envelopes and events that are read of a record
PARTS_OF_A_RECORD: Final = 4 * EVENTS_OF_A_RECORD
# Limits on the decompressed size of a record. Real batches shrink to an eighth in base64 of gzip,
# bombs to a thousandth. Two thousand of the largest records must fit the memory of the function.
DECOMPRESSED_RATIO: Final = 20
DECOMPRESSED_BYTES: Final = 4 * 1_048_576
# Each part may be compressed alone.
MEMBERS_OF_A_RECORD: Final = EVENTS_OF_A_RECORD
NOT_ENCODED: Final = "neither base64 of text nor base64 of gzip of text"
TOO_MANY_CONTAINERS: Final = "the decompressed part has too many arrays and objects"
TOO_MANY_ENVELOPES: Final = f"envelopes nested deeper than {MAX_ENVELOPES}"


def read_events(body: str, *, destination_id: str | None = None) -> list[EnvelopeItem]:
    """Every event of a record, in order, and every part of it that is unreadable.

    Arrays and envelopes may be nested. With `destination_id`, an event that its envelope addresses
    to another destination is unreadable.
    """
    try:
        content = decode_json(body)
    except RejectedEvent as error:
        return [Unreadable(redact_body(body), error.message)]
    # Most records are a single event.
    if isinstance(content, dict) and "type" in content:
        return [content]
    most_bytes = min(DECOMPRESSED_RATIO * len(body), DECOMPRESSED_BYTES)
    decompressor = Decompressor(most_bytes, MEMBERS_OF_A_RECORD)
    record = RecordReader(destination_id, decompressor, Redactor.for_record(body))
    items = list(islice(record.read_part(content, MAX_ENVELOPES), EVENTS_OF_A_RECORD + 1))
    if len(items) > EVENTS_OF_A_RECORD or record.parts_left < 0:
        return [
            Unreadable(
                redact_body(body), f"expected at most {EVENTS_OF_A_RECORD} events in a record"
            )
        ]
    return items


@dataclass(slots=True)
class RecordReader:
    """Reads one record within limits: of what is decompressed, and of the parts to read."""

    destination_id: str | None
    decompressor: Decompressor
    redactor: Redactor
    parts_left: int = PARTS_OF_A_RECORD

    def read_part(self, content: Any, envelopes_left: int) -> Iterator[EnvelopeItem]:
        """Yield the events in a decoded part, through at most this many envelopes."""
        self.parts_left -= 1
        if self.parts_left < 0:
            return
        if is_event(content):
            yield content
            return
        try:
            parts = self.open_envelope(content)
        except RejectedEvent as error:
            yield Unreadable(self.redactor.redact(content), error.message, error.code)
            return
        # No exception for these: a record can have thousands of them.
        if parts is None:
            yield Unreadable(self.redactor.redact(content), why_unknown(content))
            return
        if envelopes_left == 0:
            yield Unreadable(self.redactor.redact(content), TOO_MANY_ENVELOPES)
            return
        for part in parts:
            yield from self.read_part(part, envelopes_left - 1)

    def open_envelope(self, envelope: Any) -> list[Any] | None:
        """The parts of an array or an envelope, None if it is neither.

        Raises RejectedEvent when its content is unreadable, or it is addressed to another
        destination.
        """
        match envelope:
            case list(parts) | {"batch": list(parts)} | {"Records": list(parts)}:
                return parts
            # EventBridge; SNS that invokes a function
            case {"detail-type": str(), "source": str(), "detail": part} | {"Sns": dict(part)}:
                pass
            # Kinesis that invokes a function; Kinesis through a pipe; API Gateway
            case (
                {"kinesis": {"data": str(encoded)}}
                | {"partitionKey": str(), "data": str(encoded)}
                | {"body": str(encoded), "isBase64Encoded": True}
            ):
                part = decode_json(self.decode_text(encoded))
            # Lambda, to the on-failure destination of a function or of its event source
            case {"requestContext": {"functionArn": str()}}:
                part = failed_payload(envelope)
            # SNS that sends to a queue; SQS that invokes a function; API Gateway
            case (
                {"Type": "Notification", "Message": str(text)}
                | {"eventSource": "aws:sqs", "body": str(text)}
                | {"body": str(text), "isBase64Encoded": False}
                | {"body": str(text), "requestContext": dict()}
            ):
                part = decode_json(text)
            # RudderStack's transformer
            case {"message": part, "destination": dict()} | {"message": part, "metadata": dict()}:
                self.check_destination(envelope)
            case _:
                return None
        return [part]

    def check_destination(self, envelope: Message) -> None:
        """Raise RejectedEvent when a transformer's envelope names another destination."""
        named = destination_of(envelope)
        if named and self.destination_id not in (None, named):
            why = "the envelope names another destination"
            raise RejectedEvent(Code.WRONG_DESTINATION, why)

    def decode_text(self, encoded: str) -> str:
        """The text in base64, compressed or not; raises RejectedEvent."""
        try:
            content = b64decode(encoded, validate=True)
            if content.startswith(GZIP):
                content = self.decompressor.decompress(content)
                check_containers(content)
            return content.decode()
        except GzipLimitExceeded as error:
            raise unreadable_error(str(error)) from None
        except (ValueError, InvalidGzip):
            raise unreadable_error(NOT_ENCODED) from None


def check_containers(content: bytes) -> None:
    """Raise RejectedEvent when decompressed JSON would take far more memory than its size."""
    if content.count(b"{") + content.count(b"[") > MAX_CONTAINERS:
        raise unreadable_error(TOO_MANY_CONTAINERS)
