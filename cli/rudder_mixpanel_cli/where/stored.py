"""What the queues say about an id."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from rudder_mixpanel_cli.queues.message import QueuedMessage


@dataclass(frozen=True, slots=True)
class Stored:
    """A message about an event, in the rejected queue, the dead letters or another queue."""

    id: str
    first_sent_at: datetime
    code: str = ""
    endpoint: str = ""
    field: str = ""
    message: str = ""

    @classmethod
    def of(cls, message: QueuedMessage) -> Self:
        """What is known of it without its body."""
        attributes = message.attributes
        return cls(
            id=message.id,
            first_sent_at=message.first_sent_at,
            code=message.code,
            endpoint=attributes.get("endpoint", ""),
            field=attributes.get("field", ""),
            message=attributes.get("message", ""),
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many messages of a queue were read, of about how many when the reading began.

    `hidden` are those that another reader had received.
    """

    read: int = 0
    visible: int = 0
    hidden: int = 0

    @property
    def present(self) -> int:
        """About how many messages the queue had."""
        return self.visible + self.hidden

    @property
    def is_complete(self) -> bool:
        """Whether every message was read, as far as SQS says how many there are."""
        return self.read >= self.present


@dataclass(frozen=True, slots=True)
class Backlog:
    """The events queue: messages that wait to be read first, and those that are read already.

    `oldest` is the age of the oldest, if CloudWatch has it.
    """

    unread: int = 0
    in_flight: int = 0
    oldest: timedelta | None = None


@dataclass(frozen=True, slots=True)
class QueueFindings:
    """Where an event was found, None where it was not, and how much of each queue was read."""

    rejected: Stored | None = None
    dead: Stored | None = None
    undelivered: Stored | None = None
    rejected_coverage: Coverage = field(default_factory=Coverage)
    dead_coverage: Coverage = field(default_factory=Coverage)
    undelivered_coverage: Coverage = field(default_factory=Coverage)
