"""`rudder-mixpanel` as a person runs it."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.build import TOKEN, config, track

COMMAND = [sys.executable, "-m", "rudder_mixpanel_cli.command", "preview"]
SAMPLE = Path(__file__).parents[3] / "events" / "preview"
NOW = ("--now", "2027-01-01T00:00:00Z")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A file with a destination's Config."""
    return written(tmp_path, config())


def written(folder: Path, content: Any) -> Path:
    """A file with a destination; text stands as it is."""
    file = folder / "destination.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def run(file: Path, stdin: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """The command, run to its end."""
    command = [*COMMAND, "--destination", str(file), *(options or NOW)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603 - ours


def lines(done: subprocess.CompletedProcess[bytes]) -> list[Any]:
    """What it wrote."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def body(**changes: Any) -> bytes:
    """A line with an event."""
    return json.dumps(track(**changes)).encode() + b"\n"


def test_bad_line_does_not_stop_the_others(settings: Path) -> None:
    """It is said with its number, and has a line like any other; the command succeeds."""
    given = b"\xef\xbb\xbf" + body(messageId="a") + b"{\n\n" + body(messageId="b", type="nope")
    done = run(settings, given + body(messageId="c").strip())
    assert [line["messageId"] for line in lines(done)] == ["a", None, "b", "c"]
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "line 2: not JSON at position 1",
        "events    4",
        "requests  2 (import: 2)",
        "rejected  2 (UNREADABLE: 1, UNSUPPORTED_TYPE: 1)",
    ]


def test_sample_shows_each_fate() -> None:
    """Of the events that docs/mapping.md invites to try, each fate has one."""
    done = run(SAMPLE / "destination.json", (SAMPLE / "events.jsonl").read_bytes())
    assert len(lines(done)) == 7
    assert done.stderr.decode().splitlines()[1:] == [
        "events    7",
        "requests  7 (engage: 4, import: 2, groups: 1)",
        "filtered  1 (integrations.Mixpanel is false: 1)",
        "rejected  2 (TOO_OLD: 1, UNREADABLE: 1)",
    ]


def test_nothing_comes_of_nothing(settings: Path) -> None:
    """An empty file is no mistake."""
    done = run(settings, b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"events    0\n")


@pytest.mark.parametrize(
    "content",
    [
        {"token": TOKEN, "dataResidency": "eu"},
        {"token": TOKEN, "data_residency": "eu"},
        {"id": "1", "name": "M", "config": {"token": TOKEN, "dataResidency": "eu"}},
        {"ID": "1", "Config": {"token": TOKEN, "dataResidency": "eu"}, "Enabled": True},
    ],
    ids=["RudderStack", "Rudder CLI", "export", "transformer"],
)
def test_destination_comes_in_several_spellings(tmp_path: Path, content: Any) -> None:
    """Its settings alone, or an exported destination that holds them."""
    (line,) = lines(run(written(tmp_path, content), body()))
    assert line["requests"][0]["url"].startswith("https://api-eu.mixpanel.com/")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"token": ""}, "token: expected text, got nothing"),
        ({"token": TOKEN, "dataResidency": "s3cret"}, "dataResidency: expected one of us, eu, in"),
        ({"config": {"token": 5.5}}, "token: expected text"),
        ([], "expected an object with the destination's settings"),
        ('{"token": s3cret}', "expected JSON, which ends at line 1, column 11"),
        ("", "expected JSON"),
    ],
    ids=["empty", "choice", "export", "list", "no JSON", "nothing"],
)
def test_wrong_destination_is_said_in_a_line(tmp_path: Path, content: Any, said: str) -> None:
    """With the setting and what is allowed, without its value, and with exit code 2."""
    file = written(tmp_path, content)
    done = run(file, body())
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"rudder-mixpanel: {file}: {said}")
    assert "s3cret" not in line
    assert (done.returncode, done.stdout) == (2, b"")


def test_missing_destination_is_said_in_a_line(tmp_path: Path) -> None:
    """As is a file that cannot be read."""
    done = run(tmp_path / "none.json", b"")
    expected = f"rudder-mixpanel: {tmp_path / 'none.json'}: No such file or directory\n"
    assert (done.returncode, done.stderr.decode()) == (2, expected)


@pytest.mark.parametrize("now", ["2027-01-01", "2027-01-01T00:00:00", "2027-01-01T01:00:00+01:00"])
def test_now_is_when_events_arrive(settings: Path, now: str) -> None:
    """What names no zone is UTC."""
    (line,) = lines(run(settings, body(timestamp=None), "--now", now))
    assert line["requests"][0]["payload"]["properties"]["time"] == 1_798_761_600_000


def test_now_that_is_no_time_is_said_in_a_line(settings: Path) -> None:
    """With an example of one."""
    done = run(settings, body(), "--now", "today")
    expected = "rudder-mixpanel: --now: expected a time such as 2026-12-31T12:00:00Z, got today\n"
    assert (done.returncode, done.stderr.decode()) == (2, expected)


def test_now_is_this_moment_unless_told(settings: Path) -> None:
    """An event of five years ahead is in the future, whenever that test runs."""
    (line,) = lines(run(settings, body(timestamp="2999-01-01"), "--explain"))
    assert line["rejected"]["code"] == "IN_FUTURE"


def test_explain_says_where_properties_come_from(settings: Path) -> None:
    """Beside each request."""
    (line,) = lines(run(settings, body(), "--explain", *NOW))
    assert line["requests"][0]["explain"]["order_id"] == "copied from properties.order_id"


def test_closed_pipe_ends_it_quietly(settings: Path) -> None:
    """Whoever takes the first line and goes, as `head` does, leaves no traceback behind."""
    command = [*COMMAND, "--destination", str(settings), *NOW]
    with subprocess.Popen(  # noqa: S603 - ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdin
        assert started.stdout
        started.stdout.close()
        try:
            started.stdin.write(body() * 1000)
            started.stdin.close()
        except BrokenPipeError:
            pass
        assert started.stderr
        assert started.stderr.read() == b""
        assert started.wait() == 141


def test_interrupt_ends_it_quietly(settings: Path) -> None:
    """Ctrl-C is no failure; what was done is written."""
    command = [*COMMAND, "--destination", str(settings), *NOW]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as started:  # noqa: S603
        assert started.stdin
        assert started.stderr
        started.stdin.write(b"{\n" + body())
        started.stdin.flush()
        assert started.stderr.readline() == b"line 1: not JSON at position 1\n"
        started.send_signal(signal.SIGINT)
        assert started.stderr.read() == b""
        assert started.wait() == 130


@pytest.mark.parametrize(("size", "bar"), [(6_000_000, True), (1000, False)], ids=["long", "short"])
def test_bar_shows_on_a_terminal_for_long_input(
    settings: Path, tmp_path: Path, size: int, *, bar: bool
) -> None:
    """And nowhere else, so that logs hold none."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(body(properties={"a": "x" * 100_000}) * (size // 100_000 or 1))
    assert (b"previewing" in on_a_terminal(settings, file)) is bar


def on_a_terminal(settings: Path, events: Path) -> bytes:
    """What the command says on a terminal."""
    terminal, theirs = pty.openpty()
    command = [*COMMAND, "--destination", str(settings), *NOW]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with (
        events.open("rb") as stdin,
        subprocess.Popen(  # noqa: S603 - ours
            command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=theirs, env=environ
        ) as started,
    ):
        os.close(theirs)
        said = b""
        while select.select([terminal], [], [], 60)[0]:
            try:
                said += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
        assert started.wait() == 0
    os.close(terminal)
    return said
