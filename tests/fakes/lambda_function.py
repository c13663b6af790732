"""A Lambda function: a process that serves one invocation after another, and its successors."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import Any, Self

from tests.fakes.runtime_api import Answer, FunctionDied, LambdaRuntime


class HandlerFailed(Exception):
    """The handler raised an exception, or returned something that is not JSON."""


class LambdaFunction:
    """A function that can be called while the `with` block lasts.

    After the process has died, the next call starts another one.
    """

    def __init__(self, new_process: Callable[[], LambdaRuntime]) -> None:
        self.answers: list[Answer] = []
        self._new_process = new_process
        self._running: LambdaRuntime | None = None
        self._stack = ExitStack()
        self._request_ids = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))

    def __enter__(self) -> Self:
        """Return the function; the first call starts its process."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._stack.close()

    @property
    def pid(self) -> int:
        """The process id of the process that serves the next call."""
        return self._process().pid

    def end_process(self) -> None:
        """End the process that is running, if any."""
        self._stack.close()
        self._running = None

    def __call__(self, event: Any) -> Any:
        """Return what the handler returns; raises HandlerFailed or FunctionDied."""
        try:
            answer = self._process().invoke(event)
        except FunctionDied:
            # A process that ran out of time is still alive; Lambda ends it as well.
            self.end_process()
            raise
        self.answers.append(answer)
        if answer.failed:
            raise HandlerFailed(answer.payload)
        return answer.payload

    def _process(self) -> LambdaRuntime:
        if self._running is None:
            self._running = self._stack.enter_context(self._new_process())
            # Request ids are unique across the processes of a function.
            self._running._request_ids = self._request_ids
        return self._running
