"""What `rudder-mixpanel backfill` reads and sends a second, and its memory.

    python -m benchmarks.backfill --events 1000000

The real command sends events on disk to SQS on this machine, from where the real delivery takes
them to the emulator. These run in one process, and share the processors with the command.
"""

import argparse
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from rich.console import Console
from rich.table import Table

from tests.backfill.events import expected_events, write_events
from tests.backfill.system import BackfillSystem

MOST_MB: Final = 200
WAIT: Final = 0.05


class Measured(NamedTuple):
    """Seconds until the account, until all was sent, and until all was delivered.

    Also the seconds of processor of the command, and its memory in MB.
    """

    account: float
    sent: float
    delivered: float
    processor: float
    peak_mb: float


def main() -> None:
    """Measure, print the figures, and exit with 1 when an event is missing or memory too large."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.backfill", description=__doc__)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--rate", type=int, default=25_000)
    arguments = options.parse_args()
    count = arguments.events
    with TemporaryDirectory(prefix="backfill-") as folder, BackfillSystem(Path(folder)) as system:
        now = system.sqs.clock() - timedelta(seconds=1)
        events = Path(folder, "events")
        events.mkdir()
        write_events(events, count, now)
        measured = measure(system, arguments.rate)
        missing = len(expected_events(count, now) - set(system.simulation.copies))
    Console().print(figures_table(count, measured, missing))
    sys.exit(1 if missing or measured.peak_mb > MOST_MB else 0)


def measure(system: BackfillSystem, rate: int) -> Measured:
    """Run the command once, and the delivery to its end."""
    began = time.monotonic()
    process = system.start_command("--rate", str(rate))
    account, peak_kb = began, 0
    while process.poll() is None:
        peak_kb = peak_memory(process.pid) or peak_kb
        if account == began and system.checkpoint:
            account = time.monotonic()
        time.sleep(WAIT)
    process.communicate()
    sent = time.monotonic()
    system.wait_until_delivered()
    delivered = time.monotonic()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Measured(
        account - began,
        sent - account,
        delivered - account,
        usage.ru_utime + usage.ru_stime,
        peak_kb / 1024,
    )


def peak_memory(pid: int) -> int:
    """The most memory that a process had, in KB; 0 when it has ended.

    Not that of `getrusage`, in which a child begins with the memory of its parent.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in status.splitlines() if row.startswith("VmHWM")), 0)


def figures_table(count: int, measured: Measured, missing: int) -> Table:
    """The figures as a table."""
    table = Table("what", "figure", title=f"A backfill of {count:,} events", title_justify="left")
    for name, seconds in (
        ("read and mapped for the account", measured.account),
        ("read, mapped and sent", measured.sent),
        ("until delivered to the emulator", measured.delivered),
    ):
        table.add_row(name, f"{seconds:,.1f} s, {count / seconds:,.0f} events a second")
    processor = 1e6 * measured.processor / count
    table.add_row("processor of the command", f"{processor:,.0f} µs an event, both readings")
    table.add_row("peak memory of the command", f"{measured.peak_mb:,.0f} MB")
    table.add_row("missing in the emulator", f"{missing:,}")
    return table


if __name__ == "__main__":
    main()
