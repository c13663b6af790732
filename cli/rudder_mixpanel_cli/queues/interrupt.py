"""Stop between two batches when the user presses Ctrl-C, or go on for a moment."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Seconds between two looks at the flag.
POLL_INTERVAL: Final = 0.1


class Interrupt:
    """Whether a stop is requested.

    Not a threading.Event, whose lock is not safe in a signal handler.
    """

    def __init__(self) -> None:
        self.requested = False

    def wait(self, seconds: float) -> bool:
        """Wait until the time is over or a stop is requested; True if one is."""
        end = time.monotonic() + seconds
        while not self.requested and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, POLL_INTERVAL))
        return self.requested


@contextmanager
def handle_ctrl_c() -> Iterator[Interrupt]:
    """Turn the first Ctrl-C into a request to stop; the second one interrupts immediately."""
    interrupt = Interrupt()

    def request(*_: object) -> None:
        signal.signal(signal.SIGINT, previous)
        interrupt.requested = True

    previous = signal.signal(signal.SIGINT, request)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def ctrl_c_ignored() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; in another thread than the main one, which never gets it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
