"""A process that has imported a function, and forks processes that serve invocations of it.

Importing takes most of a start. The function is never called in this process. Each process runs the
real runtime client, which finds the built function imported.
"""

import importlib
import json
import os
import runpy
import signal
import sys
from typing import Any


def serve(handler: str) -> None:
    """Fork a process for each line of the input, and print its process id."""
    importlib.import_module(handler.rpartition(".")[0])
    # The processes are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        request: dict[str, Any] = json.loads(line)
        if (process := os.fork()) == 0:
            become_function(request["environment"], request["log"])
            sys.argv[:] = ["awslambdaric", handler]
            runpy.run_module("awslambdaric", run_name="__main__")
            os._exit(1)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()


def become_function(environment: dict[str, str], log: str) -> None:
    """Take on the environment of a function, and write to a log."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


if __name__ == "__main__":
    serve(sys.argv[1])
