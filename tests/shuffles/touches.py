"""The touches of one invocation: each takes time, may fail, and may be the last.

A process dies before or after any call, and at its time limit. What it has sent by then may still
arrive, long after it: that is why a lease outlives its invocation.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

import httpx
from botocore.exceptions import ClientError, EndpointConnectionError

from mixpanel_emulator.faults.plan import Fault
from tests.fakes.sqs.client import client_error, no_connection
from tests.shuffles.turns import Turns
from tests.simulation.failures import MIXPANEL_FAULTS, ProcessDied, lost_response

# Seconds of an invocation, of a request, and after an invocation's time limit in which a request
# that it has sent may still be applied; a lease lasts a little longer.
TIME_LIMIT: Final = 60.0
LONGEST_REQUEST: Final = 14.0
LATEST_ARRIVAL: Final = 55.0
NO_CONNECTION: Final = "no connection"
LATE: Final = "applied late"
# A late arrival is what the lease is for, so that it happens as often as all other faults.
FAULTS: Final = (*MIXPANEL_FAULTS, NO_CONNECTION, *[LATE] * len(MIXPANEL_FAULTS))


@dataclass(slots=True)
class Chances:
    """How likely a call fails and a process dies, and how long calls take at most, in seconds."""

    random: Random
    failure_rate: float = 0
    death_rate: float = 0
    longest_call: float = 0.01
    failures: int = 0
    deaths: int = 0
    late_arrivals: int = 0

    def stop(self) -> None:
        """Let nothing fail from now on, and calls be fast."""
        self.failure_rate = self.death_rate = 0
        self.longest_call = 0.01

    def seconds(self) -> float:
        """How long half of a call takes: most are fast, some are not."""
        return self.longest_call * self.random.random() ** 4

    def seconds_of_request(self) -> float:
        """How long half of a request to Mixpanel takes."""
        return self.seconds()


@dataclass(slots=True)
class Touches:
    """The calls of an invocation until its process dies.

    `apply` passes a request to Mixpanel. `dies_at` is the number of the call after which the
    process certainly dies.
    """

    turns: Turns
    chances: Chances
    respond: Callable[[httpx.Request, Fault | None], httpx.Response]
    dies_at: int | None = None
    ends_at: datetime = field(init=False)
    calls: int = 0
    is_dead: bool = False

    def __post_init__(self) -> None:
        """Begin now."""
        self.ends_at = self.turns.clock() + timedelta(seconds=TIME_LIMIT)

    @property
    def random(self) -> Random:
        """The source of all chances."""
        return self.chances.random

    def time_left(self) -> int:
        """The milliseconds left until the time limit."""
        return int((self.ends_at - self.turns.clock()).total_seconds() * 1000)

    def pass_time(self, seconds: float) -> None:
        """Let time pass; raises ProcessDied when the process does not live to its end."""
        self.turns.sleep(seconds)
        if not self.is_dead and self.time_left() <= 0:
            self.die()
        if self.is_dead:
            raise ProcessDied

    def die(self) -> None:
        """End the process, so that all its further calls raise ProcessDied."""
        self.is_dead = True
        self.chances.deaths += 1

    def call[T](self, effect: Callable[[], T]) -> T:
        """Make a call with this effect; raises ProcessDied if the process dies before or after."""
        is_last = self.begin_call()
        self.pass_time(self.chances.seconds())
        result = effect()
        self.meet_death(is_last=is_last)
        self.pass_time(self.chances.seconds())
        return result

    def begin_call(self) -> bool:
        """Count a call, and return whether the process dies after it; raises ProcessDied."""
        self.calls += 1
        is_last = self.calls - 1 == self.dies_at
        self.meet_death()
        return is_last

    def meet_death(self, *, is_last: bool = False) -> None:
        """Die, perhaps; raises ProcessDied."""
        if not self.is_dead and (is_last or self.random.random() < self.chances.death_rate):
            self.die()
        if self.is_dead:
            raise ProcessDied

    def happens(self) -> bool:
        """Whether this call fails."""
        failed = self.random.random() < self.chances.failure_rate
        self.chances.failures += failed
        return failed

    def next_aws_failure(self) -> ClientError | EndpointConnectionError | None:
        """What boto3 raises for a call to AWS, if anything."""
        if not self.happens():
            return None
        return self.random.choice((client_error("ServiceUnavailable"), no_connection()))

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request to Mixpanel; raises what httpx raises, or ProcessDied."""
        is_last = self.begin_call()
        failure = self.random.choice(FAULTS) if self.happens() else ""
        if failure == NO_CONNECTION:
            raise httpx.ConnectError(NO_CONNECTION, request=request)
        try:
            self.pass_time(self.chances.seconds_of_request())
        except ProcessDied:
            if self.random.random() < 1 / 2:
                self.arrive_late(request)
            raise
        if failure == LATE:
            self.arrive_late(request)
            self.pass_time(self.random.uniform(0, LONGEST_REQUEST - self.chances.longest_call))
            raise lost_response(request)
        fault = Fault(fault=failure) if failure else None
        return self.receive(request, fault, is_last=is_last)

    def receive(
        self, request: httpx.Request, fault: Fault | None, *, is_last: bool
    ) -> httpx.Response:
        """Let Mixpanel answer, and the answer arrive."""
        try:
            response = self.respond(request, fault)
        finally:
            self.meet_death(is_last=is_last)
            self.pass_time(self.chances.seconds_of_request())
        return response

    def arrive_late(self, request: httpx.Request) -> None:
        """Let Mixpanel apply a request at any time until LATEST_ARRIVAL, while nobody listens."""
        self.chances.late_arrivals += 1
        longest = LATEST_ARRIVAL + self.time_left() / 1000
        self.turns.start(lambda: self.ignore_answer(request), self.random.uniform(0, longest))

    def ignore_answer(self, request: httpx.Request) -> None:
        """Let Mixpanel answer to nobody."""
        self.respond(request, None)
