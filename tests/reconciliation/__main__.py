"""`make reconciliation`: reconcile many events in a process of its own, and measure its memory."""

import argparse
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from moto.server import ThreadedMotoServer

from mixpanel_emulator import Emulator
from rudder_mixpanel_cli.times import current_time
from tests.fakes.clock import Clock
from tests.reconciliation.environment import (
    STACK,
    ZONE,
    deploy,
    fault_export,
    log_receipts,
    project,
    rows_of,
    store_events,
)
from tests.reconciliation.plan import EXPORT_FAULTS, Listed, Plan, listed_in

EVENTS: Final = 200_000
# Of a project of each age
ZONES: Final = ("UTC", ZONE)
# Megabytes that the command may take
MOST_MEMORY: Final = 200
ACCESS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
# The command, and in the end its peak of memory. That which Python's resource module tells of a
# child includes the memory of its parent, before the child became another program.
MEASURED: Final = """
import atexit, pathlib, sys
from rudder_mixpanel_cli.command import main
atexit.register(lambda: sys.stderr.write(pathlib.Path("/proc/self/status").read_text()))
main()
"""
PEAK: Final = re.compile(r"VmHWM:\s+(\d+) kB")


def main(seed: int, events: int, faults: list[str], zones: list[str]) -> int:
    """Reconcile the events of a project of each age; return 1 if a report is wrong."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    failed = False
    with aws_of_this_machine():
        for zone in zones:
            reset_aws()
            plan = Plan(seed, events, current_time())
            clock = Clock(plan.now)
            with Emulator(project=project(zone), now=clock, limit=2 * events) as emulator:
                store_events(emulator, clock, plan)
                log_receipts(deploy(emulator), plan)
                for fault in faults:
                    failed |= not run(plan, emulator, zone, fault)
    return 1 if failed else 0


@contextmanager
def aws_of_this_machine() -> Iterator[None]:
    """Let moto be AWS, for this process and those that it starts."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    os.environ.update(ACCESS, AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    try:
        yield
    finally:
        server.stop()


def run(plan: Plan, emulator: Emulator, zone: str, fault: str) -> bool:
    """Run the command once, and print what it took; whether its report is exact."""
    emulator.clear_faults()
    fault_export(emulator, fault)
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own command
        command(plan, zone), capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    megabytes = int(PEAK.findall(done.stderr)[-1]) // 1024
    report, listed = read(done.stdout)
    counts, wanted = plan.expected(fault)
    is_exact = {name: report.get(name) for name in counts} == counts and listed == wanted
    sys.stdout.write(
        f"{plan.count:,} events in {zone}, {fault}: {'exact' if is_exact else 'WRONG'}, "
        f"{rows_of(plan):,} rows, {seconds:.0f} s, {megabytes} MB, "
        f"{report.get('completeness')} % complete, {counts}\n"
    )
    sys.stdout.flush()
    return is_exact and megabytes <= MOST_MEMORY


def command(plan: Plan, zone: str) -> list[str]:
    """The command line."""
    days = ["--from", str(plan.period.first), "--to", str(plan.period.last)]
    options = ["--stack", STACK, "--json", "--missing", "--doubled", "--time-zone", zone]
    return [sys.executable, "-c", MEASURED, "reconcile", *days, *options]


def read(output: str) -> tuple[dict[str, Any], set[Listed]]:
    """The report, and what is listed after it."""
    first, *others = map(json.loads, output.splitlines() or ["{}"])
    return first, listed_in(others)


def reset_aws() -> None:
    """Remove everything of AWS."""
    httpx.post(f"{os.environ['AWS_ENDPOINT_URL']}/moto-api/reset").raise_for_status()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--fault", action="append", choices=EXPORT_FAULTS)
    parser.add_argument("--zone", action="append", choices=ZONES)
    options = parser.parse_args()
    sys.exit(
        main(
            options.seed,
            options.events,
            options.fault or list(EXPORT_FAULTS),
            options.zone or list(ZONES),
        )
    )
