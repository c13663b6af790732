"""`python -m benchmarks.invocation`: what delivering a batch takes under the real runtime client.

The function and the layer as they are built, with Mixpanel's emulator and an AWS that answer after
a while, each in a process of its own.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks import aws, workload
from benchmarks.__main__ import HERE, NOW
from benchmarks.process import peak_mb, processor
from rudder_mixpanel.delivery.garbage import collecting_afterwards
from rudder_mixpanel.delivery.plan import plan_batch, plan_event
from rudder_mixpanel.destination.destination import Destination
from sandbox.stack import build
from tests.fakes.runtime_api import LambdaRuntime

FUNCTION: Final = HERE.parent / "functions" / "deliver_events"
MIXPANEL_DELAY: Final = 0.05  # seconds
AWS_DELAY: Final = 0.005
RUNS: Final = 8
COUNTERS: Final = ('[{"$add"', '[{"$append"')


def main() -> None:
    """Deliver a batch a few times, and print each."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.invocation", description=__doc__)
    options.add_argument("--count", type=int, default=2000, help="events in the batch")
    count: int = options.parse_args().count
    destination = json.loads((HERE / "destination.json").read_text())
    records = [record(str(n), line) for n, line in enumerate(workload.lines(count))]
    waits = f"Mixpanel answers after {1000 * MIXPANEL_DELAY:.0f} ms"
    shown = Table(
        "invocation", "ms", "ms of processor", "peak MB", title=f"{count:,} events, {waits}"
    )
    with (
        TemporaryDirectory() as folder,
        aws.running(destination, AWS_DELAY) as aws_url,
        emulator() as mixpanel_url,
    ):
        layer = build(Path(folder)).parent / "RudderMixpanelLayer"
        environment = variables(aws_url, mixpanel_url)
        with LambdaRuntime(FUNCTION, layer, "app.handler", environment) as runtime:
            for number in range(RUNS):
                emptied(mixpanel_url)
                shown.add_row(str(number + 1), *delivered(records, runtime))
        requests = seen(mixpanel_url, "requests")
    shown.add_row("decoding and mapping", "", f"{mapping(records, destination):.0f}", "")
    Console().print(shown)
    for what, number in Counter(map(kind_of, requests)).items():
        Console().print(f"{number} requests to {what}")


def kind_of(request: dict[str, Any]) -> str:
    """What a request is for: counters travel apart, fifty at a time."""
    counts = str(request["body"]).startswith(COUNTERS)
    return f"{request['path']}{', with counters' if counts else ''}"


def emptied(mixpanel_url: str) -> None:
    """Begin with an empty Mixpanel that takes its time."""
    httpx.delete(f"{mixpanel_url}/_emulator", trust_env=False)
    slow = {"fault": "slow", "delay": MIXPANEL_DELAY}
    httpx.post(f"{mixpanel_url}/_emulator/faults", json=slow, trust_env=False)


def delivered(records: list[Any], runtime: LambdaRuntime) -> tuple[str, str, str]:
    """Milliseconds of an invocation, those of its processor, and the most memory until then."""
    before, start = processor(runtime.pid), perf_counter()
    answer = runtime.invoke({"Records": records})
    wall, work = perf_counter() - start, processor(runtime.pid) - before
    if answer.failed or answer.payload["batchItemFailures"]:
        raise SystemExit(f"not all was delivered: {answer.payload}")
    return f"{1000 * wall:.0f}", f"{1000 * work:.0f}", f"{peak_mb(runtime.pid):.0f}"


@collecting_afterwards()
def mapping(records: list[Any], config: dict[str, Any]) -> float:
    """Milliseconds of processor for what of it is decoding, filtering and mapping."""
    destination = Destination.from_config(config)
    spent = []
    for _ in range(RUNS):
        before = perf_counter()
        plan_batch(records, "default", lambda: 60_000, lambda event: plan_event(event, destination))
        spent.append(perf_counter() - before)
    return 1000 * min(spent)


def record(name: str, line: bytes) -> dict[str, Any]:
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
    """What template.yaml sets, and where AWS is."""
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
        "REJECTED_QUEUE_URL": f"{aws_url}/rejected",
        "SUPPRESSIONS_TABLE": "suppressions",
        "SUPPRESSION_KEY_SECRET": "suppression-key",
    }


@contextmanager
def emulator() -> Iterator[str]:
    """The URL of a Mixpanel whose clock is that of the events."""
    command = [
        sys.executable,
        "-m",
        "mixpanel_emulator.command",
        "--port",
        "0",
        "--clock",
        NOW.isoformat(),
    ]
    command += ["--id-mode", "simplified"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout  # noqa: S101 - it is a pipe
        yield process.stdout.readline().decode().split()[-1]
        process.terminate()


def seen(mixpanel_url: str, view: str) -> list[dict[str, Any]]:
    """A list of the emulator's."""
    answer: list[dict[str, Any]] = httpx.get(
        f"{mixpanel_url}/_emulator/{view}", trust_env=False
    ).json()
    return answer


if __name__ == "__main__":
    main()
