"""Programs that the sandbox starts, and stops again with all their children."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

START_TIMEOUT = 60  # seconds until a program must be ready
STOP_TIMEOUT = 5  # seconds between SIGTERM and SIGKILL


class NotReady(Exception):
    """A program ended or did not start in time; the message has the end of its output."""


class Program:
    """A running program, its output in a file."""

    def __init__(
        self, command: Sequence[str], *, environ: Mapping[str, str], folder: Path, name: str
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as output:
            # A session of its own, so that its children can be stopped with it.
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
        """Return the program, which runs already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it, whatever happened."""
        self.stop()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until the program is ready.

        Raises NotReady when it ends first or does not become ready in time.
        """
        end = time.monotonic() + START_TIMEOUT
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise NotReady(f"{self.name} is not ready: {self.last_output()}")
            time.sleep(0.05)

    def last_output(self) -> str:
        """Return the end of its output."""
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        """Stop it and its children, by force if it ignores SIGTERM."""
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, signal_number)
                self.process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break
        self.process.wait()


def free_port() -> int:
    """Return a port of this machine on which nothing listens now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
