"""What may go wrong at each call from a delivery to the outside, as a seed decides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx
from botocore.exceptions import ClientError, EndpointConnectionError

from mixpanel_emulator.faults.plan import Fault
from tests.fakes.sqs.client import client_error, no_connection
from tests.simulation.lanes import switch_lanes

# The emulator's faults, except those that only delay: the clock stands still.
MIXPANEL_FAULTS: Final = (
    "lost_unread",
    "applied_then_lost",
    "half_answer",
    "truncated_json",
    "envoy_503",
    "html_403",
    "html_413",
    "html_414",
    "html_431",
    "html_500",
    "html_502",
    "json_400",
    "json_401",
    "json_408",
    "json_429",
    "json_500",
    "fewer_imported",
    "error_although_stored",
    "status_0",
    "body_0",
)


class ProcessDied(Exception):
    """The function's process has died, and does nothing any more."""


@dataclass(slots=True)
class Failures:
    """How likely each call fails, and when the process dies: before or after a call.

    `dies_at` is the number of a call at which the process certainly dies; `dies_after` says whether
    that call has its effect.
    """

    seed: int = 0
    failure_rate: float = 0
    death_rate: float = 0
    dies_at: int | None = None
    dies_after: bool = False
    calls: int = 0
    deaths: int = 0
    failures: int = 0
    is_dead: bool = False
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the seed."""
        self.random = Random(self.seed)  # noqa: S311 - reproducible

    def call[T](self, effect: Callable[[], T]) -> T:
        """Make a call with this effect; raises ProcessDied if the process dies before or after."""
        switch_lanes()
        self.calls += 1
        dies = self.calls - 1 == self.dies_at or self.random.random() < self.death_rate
        after = self.dies_after if self.dies_at is not None else self.random.random() < 1 / 2
        if self.is_dead:
            raise ProcessDied
        if dies and not after:
            self.die()
        result = effect()
        if dies:
            self.die()
        return result

    def die(self) -> None:
        """End the process, so that all its further calls raise ProcessDied."""
        self.is_dead = True
        self.deaths += 1
        raise ProcessDied

    def restart(self) -> None:
        """Start the next process."""
        self.is_dead = False

    def stop(self) -> None:
        """Let nothing fail from now on."""
        self.failure_rate = self.death_rate = 0
        self.dies_at = None

    def happens(self) -> bool:
        """Whether this call fails."""
        failed = self.random.random() < self.failure_rate
        self.failures += failed
        return failed

    def next_mixpanel_failure(self) -> Fault | str | None:
        """What happens to a request: a fault, no connection at all, or nothing."""
        if not self.happens():
            return None
        name = self.random.choice((*MIXPANEL_FAULTS, "no_connection"))
        return name if name == "no_connection" else Fault(fault=name)

    def next_aws_failure(self) -> ClientError | EndpointConnectionError | None:
        """What boto3 raises for a call to AWS, if anything."""
        if not self.happens():
            return None
        return self.random.choice((client_error("ServiceUnavailable"), no_connection()))


def lost_response(request: httpx.Request) -> httpx.RequestError:
    """What httpx raises when a connection ends before the response."""
    return httpx.RemoteProtocolError("the connection is gone", request=request)
