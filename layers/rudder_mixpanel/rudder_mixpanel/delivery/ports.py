"""What delivery needs from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import random
from time import sleep
from typing import Final, Protocol

from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.ledger import Claimant, Ledger
from rudder_mixpanel.delivery.side_by_side import SideBySide, threads_side_by_side
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from rudder_mixpanel.profiles.store import ProfileStore
from rudder_mixpanel.suppression import SuppressionLookup

# Seconds after its time limit at which an invocation has certainly ended, despite clock skew.
MARGIN: Final = 30


class DeliveryDependencies(Protocol):
    """The queues, tables and clients that delivery uses."""

    @property
    def destination_id(self) -> str:
        """RudderStack's id of the destination that this stack serves."""
        ...

    @property
    def events_queue(self) -> Queue:
        """The queue that records come from, and to which what is left of them returns."""
        ...

    @property
    def rejected_queue(self) -> Queue:
        """The queue of events that can never be delivered."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The ledger that prevents counters from counting twice."""
        ...

    @property
    def token_proofs(self) -> TokenProofs:
        """The tokens that this container has found to exist, or not."""
        ...

    def suppression_lookup(self, time_left: TimeLeft) -> SuppressionLookup:
        """Who is suppressed, as an invocation with so much time left looks it up.

        Raises ConfigurationError when the suppression key is unusable.
        """
        ...

    def profile_store(self, time_left: TimeLeft) -> ProfileStore:
        """When profiles were updated, as an invocation with so much time left reads and writes it.

        Raises ConfigurationError when the suppression key is unusable.
        """
        ...

    def mixpanel(self) -> IngestionClient:
        """Mixpanel with the current settings. Raises ConfigurationError when they are wrong."""
        ...

    def refreshed_mixpanel(self) -> IngestionClient | None:
        """Mixpanel with the secret read again; None if that was done within the last minute.

        Raises ConfigurationError when the settings or credentials are wrong.
        """
        ...


def random_pause(longest: float) -> float:
    """Wait for a random time, at most so many seconds, and return it."""
    seconds = random() * longest  # noqa: S311 - not for security
    sleep(seconds)
    return seconds


@dataclass(frozen=True, slots=True)
class Invocation:
    """One invocation of the function: its name, its clock, and the milliseconds it has left.

    `pause` waits for a random time, at most a number of seconds, and returns it.
    """

    name: str
    now: Callable[[], datetime]
    time_left: TimeLeft
    pause: Callable[[float], float] = random_pause
    side_by_side: SideBySide = threads_side_by_side

    def claimant(self) -> Claimant:
        """This invocation as the owner of claims in the ledger."""
        now = self.now().timestamp()
        return Claimant(
            self.name, int(now), int(now + self.time_left() / 1000) + MARGIN, self.time_left
        )
