"""Measures the memory and the processor time of a process on Linux."""

import os
from pathlib import Path


def peak_mb(pid: int | str = "self") -> float:
    """The peak memory of a process in MB.

    Unlike the peak in rusage, it does not include the process that started this one.
    """
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024 / 1_000_000


def processor_seconds(pid: int | str = "self") -> float:
    """The processor time of a process in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
