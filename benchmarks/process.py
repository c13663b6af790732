"""Measures the memory and the processor time of a process on Linux."""

import time
from pathlib import Path


def peak_mb(pid: int | str = "self") -> float:
    """The peak memory of a process in MB.

    Unlike the peak in rusage, it does not include the process that started this one.
    """
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024 / 1_000_000


def forget_peak(pid: int) -> None:
    """Start measuring the peak memory of a process again, from what it uses now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def processor_seconds(pid: int) -> float:
    """The processor time of a process in seconds, of all its threads, also of those that ended."""
    # The process's own clock, as clock_getcpuclockid(3) makes it; /proc counts in hundredths.
    return time.clock_gettime((~pid << 3) | 2)
