"""`python -m benchmarks.invocation`: the cost of delivering a batch under the real runtime client.

The function and the layer run as they are built. Mixpanel's emulator and a stand-in for AWS respond
after a delay, each in a process of its own.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks import aws, workload
from benchmarks.__main__ import HERE, NOW
from benchmarks.process import peak_mb, processor_seconds
from benchmarks.servers import run_aws, run_emulator
from rudder_mixpanel.delivery.plan import plan_batch, plan_event
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.garbage import collecting_afterwards
from sandbox.stack import build
from tests.fakes.runtime_api import LambdaRuntime

FUNCTION: Final = HERE.parent / "functions" / "deliver_events"
MIXPANEL_DELAY: Final = 0.05  # seconds
AWS_DELAY: Final = 0.005
RUNS: Final = 8
COUNTERS: Final = ('[{"$add"', '[{"$append"')


def main() -> None:
    """Deliver a batch several times, and print the cost of each."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.invocation", description=__doc__)
    options.add_argument("--count", type=int, default=2000, help="events in the batch")
    count: int = options.parse_args().count
    destination = json.loads((HERE / "destination.json").read_text())
    records = [build_record(str(n), line) for n, line in enumerate(workload.lines(count))]
    title = f"{count:,} events, Mixpanel responds after {1000 * MIXPANEL_DELAY:.0f} ms"
    table = Table("invocation", "ms", "ms of processor", "peak MB", title=title)
    with (
        TemporaryDirectory() as folder,
        run_aws(destination, AWS_DELAY) as aws_url,
        run_emulator(NOW, "--id-mode", "simplified") as mixpanel_url,
    ):
        layer = build(Path(folder)).parent / "RudderMixpanelLayer"
        environment = variables(aws_url, mixpanel_url)
        with LambdaRuntime(FUNCTION, layer, "app.handler", environment) as runtime:
            for number in range(RUNS):
                reset_emulator(mixpanel_url)
                table.add_row(str(number + 1), *deliver(records, runtime))
        requests = emulator_requests(mixpanel_url)
    table.add_row("decoding and mapping", "", f"{time_mapping(records, destination):.0f}", "")
    Console().print(table)
    for target, number in Counter(map(target_of, requests)).items():
        Console().print(f"{number} requests to {target}")


def target_of(request: dict[str, Any]) -> str:
    """The path of a request; counters have requests of their own."""
    has_counters = str(request["body"]).startswith(COUNTERS)
    return f"{request['path']}{', with counters' if has_counters else ''}"


def reset_emulator(mixpanel_url: str) -> None:
    """Empty the emulator, and have it respond slowly."""
    httpx.delete(f"{mixpanel_url}/_emulator", trust_env=False)
    fault = {"fault": "slow", "delay": MIXPANEL_DELAY}
    httpx.post(f"{mixpanel_url}/_emulator/faults", json=fault, trust_env=False)


def deliver(records: list[Any], runtime: LambdaRuntime) -> tuple[str, str, str]:
    """The time and the processor time of an invocation in milliseconds, and the peak memory.

    Raises SystemExit when a record was not delivered.
    """
    before, start = processor_seconds(runtime.pid), perf_counter()
    response = runtime.invoke({"Records": records})
    wall, work = perf_counter() - start, processor_seconds(runtime.pid) - before
    if response.failed or response.payload["batchItemFailures"]:
        raise SystemExit(f"not all records were delivered: {response.payload}")
    return f"{1000 * wall:.0f}", f"{1000 * work:.0f}", f"{peak_mb(runtime.pid):.0f}"


@collecting_afterwards()
def time_mapping(records: list[Any], config: dict[str, Any]) -> float:
    """The processor time of decoding, filtering and mapping alone, in milliseconds."""
    destination = Destination.from_config(config)
    seconds = []
    for _ in range(RUNS):
        before = perf_counter()
        plan_batch(records, "default", lambda: 60_000, lambda event: plan_event(event, destination))
        seconds.append(perf_counter() - before)
    return 1000 * min(seconds)


def build_record(name: str, line: bytes) -> dict[str, Any]:
    """An event as a record of the queue."""
    sent = str(int(NOW.timestamp() * 1000))
    return {
        "messageId": name,
        "receiptHandle": name,
        "body": line.decode(),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": sent},
        "messageAttributes": {},
    }


def variables(aws_url: str, mixpanel_url: str) -> dict[str, str]:
    """The environment variables of template.yaml, and the addresses of the servers."""
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
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "PROFILES_TABLE": "profiles",
        "REJECTED_QUEUE_URL": f"{aws_url}/rejected",
        "SUPPRESSIONS_TABLE": "suppressions",
        "SUPPRESSION_KEY_SECRET": "suppression-key",
    }


def emulator_requests(mixpanel_url: str) -> list[dict[str, Any]]:
    """The requests that the emulator has received."""
    response = httpx.get(f"{mixpanel_url}/_emulator/requests", trust_env=False)
    requests: list[dict[str, Any]] = response.json()
    return requests


if __name__ == "__main__":
    main()
