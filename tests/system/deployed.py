"""A function in a process of its own, as Lambda keeps it: when one has died, another follows."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from typing import Any, Self

from tests.fakes.runtime_api import Answer, FunctionDied, LambdaRuntime


class HandlerFailed(Exception):
    """The function answered with an error, or with what is no JSON."""


class Deployed:
    """A function that can be called for as long as the `with` block lasts."""

    def __init__(self, new_process: Callable[[], LambdaRuntime]) -> None:
        self.answers: list[Answer] = []
        self._new_process = new_process
        self._running: LambdaRuntime | None = None
        self._stack = ExitStack()
        self._request_ids = (f"00000000-0000-4000-8000-{number:012}" for number in count(1))

    def __enter__(self) -> Self:
        """Begin; the first call starts the process."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._stack.close()

    @property
    def pid(self) -> int:
        """The process that the next call goes to."""
        return self._process().pid

    def __call__(self, event: Any) -> Any:
        """What the handler returns, or `HandlerFailed` or `FunctionDied`."""
        try:
            answer = self._process().invoke(event)
        except FunctionDied:
            # One that runs out of time is still there; Lambda ends it, too.
            self._stack.close()
            self._running = None
            raise
        self.answers.append(answer)
        if answer.failed:
            raise HandlerFailed(answer.payload)
        return answer.payload

    def _process(self) -> LambdaRuntime:
        if self._running is None:
            self._running = self._stack.enter_context(self._new_process())
            # Lambda never uses a request's id again, whichever process has served it.
            self._running._request_ids = self._request_ids
        return self._running
