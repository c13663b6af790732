"""The sandbox: what it starts it ends, and the demo is only pleased when everything is right."""

import io
import json
import os
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from rudder_mixpanel.envelopes import Message
from sandbox.demo import Found, show_landings
from sandbox.processes import NotReady, Program
from sandbox.samples import Sample, samples
from tests.build import identify, track

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
    found = Found({event["messageId"]: "Order Completed"}, frozenset(), frozenset(), {})
    assert landings(found, event) == []


def test_samples_tell_of_every_call() -> None:
    """The demo sends all six calls, from both SDKs, and poison."""
    names = [sample.name for sample in samples()]
    calls = {name.partition(",")[0] for name in names if name.endswith("SDK")}
    assert calls == {"identify", "track", "page", "screen", "group", "alias"}
