"""A function in a process of its own, behind the event source: it answers, fails and dies."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.clock import Clock
from tests.fakes.event_source import EventSource, Function
from tests.fakes.runtime_api import FunctionDied, LambdaRuntime
from tests.fakes.sqs.queue import Queue
from tests.system.deployed import Deployed, HandlerFailed


def source(function: Function, *bodies: str) -> EventSource:
    """A queue with messages in it, and the function that is fed from it."""
    events = Queue("events", Clock(datetime(2027, 1, 1, tzinfo=UTC)))
    for body in bodies:
        events.send(body)
    return EventSource(events, function, batch_size=10)


def left(one: EventSource) -> list[str]:
    """The bodies that are still in the queue."""
    return [message.body for message in one.queue.messages()]


PROCESSES: dict[str, tuple[str, type[Exception]]] = {
    "exception": ("return 1 / 0", HandlerFailed),
    "death": ("os._exit(1)", FunctionDied),
    "kill": ("os.kill(os.getpid(), 9)", FunctionDied),
    "timeout": ("time.sleep(60)", FunctionDied),
    "no JSON": ("return {1, 2}", HandlerFailed),
}


@pytest.fixture
def deploy(tmp_path: Path) -> Callable[[str], Deployed]:
    """Deploys a handler with this body, to be given two seconds."""

    def with_body(body: str) -> Deployed:
        (tmp_path / "layer" / "python").mkdir(parents=True)
        (tmp_path / "app.py").write_text(
            f"import os, time\ndef handler(event, context):\n    {body}\n"
        )
        return Deployed(
            lambda: LambdaRuntime(tmp_path, tmp_path / "layer", "app.handler", {}, timeout=2)
        )

    return with_body


@pytest.mark.parametrize("name", PROCESSES)
def test_process_that_fails_keeps_the_batch(name: str, deploy: Callable[[str], Deployed]) -> None:
    """An exception, a death and a timeout are the same to the queue."""
    body, failure = PROCESSES[name]
    with deploy(body) as function:
        feeding = source(function, *"ab")
        told = feeding.poll()
    assert (left(feeding), type(told and told.failure)) == (["a", "b"], failure)


def test_process_answers_for_each_record(deploy: Callable[[str], Deployed]) -> None:
    """Its response is read as that of any function."""
    report = "[{'itemIdentifier': event['Records'][0]['messageId']}]"
    with deploy(f"return {{'batchItemFailures': {report}}}") as function:
        feeding = source(function, *"ab")
        feeding.poll()
    assert left(feeding) == ["a"]


def test_dead_process_is_followed_by_another(deploy: Callable[[str], Deployed]) -> None:
    """The next invocation finds a new one, as in Lambda."""
    with deploy("return {'batchItemFailures': [], 'pid': os.getpid()}") as function:
        first = function({})["pid"]
        os.kill(function.pid, 9)
        with pytest.raises(FunctionDied):
            function({})
        assert function({})["pid"] != first


def test_request_ids_are_never_used_again(deploy: Callable[[str], Deployed]) -> None:
    """Not by another process either: what tells invocations apart can rely on them."""
    with deploy("return context.aws_request_id") as function:
        first = function({})
        os.kill(function.pid, 9)
        with pytest.raises(FunctionDied):
            function({})
        assert function({}) != first
