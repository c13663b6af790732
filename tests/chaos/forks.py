"""Processes of a built function that start in milliseconds, each behind a tap."""

import json
import os
import select
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

from tests.chaos import fork_server
from tests.chaos.tap import Tap
from tests.fakes.execution_environment import isolated, runtime_folder
from tests.fakes.runtime_api import LAMBDA_ENVIRONMENT, LambdaRuntime

FORK_SERVER: Final = Path(fork_server.__file__)


class ForkedProcess:
    """A process that another one has forked."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        # Not the pid alone: after the process's end, that may name another one.
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while the process runs."""
        ended, _, _ = select.select([self._descriptor], [], [], 0)
        return -signal.SIGKILL if ended else None

    def kill(self) -> None:
        """Send SIGKILL."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end."""
        select.select([self._descriptor], [], [])
        os.close(self._descriptor)
        return -signal.SIGKILL


class ForkServer:
    """Forks processes of a function while the `with` block lasts."""

    def __init__(
        self, function: Path, layer: Path, handler: str, environment: Mapping[str, str]
    ) -> None:
        self.function, self.layer, self.handler = function, layer, handler
        self.environment = LAMBDA_ENVIRONMENT | dict(environment)

    def __enter__(self) -> Self:
        """Start the process that imports the function."""
        self._folder = TemporaryDirectory(prefix="fork-server-")
        self.runtime = runtime_folder(Path(self._folder.name) / "runtime")
        server = (
            f"sys.argv[:] = ['fork_server', {self.handler!r}]; "
            f"import runpy; runpy.run_path({str(FORK_SERVER)!r}, run_name='__main__')"
        )
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            isolated(server, [self.function, self.layer / "python", self.runtime]),
            cwd=self.function,
            env=self.environment | {"LAMBDA_TASK_ROOT": str(self.function)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the process; those that it forked end without their Runtime API."""
        self._process.communicate()
        self._folder.cleanup()

    def fork(self, environment: Mapping[str, str], log: Path) -> ForkedProcess:
        """Start a process with this environment."""
        request = json.dumps({"environment": dict(environment), "log": str(log)})
        if self._process.stdin is None or self._process.stdout is None:
            raise TypeError("expected pipes")
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        return ForkedProcess(int(self._process.stdout.readline()))


class ForkedRuntime(LambdaRuntime):
    """A function in a process that is forked, and behind a tap."""

    def __init__(self, forks: ForkServer, tap: Tap, env: Mapping[str, str], **options: Any) -> None:
        super().__init__(forks.function, forks.layer, forks.handler, env, **options)
        self._forks, self._tap = forks, tap

    def _start(self) -> ForkedProcess:
        environment = self._environment | {"AWS_LAMBDA_RUNTIME_API": self._server.address}
        self._log.touch()
        process = self._forks.fork(self._tap.through(environment), self._log)
        self._tap.process = process
        return process
