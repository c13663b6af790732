"""A function in a process of its own, behind an event source: it responds, fails and dies."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.clock import Clock
from tests.fakes.event_source import EventSource, Function
from tests.fakes.lambda_function import HandlerFailed, LambdaFunction
from tests.fakes.runtime_api import FunctionDied, LambdaRuntime
from tests.fakes.sqs.queue import Queue


def source_for(function: Function, *bodies: str) -> EventSource:
    """An event source that reads these messages."""
    events = Queue("events", Clock(datetime(2027, 1, 1, tzinfo=UTC)))
    for body in bodies:
        events.send(body)
    return EventSource(events, function, batch_size=10)


def bodies_left(source: EventSource) -> list[str]:
    """The bodies of the messages that are still in the queue."""
    return [message.body for message in source.queue.messages()]


FAILURES: dict[str, tuple[str, type[Exception]]] = {
    "exception": ("return 1 / 0", HandlerFailed),
    "death": ("os._exit(1)", FunctionDied),
    "kill": ("os.kill(os.getpid(), 9)", FunctionDied),
    "timeout": ("time.sleep(60)", FunctionDied),
    "no JSON": ("return {1, 2}", HandlerFailed),
}


@pytest.fixture
def deploy(tmp_path: Path) -> Callable[[str], LambdaFunction]:
    """Deploys a handler with this body and a timeout of two seconds."""

    def with_body(body: str) -> LambdaFunction:
        (tmp_path / "layer" / "python").mkdir(parents=True)
        (tmp_path / "app.py").write_text(
            f"import os, time\ndef handler(event, context):\n    {body}\n"
        )
        return LambdaFunction(
            lambda: LambdaRuntime(tmp_path, tmp_path / "layer", "app.handler", {}, timeout=2)
        )

    return with_body


@pytest.mark.parametrize("name", FAILURES)
def test_process_that_fails_keeps_the_batch(
    name: str, deploy: Callable[[str], LambdaFunction]
) -> None:
    """An exception, a crash and a timeout leave the queue as it was."""
    body, failure = FAILURES[name]
    with deploy(body) as function:
        source = source_for(function, *"ab")
        invocation = source.poll()
    assert (bodies_left(source), type(invocation and invocation.failure)) == (["a", "b"], failure)


def test_response_decides_each_record(deploy: Callable[[str], LambdaFunction]) -> None:
    """The event source reads the response of the process."""
    report = "[{'itemIdentifier': event['Records'][0]['messageId']}]"
    with deploy(f"return {{'batchItemFailures': {report}}}") as function:
        source = source_for(function, *"ab")
        source.poll()
    assert bodies_left(source) == ["a"]


def test_dead_process_is_followed_by_another(deploy: Callable[[str], LambdaFunction]) -> None:
    """The next invocation starts a new one, as in Lambda."""
    with deploy("return {'batchItemFailures': [], 'pid': os.getpid()}") as function:
        first = function({})["pid"]
        os.kill(function.pid, 9)
        with pytest.raises(FunctionDied):
            function({})
        assert function({})["pid"] != first


def test_request_ids_are_unique(deploy: Callable[[str], LambdaFunction]) -> None:
    """Across processes as well, so that they identify invocations."""
    with deploy("return context.aws_request_id") as function:
        first = function({})
        os.kill(function.pid, 9)
        with pytest.raises(FunctionDied):
            function({})
        assert function({}) != first
