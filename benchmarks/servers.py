"""Runs the servers that a benchmark needs, each in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any


def run_aws(destination: dict[str, Any], delay: float) -> AbstractContextManager[str]:
    """Run a stand-in for AWS that answers after this many seconds, and yield its URL."""
    return run_server("benchmarks.aws", json.dumps(destination), str(delay))


def run_emulator(clock: datetime, *options: str) -> AbstractContextManager[str]:
    """Run Mixpanel's emulator with its clock at this time, and yield its URL."""
    arguments = ["--port", "0", "--clock", clock.isoformat(), *options]
    return run_server("mixpanel_emulator.command", *arguments)


@contextmanager
def run_server(module: str, *arguments: str) -> Iterator[str]:
    """Run a module that serves HTTP, yield the URL that it prints, and stop it in any case."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout  # noqa: S101 - it is a pipe
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
