"""`python -m benchmarks.measuring`: what an invocation of each function uses, for the cost model.

The functions and the layer run as they are built, under the real runtime client. AWS and Mixpanel
are processes of their own that respond at once, so that only work is measured; the model adds the
waiting. The figures are written to benchmarks/measured.json.
"""

import json
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from benchmarks import cold_start, receiving, workload
from benchmarks.__main__ import HERE, NOW
from benchmarks.batches import SEED, batches, build_record
from benchmarks.delivering import variables
from benchmarks.process import peak_mb, processor_seconds
from benchmarks.servers import run_aws, run_emulator
from sandbox.stack import build
from tests.fakes.runtime_api import LambdaRuntime

MEASURED: Final = HERE / "measured.json"
# The values of the setting `profileUpdates`; the last one is the default.
ORDERS: Final = ("as-they-come", "newer-wins")
# Shares of events with a counter, and events in a batch with the number of invocations to measure.
SHARES: Final = (0.0, 0.2, 0.9)
BATCHES: Final = {1: 20, 10: 12, 100: 6, 500: 3, 2000: 2}
ROUNDS: Final = 2
RECEIVED: Final = {1: 60, 20: 30, 100: 15}
# Seconds of an invocation: also on a machine with other work, no event is kept for lack of time.
TIMEOUT: Final = 600
# CloudWatch Logs adds this to the size of each line.
LINE_BYTES: Final = 26

type Json = dict[str, Any]
type Counts = dict[str, float]


def main() -> None:
    """Measure all functions, and write the figures."""
    with (
        TemporaryDirectory() as folder,
        run_emulator(NOW, "--id-mode", "simplified") as mixpanel_url,
    ):
        layer = build(Path(folder)).parent / "RudderMixpanelLayer"
        figures: Json = {"deliver_events": {}}
        for order in ORDERS:
            with run_aws(destination(order), 0) as aws_url:
                measuring = Measuring(layer, aws_url, mixpanel_url)
                figures["deliver_events"][order] = {
                    str(share): measuring.delivering(share) for share in SHARES
                }
        with run_aws(destination(ORDERS[-1]), 0) as aws_url:
            measuring = Measuring(layer, aws_url, mixpanel_url)
            figures["receive_events"] = measuring.receiving()
            figures["delete_users"] = measuring.idling()
        figures["starts"] = starts(Path(folder), layer)
    MEASURED.write_text(json.dumps(figures, indent=2) + "\n")


def destination(order: str) -> Json:
    """The destination with updates of profiles in this order."""
    config: Json = json.loads((HERE / "destination.json").read_text())
    return config | {"profileUpdates": order}


class Measuring:
    """The functions as they are built, between stand-ins for AWS and Mixpanel."""

    def __init__(self, layer: Path, aws_url: str, mixpanel_url: str) -> None:
        self.layer = layer
        self.aws = aws_url
        self.mixpanel = mixpanel_url

    def run(self, function: str, **environment: str) -> LambdaRuntime:
        """A function in a process of its own."""
        every = variables(self.aws, self.mixpanel) | receiving.variables(self.aws)
        folder = HERE.parent / "functions" / function
        return LambdaRuntime(folder, self.layer, "app.handler", every | environment, TIMEOUT)

    def delivering(self, share: float) -> dict[str, Counts]:
        """What a batch uses, for each number of events in it."""
        figures = {}
        with self.run("deliver_events") as runtime:
            for size, number in BATCHES.items():
                figures[str(size)] = self.measure(runtime, batches(size, number, share))
                figures[str(size)]["peak_mb"] = round(peak_mb(runtime.pid))
        return figures

    def receiving(self) -> dict[str, Counts]:
        """What a request uses, for each number of events in it."""
        figures = {}
        with self.run("receive_events") as runtime:
            for size, number in RECEIVED.items():
                events = workload.events(size * number, SEED)
                requests = [
                    receiving.build_request(list(group))
                    for group in batched(events, size, strict=True)
                ]
                figures[str(size)] = self.measure(runtime, requests)
        return figures

    def idling(self) -> Counts:
        """What a minute without a regulation uses."""
        environment = {
            "DELETION_CREDENTIALS_SECRET": "credentials",
            "PROFILES_TABLE": "profiles",
            "REGULATIONS_TABLE": "regulations",
            "DELETIONS_QUEUE_URL": f"{self.aws}/deletions",
            "DELIVERY_TIMEOUT": "60",
        }
        with self.run("delete_users", **environment) as runtime:
            wake_up = {"Records": [build_record("wake-up", b"{}")]}
            return self.measure(runtime, [wake_up] * 40)

    def measure(self, runtime: LambdaRuntime, events: list[Json]) -> Counts:
        """The means of one invocation, of the round with the least processor time."""
        invoke(runtime, events[0])
        rounds = [self.measure_round(runtime, events) for _ in range(ROUNDS)]
        counts = min(rounds, key=lambda counts: counts["processor_ms"])
        return {name: round(total / len(events), 3) for name, total in counts.items()}

    def measure_round(self, runtime: LambdaRuntime, events: list[Json]) -> Counts:
        """The sums of one round of invocations."""
        httpx.delete(self.aws, trust_env=False)
        httpx.delete(f"{self.mixpanel}/_emulator", trust_env=False)
        before = processor_seconds(runtime.pid)
        log = [line for event in events for line in invoke(runtime, event)]
        work = processor_seconds(runtime.pid) - before
        counted = httpx.get(self.aws, trust_env=False).json()
        requests = httpx.get(f"{self.mixpanel}/_emulator/requests", trust_env=False).json()
        return {
            "processor_ms": 1000 * work,
            "log_bytes": sum(len(line.encode()) + LINE_BYTES for line in log),
            "requests": len(requests),
            "bytes_out": sum(map(sent_bytes, requests)),
            "bytes_mapped": sum(request["size"] for request in requests),
            **{f"calls of {action}": number for action, number in counted["calls"].items()},
            **{f"items of {table}": number for table, number in counted["items"].items()},
        }


def starts(folder: Path, layer: Path) -> Counts:
    """The processor time in milliseconds from the start of each function to its first answer."""
    runtime = cold_start.compiled_runtime(folder / "runtime")
    return {
        start.function: min(start_ms(cold_start.prepared(start, folder)[0], layer, runtime))
        for start in cold_start.STARTS
    }


def start_ms(code: Path, layer: Path, runtime: Path) -> list[float]:
    """The processor times of several starts."""
    times = []
    for _ in range(ROUNDS):
        starting = LambdaRuntime(code, layer, "ready.handler", cold_start.VARIABLES)
        starting.runtime = runtime
        with starting as function:
            function.invoke({})
            times.append(1000 * processor_seconds(function.pid))
    return times


def invoke(runtime: LambdaRuntime, event: Json) -> tuple[str, ...]:
    """The log of an invocation; raises SystemExit when it failed."""
    answer = runtime.invoke(event)
    kept = (answer.payload or {}).get("batchItemFailures")
    if answer.failed or kept:
        raise SystemExit(f"the invocation failed: {answer.payload}")
    return answer.log


def sent_bytes(request: Json) -> int:
    """The bytes of a request to Mixpanel: its body as it was sent, and its headers."""
    headers: dict[str, str] = request["headers"]
    lowered = {name.lower(): value for name, value in headers.items()}
    return int(lowered.get("content-length", 0)) + sum(
        len(name) + len(value) + 4 for name, value in headers.items()
    )


if __name__ == "__main__":
    main()
