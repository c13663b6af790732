"""A record of the events queue, as Lambda hands it over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from rudder_mixpanel.message.times import EPOCH, MILLISECOND, milliseconds

type SqsRecord = Mapping[str, Any]

# Message attributes that a record may carry when it comes again.
FIRST_SENT_AT: Final = "firstSentAt"
OPERATIONS: Final = "operations"
AS_NOT_APPLIED: Final = "asNotApplied"
# Seconds until a kept record is tried again: half a minute at first, doubled each time, at most a
# quarter of an hour. https://docs.aws.amazon.com/AWSSimpleQueueService, "visibility timeout"
SHORTEST_REST: Final = 30
LONGEST_REST: Final = 900


@dataclass(frozen=True, slots=True)
class Record:
    """What delivery needs to know of a record; times are in milliseconds since 1970.

    `only` names the operations that are to be done, all when it is empty. Of those whose outcome is
    unknown somebody has said that they were not applied, if they were in doubt before
    `not_applied_before`, in seconds since 1970: what a replay puts in doubt itself stays so.
    """

    id: str
    body: str
    receipt_handle: str
    receives: int
    first_sent_at: int
    only: frozenset[str] = frozenset()
    not_applied_before: int = 0

    @classmethod
    def of(cls, record: SqsRecord) -> Self:
        """Read a record."""
        told = attributes_of(record)
        return cls(
            id=record["messageId"],
            body=record["body"],
            receipt_handle=record["receiptHandle"],
            receives=int(record["attributes"]["ApproximateReceiveCount"]),
            first_sent_at=first_sent_at(record),
            only=frozenset(filter(None, told.get(OPERATIONS, "").split(","))),
            not_applied_before=not_applied_before(told.get(AS_NOT_APPLIED, ""), record),
        )

    @property
    def first_sent(self) -> datetime:
        """When the queue first took it."""
        return EPOCH + self.first_sent_at * MILLISECOND

    def backoff(self, asked: int = 0) -> int:
        """Seconds until it is tried again, should Mixpanel have `asked` for some.

        And up to a fifth more, by its id, so that what was kept together does not come together.
        """
        doubled = SHORTEST_REST * 2 ** min(self.receives - 1, 10)
        spread = sum(self.id.encode()) % 20 / 100
        return int(min(max(doubled, asked), LONGEST_REST) * (1 + spread))


def attributes_of(record: SqsRecord) -> dict[str, str]:
    """The text of each message attribute."""
    return {
        name: text
        for name, one in record.get("messageAttributes", {}).items()
        if isinstance(text := one.get("stringValue"), str)
    }


def not_applied_before(told: str, record: SqsRecord) -> int:
    """When somebody said that doubtful operations were not applied: `true` means by this record."""
    sent = int(record["attributes"]["SentTimestamp"]) // 1000
    if told.isascii() and told.isdigit():
        return min(int(told[:12]), sent)
    return sent if told == "true" else 0


def first_sent_at(record: SqsRecord) -> int:
    """When the queue first took it: a replay tells so, or its times would change with it."""
    told = milliseconds(attributes_of(record).get(FIRST_SENT_AT))
    sent = int(record["attributes"]["SentTimestamp"])
    # Whoever sends to the queue can tell anything, but nothing is first sent after it was sent.
    return sent if told is None else min(max(told, 0), sent)
