"""A message that waits in a queue for somebody to look, and which ones somebody means."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from rudder_mixpanel.aws.sqs import OutgoingMessage
from rudder_mixpanel.delivery.record import AS_NOT_APPLIED, FIRST_SENT_AT, OPERATIONS
from rudder_mixpanel.envelopes import Unreadable, read_events
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.times import EPOCH, MILLISECOND, milliseconds

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# The attributes that the function writes and reads
TOLD: Final = (
    *("code", "message", "field", "endpoint"),
    *(FIRST_SENT_AT, OPERATIONS, AS_NOT_APPLIED),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A message of the rejected queue or of a dead-letter queue, out of others' sight for now."""

    id: str
    receipt: str
    body: str
    told: dict[str, str]
    sent: datetime

    @classmethod
    def of(cls, message: "MessageTypeDef") -> Self:
        """Read what SQS hands over."""
        return cls(
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            told={
                name: text
                for name, one in message.get("MessageAttributes", {}).items()
                if name in TOLD and (text := one.get("StringValue"))
            },
            sent=EPOCH + int(message["Attributes"]["SentTimestamp"]) * MILLISECOND,
        )

    @property
    def code(self) -> str:
        """Why it was rejected; dead letters do not say."""
        return self.told.get("code", "")

    @property
    def endpoints(self) -> list[str]:
        """Where its operations were refused; none where it was never asked for."""
        return list(filter(None, self.told.get("endpoint", "").split(",")))

    @property
    def first_sent(self) -> datetime:
        """When the events queue first took it, as the function reads it.

        A redrive leaves the time alone at which the message was first sent.
        """
        told = milliseconds(self.told.get(FIRST_SENT_AT))
        return self.sent if told is None else EPOCH + told * MILLISECOND

    @property
    def doubtful(self) -> bool:
        """Whether to send it again may count something twice."""
        return self.code == Code.OUTCOME_UNKNOWN or self.told.get(AS_NOT_APPLIED) == "true"

    @property
    def again(self) -> OutgoingMessage:
        """What goes back to the events queue: the event, its first time, and what is to be done."""
        told = {
            FIRST_SENT_AT: self.first_sent.isoformat(),
            OPERATIONS: self.told.get(OPERATIONS, ""),
            AS_NOT_APPLIED: "true" if self.doubtful else "",
        }
        return OutgoingMessage(self.body, told)

    @property
    def ids(self) -> Iterator[str]:
        """What SQS calls it, and what senders call the events in it."""
        yield self.id
        for event in read_events(self.body):
            if not isinstance(event, Unreadable) and isinstance(
                told := event.get("messageId"), str
            ):
                yield told


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages somebody means: those of whom all is true that is said; all, if nothing is."""

    codes: frozenset[str] = frozenset()
    endpoints: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, held: Held) -> bool:
        """Whether a message is meant."""
        return (
            (not self.codes or held.code in self.codes)
            and (not self.endpoints or not self.endpoints.isdisjoint(held.endpoints))
            and (self.since is None or held.first_sent >= self.since)
            and (self.until is None or held.first_sent < self.until)
            # Last, because it has to look into the body.
            and (not self.ids or not self.ids.isdisjoint(held.ids))
        )
