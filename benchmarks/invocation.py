"""`python -m benchmarks.invocation`: what delivering one batch of 2,000 events takes.

The use case as it is, with Mixpanel's emulator and an AWS that answer after a while, each in a
process of its own.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks import aws, workload
from benchmarks.__main__ import HERE, NOW, peak_mb
from rudder_mixpanel.connect import Connection, Environment
from rudder_mixpanel.delivery import deliver, plan, spare_the_collector, taken
from rudder_mixpanel.world import Invocation

BATCH: Final = 2000
MIXPANEL_DELAY: Final = 0.05  # seconds
AWS_DELAY: Final = 0.005
RUNS: Final = 3


def main() -> None:
    """Deliver a batch a few times, and print the last."""
    destination = json.loads((HERE / "destination.json").read_text())
    spare_the_collector()
    records = [record(str(n), line) for n, line in enumerate(workload.lines(BATCH))]
    with aws.running(destination, AWS_DELAY) as aws_url, emulator() as mixpanel_url:
        os.environ |= environment(aws_url, mixpanel_url)
        connection = Connection(Environment.of(os.environ))
        for number in range(RUNS):
            httpx.delete(f"{mixpanel_url}/_emulator", trust_env=False)
            slow = {"fault": "slow", "delay": MIXPANEL_DELAY}
            httpx.post(f"{mixpanel_url}/_emulator/faults", json=slow, trust_env=False)
            figures = delivered(records, connection, number)
        requests = httpx.get(f"{mixpanel_url}/_emulator/requests", trust_env=False).json()
    Console().print(table(figures, requests))


def delivered(records: list[Any], connection: Connection, number: int) -> dict[str, float]:
    """Milliseconds of one invocation, and of what of it is mapping."""
    run = Invocation(f"run-{number}", lambda: NOW, lambda: 60_000)
    there = connection.mixpanel().destination
    start = process_time()
    taken(records, "default", run.time_left, lambda event: plan(event, there))
    mapping = process_time() - start
    wall, processor = perf_counter(), process_time()
    delivery = deliver(records, connection, run)
    wall, processor = perf_counter() - wall, process_time() - processor
    fates = Counter(event.fate for event in delivery.events)
    if fates["delivered"] < BATCH:
        raise SystemExit(f"not all was delivered: {dict(fates)}")
    return {"all of it": wall, "processor": processor, "decoding and mapping": mapping}


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


def environment(aws_url: str, mixpanel_url: str) -> dict[str, str]:
    """What template.yaml sets, and where AWS is."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": aws_url,
        "DELIVERY_CREDENTIALS_SECRET": aws.CREDENTIALS,
        "DESTINATION_ID": "default",
        "DESTINATION_SETTINGS_PARAMETER": aws.SETTINGS,
        "EVENTS_QUEUE_URL": f"{aws_url}/events",
        "LEDGER_TABLE": "ledger",
        "MIXPANEL_BASE_URL": mixpanel_url,
        "REJECTED_QUEUE_URL": f"{aws_url}/rejected",
        "SUPPRESSIONS_TABLE": "suppressions",
        "SUPPRESSION_KEY_SECRET": "suppression-key",
    }


@contextmanager
def emulator() -> Iterator[str]:
    """The URL of a Mixpanel whose clock is that of the events."""
    command = [sys.executable, "-m", "emulator.command", "--port", "0", "--clock", NOW.isoformat()]
    command += ["--id-mode", "simplified"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout  # noqa: S101 - it is a pipe
        yield process.stdout.readline().decode().split()[-1]
        process.terminate()


def table(figures: dict[str, float], requests: list[dict[str, Any]]) -> Table:
    """The figures, for people."""
    made = f"{BATCH:,} events, Mixpanel answers after {1000 * MIXPANEL_DELAY:.0f} ms"
    shown = Table("what", "ms", title=made, title_justify="left")
    for name, seconds in figures.items():
        shown.add_row(name, f"{1000 * seconds:.0f}")
    shown.add_section()
    for path, count in Counter(one["path"] for one in requests).items():
        shown.add_row(f"requests to {path}", str(count))
    shown.add_row("peak memory, MB", f"{peak_mb():.0f}")
    return shown


if __name__ == "__main__":
    main()
