"""What may go wrong at each point where a delivery touches the world, as a seed decides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx
from botocore.exceptions import ClientError, EndpointConnectionError

from mixpanel_emulator.faults.plan import Fault
from tests.simulation.lanes import switch_lanes

# Faults of Mixpanel's, as the emulator knows them; what only delays is no peril on a still clock.
OF_MIXPANEL: Final = (
    "lost_unread",
    "applied_then_lost",
    "half_answer",
    "truncated_json",
    "envoy_503",
    "html_403",
    "html_413",
    "html_500",
    "html_502",
    "json_401",
    "json_408",
    "json_429",
    "json_500",
    "fewer_imported",
    "error_although_stored",
    "status_0",
    "body_0",
)


class Died(Exception):
    """The function's process is gone, and does nothing any more."""


@dataclass(slots=True)
class Perils:
    """How likely each touch fails, and when the process dies: before or after the touch."""

    seed: int = 0
    likely: float = 0
    deadly: float = 0
    # The number of a touch at which the process dies for certain, and whether it took effect.
    die_at: int | None = None
    after: bool = False
    touches: int = 0
    deaths: int = 0
    failures: int = 0
    is_dead: bool = False
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the seed."""
        self.chance = Random(self.seed)  # noqa: S311 - so that a failure fails again

    def touch[T](self, effect: Callable[[], T]) -> T:
        """Do something to the world, unless the process dies before; or die right after."""
        switch_lanes()
        self.touches += 1
        dies = self.touches - 1 == self.die_at or self.chance.random() < self.deadly
        after = self.after if self.die_at is not None else self.chance.random() < 1 / 2
        if self.is_dead:
            raise Died
        if dies and not after:
            self.die()
        done = effect()
        if dies:
            self.die()
        return done

    def die(self) -> None:
        """End the process; whatever else it tries comes to nothing."""
        self.is_dead = True
        self.deaths += 1
        raise Died

    def revive(self) -> None:
        """Start the next process."""
        self.is_dead = False

    def strikes(self) -> bool:
        """Whether this touch fails."""
        failed = self.chance.random() < self.likely
        self.failures += failed
        return failed

    def end(self) -> None:
        """Let nothing go wrong from now on."""
        self.likely = self.deadly = 0
        self.die_at = None

    def of_mixpanel(self) -> Fault | str | None:
        """What happens to a request: a fault, no connection at all, or nothing."""
        if not self.strikes():
            return None
        name = self.chance.choice((*OF_MIXPANEL, "no_connection"))
        return name if name == "no_connection" else Fault(fault=name)

    def of_aws(self) -> Exception | None:
        """What a call to AWS raises before it took effect."""
        if not self.strikes():
            return None
        return self.chance.choice((refused(), silent()))


def refused() -> ClientError:
    """An answer that is an error."""
    return ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "no"}}, "Call")


def silent() -> EndpointConnectionError:
    """No answer."""
    return EndpointConnectionError(endpoint_url="https://aws.test")


def lost(request: httpx.Request) -> httpx.RequestError:
    """A connection that ends before the answer does."""
    return httpx.RemoteProtocolError("the connection is gone", request=request)
