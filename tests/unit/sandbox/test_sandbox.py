"""The sandbox: what it starts it ends, and the demo is only pleased when everything is right."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from rich.console import Console
from typer.testing import CliRunner

from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY, Destination
from rudder_mixpanel.envelopes import Message
from sandbox import __main__ as commands
from sandbox.demo import Found, show_landings
from sandbox.processes import NotReady, Program, free_port
from sandbox.running import stopped_calmly
from sandbox.samples import Sample, samples
from sandbox.stack import CREDENTIALS, SETTINGS
from tests.build import identify, track

ROOT = Path(__file__).parents[3]
NOTHING = Found(events={}, profiles=frozenset(), groups=frozenset(), reasons={})


def program(code: str, folder: Path) -> Program:
    """A small Python program."""
    return Program([sys.executable, "-c", code], environ=os.environ, folder=folder, name="program")


def landings(found: Found, *messages: Message | str) -> list[str]:
    """What the demo complains about, when these were sent and that was found."""
    bodies = [one if isinstance(one, str) else json.dumps(one) for one in messages]
    return show_landings(
        Console(file=io.StringIO()), [Sample("track, by a test", body) for body in bodies], found
    )


def is_gone(pid: int) -> bool:
    """Whether a process has ended, a moment granted."""
    for _ in range(100):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, which only Linux has")
def test_program_ends_with_its_children(tmp_path: Path) -> None:
    """A child that a program started does not outlive the block."""
    code = "import subprocess as s; print(s.Popen(['sleep', '60']).pid, flush=True); s.os.wait()"
    with program(code, tmp_path) as started:
        started.wait_until(lambda: started.last_words().strip().isdigit())
        child = int(started.last_words())
    assert is_gone(child)


def test_program_that_ends_early_says_its_last_words(tmp_path: Path) -> None:
    """Waiting for a program that died does not take forever, and tells why."""
    with (
        program("raise SystemExit('no such port')", tmp_path) as started,
        pytest.raises(NotReady, match="no such port"),
    ):
        started.wait_until(lambda: False)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, which only Linux has")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_the_sandbox_ends_what_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Neither a polite end nor a terminal that closes leaves orphans, even when said twice."""
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


def test_ctrl_c_is_answered_calmly() -> None:
    """One word, and the exit code that shells know; no traceback."""
    said = io.StringIO()
    with pytest.raises(SystemExit, match="130"), stopped_calmly(Console(file=said)):
        raise KeyboardInterrupt
    assert said.getvalue() == "Stopping\n"


# --- the commands of a running sandbox -----------------------------------------------------------


@pytest.fixture
def queue_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A queue, wherever the commands look for it."""
    with mock_aws():
        sqs = boto3.client("sqs")
        monkeypatch.setattr(commands, "sqs", lambda _: sqs)
        yield sqs.create_queue(QueueName="rejected")["QueueUrl"]


def run(*arguments: str) -> str:
    """What a command prints."""
    said = CliRunner().invoke(commands.app, arguments)
    assert said.exception is None, said.output
    return said.output


def test_rejected_events_can_be_read_twice(queue_url: str) -> None:
    """Reading leaves a message where it is, for the next reader at once."""
    boto3.client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody="{}",
        MessageAttributes={"code": {"DataType": "String", "StringValue": "TOO_OLD"}},
    )
    first, second = run("rejected", queue_url), run("rejected", queue_url)
    assert (first, "TOO_OLD" in first) == (second, True)


def test_no_rejected_events_are_said_to_be_none(queue_url: str) -> None:
    """Silence would look like a failure."""
    assert run("rejected", queue_url) == "no rejected events\n"


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ("array", "array.json: 1 sent"),
        ("empty", "empty.json: it holds no records, so nothing was sent"),
    ],
)
def test_sending_says_how_many(queue_url: str, sample: str, said: str) -> None:
    """Also when there is nothing to send."""
    file = ROOT / "events" / "deliver_events" / f"{sample}.json"
    assert run("send", queue_url, str(file)) == f"{said}\n"


def test_dead_address_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sandbox that has ended is no reason for a traceback."""
    url = f"http://127.0.0.1:{free_port()}/0/queue"
    monkeypatch.setattr(sys, "argv", ["sandbox", "rejected", url])
    handlers = {number: signal.getsignal(number) for number in commands.ENDINGS}
    with pytest.raises(SystemExit, match="1"):
        commands.main()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    said = capsys.readouterr().out.splitlines()
    assert (len(said), said[0].partition(":")[0]) == (1, "✗ Could not connect to the endpoint URL")


def test_lost_event_is_complained_about() -> None:
    """An event that neither Mixpanel nor the rejected queue has is lost, and the demo says so."""
    assert landings(NOTHING, track()) == ["track, by a test: lost"]


def test_wrongly_rejected_event_is_complained_about() -> None:
    """A good event in the rejected queue is not where it must be."""
    body = json.dumps(identify(), separators=(",", ":"))
    found = Found({}, frozenset(), frozenset(), {body: "rejected: TOO_OLD (why)"})
    assert landings(found, body) == ["identify, track, by a test: rejected: TOO_OLD (why)"]


def test_poison_that_vanished_is_complained_about() -> None:
    """What cannot be read must be in the rejected queue, or it is lost."""
    assert landings(NOTHING, "{") == ["not an event, track, by a test: lost"]


def test_delivered_event_is_not_complained_about() -> None:
    """An event that Mixpanel holds by its id is right."""
    event = track()
    found = Found({event["messageId"]: ["Order Completed"]}, frozenset(), frozenset(), {})
    assert landings(found, event) == []


def test_lost_twin_is_complained_about() -> None:
    """Of two copies of an event that were sent, Mixpanel must have stored two."""
    event = track()
    found = Found({event["messageId"]: ["Order Completed"]}, frozenset(), frozenset(), {})
    assert landings(found, event, event) == ["track, by a test: lost"]


def test_lost_twin_of_a_profile_is_complained_about() -> None:
    """The same person's other update does not stand for the one that is lost."""
    person, other = identify(), identify(messageId="another")
    found = Found({"another": ["$merge"]}, frozenset({"user-1"}), frozenset(), {})
    assert landings(found, other, person) == ["identify, track, by a test: lost"]


def test_samples_do_not_grow_too_old() -> None:
    """The demo's settings take the samples for a century."""
    made = Destination.from_config({**CREDENTIALS, **SETTINGS})
    assert made.max_event_age >= 36_500 * MILLISECONDS_A_DAY


def test_samples_tell_of_every_call() -> None:
    """The demo sends all six calls, from both SDKs, and poison."""
    names = [sample.name for sample in samples()]
    calls = {name.partition(",")[0] for name in names if name.endswith("SDK")}
    assert calls == {"identify", "track", "page", "screen", "group", "alias"}
