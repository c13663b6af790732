"""The machine and the day of a measurement, without which its figures mean little."""

import os
import platform
import time
from pathlib import Path


def describe_machine() -> dict[str, str | int]:
    """The processor, its cores, Python, and the day."""
    return {
        "processor": processor_name(Path("/proc/cpuinfo").read_text()),
        "architecture": platform.machine(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def processor_name(cpuinfo: str) -> str:
    """The name of the first processor, in the words of Linux; empty where it gives none."""
    names = (
        line.partition(":")[2] for line in cpuinfo.splitlines() if line.startswith("model name")
    )
    return next(names, "").strip()
