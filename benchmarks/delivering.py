"""Delivers a batch with a built function, and measures what that uses.

The function runs as it is built, under the real runtime client. Mixpanel's emulator and a stand-in
for AWS respond after a delay, each in a process of its own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import httpx

from benchmarks import aws
from benchmarks.process import forget_peak, peak_mb, processor_seconds
from tests.fakes.runtime_api import LambdaRuntime

MIXPANEL_DELAY: Final = 0.05  # seconds
AWS_DELAY: Final = 0.005
# Seconds of an invocation: also on a machine with other work, no event is kept for lack of time.
TIMEOUT: Final = 600
COUNTER_BODIES: Final = ('[{"$add"', '[{"$append"')


@dataclass(frozen=True, slots=True)
class Servers:
    """The URLs of the stand-in for AWS and of the emulator."""

    aws: str
    mixpanel: str

    def reset(self) -> None:
        """Forget what was sent, and have Mixpanel respond slowly."""
        httpx.delete(self.aws, trust_env=False)
        httpx.delete(f"{self.mixpanel}/_emulator", trust_env=False)
        fault = {"fault": "slow", "delay": MIXPANEL_DELAY}
        httpx.post(f"{self.mixpanel}/_emulator/faults", json=fault, trust_env=False)

    def requests(self) -> dict[str, int]:
        """How many requests Mixpanel has received, by target."""
        requests = httpx.get(f"{self.mixpanel}/_emulator/requests", trust_env=False).json()
        return dict(Counter(map(target_of, requests)))

    def calls(self) -> dict[str, int]:
        """How many calls AWS has received, by action."""
        calls: dict[str, int] = httpx.get(self.aws, trust_env=False).json()["calls"]
        return calls


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one invocation used."""

    processor_ms: float
    wall_ms: float
    peak_mb: float
    requests: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, int] = field(default_factory=dict)


def start_function(source: Path, layer: Path, servers: Servers) -> LambdaRuntime:
    """The function of a working copy with its built layer, to be run in a `with` block."""
    folder, environment = (
        source / "functions" / "deliver_events",
        variables(servers.aws, servers.mixpanel),
    )
    return LambdaRuntime(folder, layer, "app.handler", environment, TIMEOUT)


def deliver_once(batch: bytes, runtime: LambdaRuntime, servers: Servers) -> Measurement:
    """Deliver a batch, and measure it. Raises SystemExit when a record was not delivered."""
    servers.reset()
    forget_peak(runtime.pid)
    before, start = processor_seconds(runtime.pid), perf_counter()
    response = runtime.invoke(batch)
    wall, work = perf_counter() - start, processor_seconds(runtime.pid) - before
    if response.failed or response.payload["batchItemFailures"]:
        raise SystemExit(f"not all records were delivered: {response.payload}")
    peak = peak_mb(runtime.pid)
    return Measurement(1000 * work, 1000 * wall, peak, servers.requests(), servers.calls())


def target_of(request: Mapping[str, Any]) -> str:
    """The path of a request; counters have requests of their own."""
    has_counters = str(request["body"]).startswith(COUNTER_BODIES)
    return f"{request['path']}{', with counters' if has_counters else ''}"


def variables(aws_url: str, mixpanel_url: str) -> dict[str, str]:
    """The environment variables of template.yaml, and the addresses of the servers.

    A revision that does not know one of them ignores it.
    """
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws_url,
        "DELIVERY_CREDENTIALS_SECRET": aws.CREDENTIALS,
        "DESTINATION_ID": "default",
        "DESTINATION_SETTINGS_PARAMETER": aws.SETTINGS,
        "EVENTS_QUEUE_URL": f"{aws_url}/events",
        "LEDGER_TABLE": "ledger",
        "MALLOC_ARENA_MAX": "1",
        "MIXPANEL_BASE_URL": mixpanel_url,
        "PROFILES_TABLE": "profiles",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "REJECTED_QUEUE_URL": f"{aws_url}/rejected",
        "SUPPRESSIONS_TABLE": "suppressions",
        "SUPPRESSION_KEY_SECRET": "suppression-key",
    }
