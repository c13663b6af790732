"""A record of the events queue, as Lambda passes it to the function."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from rudder_mixpanel.delivery.backfill import BACKFILL, BackfillMode
from rudder_mixpanel.delivery.remainder import REMAINDER
from rudder_mixpanel.message.times import EPOCH, MILLISECOND, milliseconds

type SqsRecord = Mapping[str, Any]

# Message attributes of a record that replaces another one, or was replayed.
FIRST_SENT_AT: Final = "firstSentAt"
FIRST_RECORD_ID: Final = "firstRecordId"
OPERATIONS: Final = "operations"
AS_NOT_APPLIED: Final = "asNotApplied"
EARLIER_ATTEMPTS: Final = "attempts"
# More attempts than nine days have.
MOST_ATTEMPTS: Final = 2000
# The ids of SQS: https://docs.aws.amazon.com/AWSSimpleQueueService, "message IDs"
RECORD_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Record(NamedTuple):
    """What delivery needs of a record; `first_sent_at` is in milliseconds since 1970.

    `first_id` is the id of the record in which its events first reached the queue.
    `attempt` counts how often it was received, together with the records that it replaces. `only`
    names the operations to do; empty means all. `not_applied_before` is in seconds since 1970:
    counters whose outcome became unknown before it are known not to have been applied. Those that
    become unknown later, in a replay itself, stay unknown. `backfill` says what is sent
    of old events.
    """

    id: str
    body: str
    receipt_handle: str
    attempt: int
    first_sent_at: int
    first_id: str
    is_remainder: bool = False
    only: frozenset[str] = frozenset()
    not_applied_before: int = 0
    backfill: BackfillMode | None = None

    @classmethod
    def of(cls, record: SqsRecord) -> Self:
        """Read a record."""
        id_, system = record["messageId"], record["attributes"]
        own = cls(
            id=id_,
            body=record["body"],
            receipt_handle=record["receiptHandle"],
            attempt=int(system["ApproximateReceiveCount"]),
            first_sent_at=int(system["SentTimestamp"]),
            first_id=id_,
        )
        # Most records have none.
        attributes = attributes_of(record)
        return own.with_attributes(attributes) if attributes else own

    def with_attributes(self, attributes: Mapping[str, str]) -> Self:
        """The record as its message attributes say, where they are credible."""
        sent_at = self.first_sent_at
        return self._replace(
            attempt=self.attempt + earlier_attempts(attributes.get(EARLIER_ATTEMPTS, "")),
            first_sent_at=first_sent_at(attributes.get(FIRST_SENT_AT), sent_at),
            first_id=first_id(attributes.get(FIRST_RECORD_ID, ""), self.id),
            is_remainder=REMAINDER in attributes,
            only=frozenset(filter(None, attributes.get(OPERATIONS, "").split(","))),
            not_applied_before=not_applied_before(
                attributes.get(AS_NOT_APPLIED, ""), sent_at // 1000
            ),
            backfill=BackfillMode.read(mode) if (mode := attributes.get(BACKFILL)) else None,
        )

    @property
    def backfill_text(self) -> str:
        """The mode of a backfill as an attribute; empty for another record."""
        return self.backfill.text if self.backfill else ""

    @property
    def first_sent(self) -> datetime:
        """When the queue first received it."""
        return EPOCH + self.first_sent_at * MILLISECOND


def attributes_of(record: SqsRecord) -> dict[str, str]:
    """The message attributes that are text."""
    return {
        name: text
        for name, attribute in record.get("messageAttributes", {}).items()
        if isinstance(text := attribute.get("stringValue"), str)
    }


def earlier_attempts(text: str) -> int:
    """The number in an `attempts` attribute, 0 if there is none."""
    return min(int(text[:4]), MOST_ATTEMPTS) if text.isascii() and text.isdigit() else 0


def first_id(text: str, own_id: str) -> str:
    """The id in a `firstRecordId` attribute, else the record's own."""
    # The id is logged, and any sender can set the attribute.
    return text if RECORD_ID.fullmatch(text) else own_id


def not_applied_before(text: str, sent: int) -> int:
    """The seconds in an `asNotApplied` attribute; `true` means when the record was sent."""
    if text.isascii() and text.isdigit():
        return min(int(text[:12]), sent)
    return sent if text == "true" else 0


def first_sent_at(text: str | None, sent_at: int) -> int:
    """When the queue first received it, in milliseconds: a replayed record names the original time.

    Otherwise the times that are derived from it would change with each replay.
    """
    original = milliseconds(text)
    # Any sender can set the attribute, so it is limited to what is possible.
    return sent_at if original is None else min(max(original, 0), sent_at)
