"""A message of the rejected queue or of a dead-letter queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from rudder_mixpanel.aws.sqs import OutgoingMessage
from rudder_mixpanel.delivery.backfill import BACKFILL
from rudder_mixpanel.delivery.event import message_id_of
from rudder_mixpanel.delivery.record import (
    AS_NOT_APPLIED,
    FIRST_RECORD_ID,
    FIRST_SENT_AT,
    OPERATIONS,
)
from rudder_mixpanel.delivery.remainder import REMAINDER, read_parts
from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.log_ids import loggable_id
from rudder_mixpanel.message.times import EPOCH, MILLISECOND, milliseconds

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# The message attributes that the function writes and reads.
ATTRIBUTES: Final = (
    *("code", "message", "field", "endpoint"),
    *(FIRST_SENT_AT, FIRST_RECORD_ID, OPERATIONS, AS_NOT_APPLIED, REMAINDER, BACKFILL),
)


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A received message, which other consumers cannot see until it is released."""

    id: str
    receipt: str
    body: str
    attributes: dict[str, str]
    sent_at: datetime

    @classmethod
    def from_sqs(cls, message: "MessageTypeDef") -> Self:
        """Read a message as SQS returns it."""
        return cls(
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            attributes={
                name: text
                for name, attribute in message.get("MessageAttributes", {}).items()
                if name in ATTRIBUTES and (text := attribute.get("StringValue"))
            },
            sent_at=EPOCH + int(message["Attributes"]["SentTimestamp"]) * MILLISECOND,
        )

    @property
    def code(self) -> str:
        """The error code; empty for dead letters, which have none."""
        return self.attributes.get("code", "")

    @property
    def endpoints(self) -> list[str]:
        """The endpoints that rejected its operations; empty when nothing was sent."""
        return list(filter(None, self.attributes.get("endpoint", "").split(",")))

    @property
    def first_sent_at(self) -> datetime:
        """When the event was first sent to the events queue, as the function reads it.

        SQS keeps the original SentTimestamp when it moves a message to a dead-letter queue.
        """
        first_sent_at = milliseconds(self.attributes.get(FIRST_SENT_AT))
        return self.sent_at if first_sent_at is None else EPOCH + first_sent_at * MILLISECOND

    @property
    def first_record_id(self) -> str:
        """The id of the record in which the event first reached the events queue.

        SQS keeps the id of a message that it moves to a dead-letter queue. A rejected event that
        names none was rejected by an older version, which did not say.
        """
        own = "" if self.code else self.id
        return self.attributes.get(FIRST_RECORD_ID, own)

    @property
    def outcome_unknown(self) -> bool:
        """Whether sending it again may count something twice."""
        return self.code == Code.OUTCOME_UNKNOWN or self.attributes.get(AS_NOT_APPLIED) == "true"

    @property
    def outgoing(self) -> OutgoingMessage:
        """The message for the events queue: the event, its first time, its open operations."""
        attributes = {
            FIRST_SENT_AT: self.first_sent_at.isoformat(),
            FIRST_RECORD_ID: self.first_record_id,
            OPERATIONS: self.attributes.get(OPERATIONS, ""),
            AS_NOT_APPLIED: "true" if self.outcome_unknown else "",
            REMAINDER: self.attributes.get(REMAINDER, ""),
            BACKFILL: self.attributes.get(BACKFILL, ""),
        }
        return OutgoingMessage(self.body, attributes)

    @property
    def ids(self) -> Iterator[str]:
        """The SQS ids of the message and of the first record, and each event's messageId.

        The messageId also as logs show it.
        """
        yield self.id
        if self.first_record_id:
            yield self.first_record_id
        for event in self.events:
            if event and (message_id := message_id_of(event)):
                yield message_id
                yield loggable_id(message_id)

    @property
    def events(self) -> Iterator[dict[str, Any] | None]:
        """The events in the body, and None for each part that is not readable."""
        for part in read_parts(self.body, is_remainder=REMAINDER in self.attributes):
            yield None if isinstance(part.item, Unreadable) else part.item
