"""The fake of Lambda's Runtime API, with handlers made for these tests."""

import json
import os
from pathlib import Path

import pytest

from tests.fakes.runtime_api import FunctionDied, LambdaRuntime


def function(folder: Path, code: str) -> LambdaRuntime:
    """A function with this code and an empty layer."""
    (folder / "layer" / "python").mkdir(parents=True)
    (folder / "function").mkdir()
    (folder / "function" / "app.py").write_text(code)
    return LambdaRuntime(
        folder / "function", folder / "layer", "app.handler", {"GREETING": "hello"}, timeout=20
    )


def test_payload_is_what_the_handler_returned(tmp_path: Path) -> None:
    """The event reaches the handler, and its result comes back."""
    code = "def handler(event, context): return {'was': event}"
    with function(tmp_path, code) as runtime:
        answer = runtime.invoke({"n": 1})
    assert (answer.payload, answer.failed) == ({"was": {"n": 1}}, False)


def test_process_stays_warm(tmp_path: Path) -> None:
    """The state of a module lasts until the next invocation."""
    code = "seen = []\ndef handler(event, context): seen.append(event); return seen"
    with function(tmp_path, code) as runtime:
        answers = [runtime.invoke(number).payload for number in range(3)]
    assert answers == [[0], [0, 1], [0, 1, 2]]


def test_log_is_that_of_the_invocation(tmp_path: Path) -> None:
    """Each answer has the lines that were printed during it, and no others."""
    code = "def handler(event, context): print('handled', event)"
    with function(tmp_path, code) as runtime:
        logs = [runtime.invoke(number).log for number in range(2)]
    assert logs == [("handled 0",), ("handled 1",)]


def test_exception_is_a_failed_answer(tmp_path: Path) -> None:
    """The process goes on after a handler has raised."""
    code = "def handler(event, context): return 1 / event"
    with function(tmp_path, code) as runtime:
        answers = [runtime.invoke(number) for number in (0, 1)]
    assert [(answer.failed, answer.payload) for answer in answers[1:]] == [(False, 1.0)]
    assert (answers[0].failed, answers[0].payload["errorType"]) == (True, "ZeroDivisionError")


def test_import_error_is_a_failed_answer(tmp_path: Path) -> None:
    """A function that cannot start reports the reason."""
    code = "import httpx"  # the layer is empty
    with function(tmp_path, code) as runtime:
        answer = runtime.invoke({})
    assert (answer.failed, answer.payload["errorType"]) == (True, "Runtime.ImportModuleError")


def test_crash_is_raised_with_the_log(tmp_path: Path) -> None:
    """A process that ends without a response raises FunctionDied."""
    code = "import os\ndef handler(event, context): print('last words'); os._exit(1)"
    with function(tmp_path, code) as runtime, pytest.raises(FunctionDied, match="last words"):
        runtime.invoke({})


def test_environment_is_lambdas_and_the_functions(tmp_path: Path) -> None:
    """The environment of this machine does not reach the function."""
    code = "import os\ndef handler(event, context): return dict(os.environ)"
    with function(tmp_path, code) as runtime:
        environment = runtime.invoke({}).payload
    ours = {"HOME", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE", "PYTEST_CURRENT_TEST"}
    assert (environment["GREETING"], ours & environment.keys()) == ("hello", set())


def test_modules_are_lambdas_and_the_layers(tmp_path: Path) -> None:
    """The runtime's boto3 can be imported; the development environment's modules cannot."""
    code = (
        "import json, importlib.util\n"
        "def handler(event, context):\n"
        "    return {name: importlib.util.find_spec(name) is not None for name in event}"
    )
    with function(tmp_path, code) as runtime:
        importable = runtime.invoke(["app", "boto3", "pytest", "httpx"]).payload
    assert importable == {"app": True, "boto3": True, "pytest": False, "httpx": False}


def test_context_knows_the_time_left(tmp_path: Path) -> None:
    """It counts down from the timeout."""
    code = "def handler(event, context): return context.get_remaining_time_in_millis()"
    with function(tmp_path, code) as runtime:
        left = runtime.invoke({}).payload
    assert 0 < left <= 20_000


def test_process_ends_with_the_block(tmp_path: Path) -> None:
    """No process is left behind."""
    with function(tmp_path, "def handler(event, context): return None") as runtime:
        answer, pid = runtime.invoke({}), runtime.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert json.dumps(answer.payload) == "null"
