"""What a delivery needs from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from rudder_mixpanel.aws.sqs import Queue, TimeLeft
from rudder_mixpanel.delivery.ledger import Claimant, Ledger
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.suppression import SuppressionLookup

# Seconds after its time limit at which an invocation is surely over, whatever the clocks say.
MARGIN: Final = 30


class DeliveryDependencies(Protocol):
    """What a container is connected to."""

    @property
    def destination_id(self) -> str:
        """The destination that this stack serves, by RudderStack's id."""
        ...

    @property
    def events_queue(self) -> Queue:
        """Where the records come from, and where kept events of a shared record go back to."""
        ...

    @property
    def rejected_queue(self) -> Queue:
        """Where events go that can never be delivered."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What keeps counters from counting twice."""
        ...

    def suppression_lookup(self) -> SuppressionLookup:
        """Who is suppressed; raises ConfigurationError."""
        ...

    def mixpanel(self) -> IngestionClient:
        """Mixpanel as it is configured now; raises ConfigurationError."""
        ...


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of the function: its name, its clock, and the milliseconds that it has left."""

    name: str
    now: Callable[[], datetime]
    time_left: TimeLeft

    def claimant(self) -> Claimant:
        """As whom it claims counters."""
        now = self.now().timestamp()
        return Claimant(
            self.name, int(now), int(now + self.time_left() / 1000) + MARGIN, self.time_left
        )
