"""The time that a step may take for its input."""

import gc
from collections.abc import Callable
from time import process_time
from typing import Any, Final

# Seconds
BASE: Final = 500e-6
PER_BYTE: Final = 1e-6
ATTEMPTS: Final = 5


def slowness(step: Callable[[], Any], size: int) -> str:
    """How slow a step is for an input of this many bytes; empty if it is fast enough.

    Another program can disturb one measurement, so the best of five counts.
    """
    allowed = BASE + PER_BYTE * size
    best = float("inf")
    gc.disable()
    try:
        for _ in range(ATTEMPTS):
            start = process_time()
            step()
            best = min(best, process_time() - start)
            if best <= allowed:
                return ""
    finally:
        gc.enable()
    return f"took {best * 1e6:.0f} µs for {size} bytes"
