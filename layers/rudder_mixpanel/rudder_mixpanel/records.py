"""A record of the events queue, as Lambda hands it over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from rudder_mixpanel.mapping.times import EPOCH, MILLISECOND, milliseconds

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
    """What delivery needs to know of a record.

    `only` names the operations that are to be done, all when it is empty; with `as_not_applied`
    those of an unknown outcome are among them.
    """

    id: str
    body: str
    receipt_handle: str
    receives: int
    first_sent: datetime
    only: frozenset[str] = frozenset()
    as_not_applied: bool = False

    @classmethod
    def of(cls, record: SqsRecord) -> Self:
        """Read a record."""
        told = attributes_of(record)
        return cls(
            id=record["messageId"],
            body=record["body"],
            receipt_handle=record["receiptHandle"],
            receives=int(record["attributes"]["ApproximateReceiveCount"]),
            first_sent=first_sent_at(record),
            only=frozenset(filter(None, told.get(OPERATIONS, "").split(","))),
            as_not_applied=told.get(AS_NOT_APPLIED) == "true",
        )

    def rest(self, asked: int = 0) -> int:
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


def first_sent_at(record: SqsRecord) -> datetime:
    """When the queue first took it: a replay tells so, or its times would change with it."""
    told = milliseconds(attributes_of(record).get(FIRST_SENT_AT))
    sent = int(record["attributes"]["SentTimestamp"])
    # Whoever sends to the queue can tell anything, but nothing is first sent after it was sent.
    return EPOCH + (sent if told is None else min(max(told, 0), sent)) * MILLISECOND
