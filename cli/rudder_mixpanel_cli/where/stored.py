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
    """How many messages of a queue were looked at; all of them, unless there are more."""

    read: int = 0
    present: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every message was looked at, as far as SQS says how many there are."""
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
    """Where an event was found, None for a queue that does not hold it, and what was read."""

    rejected: Stored | None = None
    dead: Stored | None = None
    undelivered: Stored | None = None
    rejected_coverage: Coverage = field(default_factory=Coverage)
