"""`make bench`: the cost of mapping, as a table and as benchmarks/latest.json."""

import argparse
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import workload
from benchmarks.process import peak_mb
from benchmarks.stages import BATCH, measure, run
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.garbage import collecting_afterwards

HERE = Path(__file__).parent
LATEST = HERE / "latest.json"
# A day after the workload's first event: none is too old or in the future.
NOW = workload.START + timedelta(days=1)


@collecting_afterwards()
def main() -> None:
    """Measure, write the figures, and print a table."""
    options = parser().parse_args()
    destination = Destination.from_config(json.loads(options.destination.read_text()))
    lines = options.events.read_bytes().splitlines() if options.events else None
    now = datetime.fromisoformat(options.now) if options.now else NOW
    if options.peak:
        run(lines or list(workload.lines(BATCH)), destination, now)
        sys.stdout.write(str(peak_mb()))
        return
    figures = measure(
        lines or list(workload.lines(options.count)), destination, now, options.repeats
    )
    figures["peak_mb"] = measure_peak_mb(options.destination)
    LATEST.write_text(json.dumps(figures, indent=2) + "\n")
    Console().print(build_table(figures))


def parser() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--events", type=Path, help="JSON lines, instead of made-up events")
    options.add_argument("--destination", type=Path, default=HERE / "destination.json")
    options.add_argument("--now", help="ISO time at which the queue received the events")
    options.add_argument("--count", type=int, default=20_000, help="made-up events")
    options.add_argument("--repeats", type=int, default=9, help="runs, of which the fastest counts")
    options.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    return options


def measure_peak_mb(destination: Path) -> float:
    """The peak memory of one batch of made-up events, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "--peak", "--destination", str(destination)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own


def build_table(figures: dict[str, Any]) -> Table:
    """The figures as a table."""
    title = f"{figures['events']:,} events, {figures['operations']:,} operations"
    table = Table("stage", "µs an event", title=title, title_justify="left")
    for stage, cost in figures["stages"].items():
        table.add_row(f"  {stage}", f"{cost:.1f}")
    table.add_row("total", f"{figures['us_per_event']:.1f}", end_section=True)
    table.add_row("the floor: decode, encode, gzip", f"{figures['floor_us_per_event']:.1f}")
    table.add_row("times the floor", f"{figures['times_the_floor']:.2f}", end_section=True)
    table.add_row("mixpanel's package, preparing only", f"{figures['sdk_us_per_event']:.1f}")
    table.add_row("events a second, one core", f"{figures['events_per_second']:,.0f}")
    table.add_row(f"peak memory of {BATCH:,} events, MB", f"{figures['peak_mb']:.0f}")
    return table


if __name__ == "__main__":
    main()
