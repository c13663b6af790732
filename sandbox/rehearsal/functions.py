"""The function that delivers, as the rehearsal changes it: its variables and its process."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.deletion import wait_until
from sandbox.stack import Stack

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@contextmanager
def restarted(stack: Stack, variables: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run new processes of the function with these variables for the length of the block.

    A new process reads settings and secrets again, which an old one does once a minute.
    """
    before = variables_of(stack)
    set_variables(stack, {**before, **(variables or {})})
    try:
        yield
    finally:
        set_variables(stack, before)


def variables_of(stack: Stack) -> dict[str, str]:
    """The environment variables of the function."""
    name = stack.outputs["DeliverEventsFunctionName"]
    configuration = lambda_client(stack).get_function_configuration(FunctionName=name)
    return dict(configuration["Environment"]["Variables"])


def set_variables(stack: Stack, variables: Mapping[str, str]) -> None:
    """Set the environment variables of the function; its processes start anew."""
    lambda_client(stack).update_function_configuration(
        FunctionName=stack.outputs["DeliverEventsFunctionName"],
        Environment={"Variables": dict(variables)},
    )


def lambda_client(stack: Stack) -> "LambdaClient":
    """A client for the stack's functions."""
    return stack.session.client("lambda", endpoint_url=stack.aws_url)


def kill_function(stack: Stack) -> None:
    """Kill the processes that run the function, as Lambda kills one that takes too long.

    Raises TimeoutError when there is none.
    """
    if not wait_until(lambda: bool(processes_of(stack))):
        raise TimeoutError("no process runs the function")
    for process in processes_of(stack):
        os.kill(process, signal.SIGKILL)


def processes_of(stack: Stack) -> list[int]:
    """The ids of the processes of this sandbox that run the function."""
    name = stack.outputs["DeliverEventsFunctionName"].encode()
    folder = str(stack.folder).encode()
    return [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if name in (command := command_line(path)) and folder in command
    ]


def command_line(path: Path) -> bytes:
    """The command line of a process; empty when it has ended."""
    with suppress(OSError):
        return path.read_bytes()
    return b""
