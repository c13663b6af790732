"""How many messages a command has read, of how many."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rudder_mixpanel_cli.queues.queue import QueueStatus


@dataclass(frozen=True, slots=True)
class Coverage:
    """The messages read of a queue, which had about as many as `status` says, up to a limit."""

    name: str
    read: int
    status: QueueStatus
    limit: int | None = None

    def lines(self) -> Iterator[str]:
        """What was read, and why that may not be everything."""
        yield f"{self.read:,} read; the {self.name} has about {self.status.visible:,}."
        if self.status.in_flight:
            hidden = f"About {self.status.in_flight:,} more are hidden"
            yield f"{hidden}: another consumer reads them."
        if self.read == self.limit and self.read < self.status.visible:
            yield f"No more than {self.limit:,} are read at once."
        elif self.read < self.status.visible:
            yield "SQS does not always return all messages; run the command again for the rest."

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "queue": self.name,
            "read": self.read,
            "visible": self.status.visible,
            "hidden": self.status.in_flight,
        }
