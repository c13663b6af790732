"""Programs that the sandbox starts, and ends again with everything that they started."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60  # seconds until a program must be ready
FAREWELL = 5  # seconds until a program that was asked to end is ended


class NotReady(Exception):
    """A program ended, or did not get ready in time; its last words are in the message."""


class Program:
    """A running program, its output in a file."""

    def __init__(
        self, command: Sequence[str], *, environ: Mapping[str, str], folder: Path, name: str
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as output:
            # A session of its own, so that its children can be ended with it.
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=dict(environ),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """It runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, whatever happened."""
        self.stop()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until it is ready; raises NotReady with its last words when it never is."""
        end = time.monotonic() + PATIENCE
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise NotReady(f"{self.name} is not ready: {self.last_words()}")
            time.sleep(0.05)

    def last_words(self) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """End it and its children, by force if it does not hear."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, signal_number)
                self.process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        self.process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
