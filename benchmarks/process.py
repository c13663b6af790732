"""What Linux knows of a process: its memory and its work."""

import os
from pathlib import Path


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process has held, in MB.

    Not rusage's, which takes over the peak of whoever started the process.
    """
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    held = next(line for line in status if line.startswith("VmHWM"))
    return int(held.split()[1]) * 1024 / 1_000_000


def processor(pid: int | str = "self") -> float:
    """Seconds of processor that a process has used."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
