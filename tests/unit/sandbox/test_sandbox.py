"""The sandbox's processes and commands."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from sandbox import __main__ as commands
from sandbox.processes import NotReady, Program
from sandbox.running import exit_on_interrupt

ROOT = Path(__file__).parents[3]


def program(code: str, folder: Path) -> Program:
    """Return a program that runs Python code."""
    return Program([sys.executable, "-c", code], environ=os.environ, folder=folder, name="program")


def is_gone(pid: int) -> bool:
    """Return whether a process ends within a few seconds."""
    for _ in range(100):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_program_ends_with_its_children(tmp_path: Path) -> None:
    """A child that a program started does not outlive the block."""
    code = "import subprocess as s; print(s.Popen(['sleep', '60']).pid, flush=True); s.os.wait()"
    with program(code, tmp_path) as started:
        started.wait_until(lambda: started.last_output().strip().isdigit())
        child = int(started.last_output())
    assert is_gone(child)


def test_error_about_a_program_that_ended_has_its_output(tmp_path: Path) -> None:
    """Waiting for it ends at once."""
    with (
        program("raise SystemExit('no such port')", tmp_path) as started,
        pytest.raises(NotReady, match="no such port"),
    ):
        started.wait_until(lambda: False)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_that_stops_the_sandbox_stops_its_programs(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Neither SIGTERM nor a closed terminal leaves orphans, even when the signal comes twice."""
    code = """
import os, pathlib, sys, time
from sandbox import __main__ as sandbox
from sandbox.processes import Program
def app():
    folder = pathlib.Path(sys.argv[1])
    with Program(["sleep", "60"], environ=os.environ, folder=folder, name="child") as started:
        print(started.process.pid, flush=True)
        while True: # and no pause, which misses a signal that comes just before it
            time.sleep(0.01)
sandbox.app = app
sandbox.main()
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603 - our own
        assert process.stdout
        child = int(process.stdout.readline())
        process.send_signal(number)
        process.send_signal(number)
        process.wait(30)
    assert (process.returncode, is_gone(child)) == (1, True)


def test_ctrl_c_exits_without_a_traceback() -> None:
    """It prints one word, and the exit status is that of a shell."""
    output = io.StringIO()
    with pytest.raises(SystemExit, match="130"), exit_on_interrupt(Console(file=output)):
        raise KeyboardInterrupt
    assert output.getvalue() == "Stopping\n"


# --- the log of a running sandbox ----------------------------------------------------------------


def test_unreachable_sandbox_is_one_line_of_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is no traceback when the sandbox is not running."""
    argv = ["sandbox", "log", "group", "--aws", "http://127.0.0.1:1"]
    monkeypatch.setattr(sys, "argv", argv)
    handlers = {number: signal.getsignal(number) for number in commands.STOP_SIGNALS}
    with pytest.raises(SystemExit, match="1"):
        commands.main()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[0].partition(":")[0]) == (
        1,
        "✗ Could not connect to the endpoint URL",
    )
