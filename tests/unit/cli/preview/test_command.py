"""`rudder-mixpanel preview` as a process, with its exit status and its output."""

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
SAMPLE = Path(__file__).parents[4] / "events" / "preview"
NOW = ("--now", "2027-01-01T00:00:00Z")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A file with a destination's Config."""
    return write_destination(tmp_path, config())


def write_destination(folder: Path, content: Any) -> Path:
    """Write a destination to a file; text is written as it is."""
    file = folder / "destination.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def run(file: Path, stdin: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    command = [*COMMAND, "--destination", str(file), *(options or NOW)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)  # noqa: S603 - our own command


def lines(done: subprocess.CompletedProcess[bytes]) -> list[Any]:
    """The lines of its output."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def body(**changes: Any) -> bytes:
    """An event as a line of input."""
    return json.dumps(track(**changes)).encode() + b"\n"


def test_unreadable_line_does_not_stop_the_others(settings: Path) -> None:
    """Its number is printed, it has an output line like any other, and the command succeeds."""
    stdin = b"\xef\xbb\xbf" + body(messageId="a") + b"{\n\n" + body(messageId="b", type="nope")
    done = run(settings, stdin + body(messageId="c").strip())
    assert [line["messageId"] for line in lines(done)] == ["a", None, "b", "c"]
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "stdin, line 2: not JSON at position 1",
        "events    4",
        "requests  2 (import: 2)",
        "rejected  2 (UNREADABLE: 1, UNSUPPORTED_TYPE: 1)",
    ]


def test_sample_events_have_each_outcome() -> None:
    """The events that docs/mapping.md uses as an example."""
    done = run(SAMPLE / "destination.json", (SAMPLE / "events.jsonl").read_bytes())
    assert len(lines(done)) == 7
    assert done.stderr.decode().splitlines()[1:] == [
        "events    7",
        "requests  7 (engage: 4, import: 2, groups: 1)",
        "filtered  1 (integrations.Mixpanel is false: 1)",
        "rejected  2 (TOO_OLD: 1, UNREADABLE: 1)",
        (
            "unordered 2 ($union: 1, $append: 1), as they come: only $set and $unset are ordered "
            "by time"
        ),
    ]


def test_empty_input_is_not_an_error(settings: Path) -> None:
    """It has an empty output."""
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
def test_destination_file_has_several_formats(tmp_path: Path, content: Any) -> None:
    """Its settings alone, or an exported destination that holds them."""
    (line,) = lines(run(write_destination(tmp_path, content), body()))
    assert line["requests"][0]["url"].startswith("https://api-eu.mixpanel.com/")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"token": ""}, "token: expected text, got nothing"),
        ({"token": TOKEN, "dataResidency": "s3cret" * 5}, "dataResidency: expected one of us, eu"),
        (
            {"token": TOKEN, "dataResidency": "mars"},
            'dataResidency: expected one of us, eu, in, got "',
        ),
        ({"config": {"token": 5.5}}, "token: expected text"),
        ([], "expected a destination's Config, an exported destination"),
        ('{"token": s3cret}', "expected JSON; it is not valid at line 1, column 11"),
        ("", "expected JSON"),
    ],
    ids=["empty", "choice", "word", "export", "list", "not JSON", "nothing"],
)
def test_invalid_destination_prints_one_line(tmp_path: Path, content: Any, message: str) -> None:
    """With the setting and what is allowed, without what may be a secret; exit status 2."""
    file = write_destination(tmp_path, content)
    done = run(file, body())
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"rudder-mixpanel: {file}: {message}")
    assert "s3cret" not in line
    assert (done.returncode, done.stdout) == (2, b"")


def test_warnings_about_settings_do_not_stop_the_preview(tmp_path: Path) -> None:
    """They come first on stderr, and do not change the exit status."""
    file = write_destination(tmp_path, {"config": config(dataResidnecy="s3cret")})
    done = run(file, body())
    first, *rest = done.stderr.decode().splitlines()
    assert (done.returncode, len(lines(done)), len(rest)) == (0, 1, 2)
    assert first == (
        f"{file}: warning: dataResidnecy: ignored, as no setting has this name; "
        "did you mean dataResidency?"
    )


def test_warning_may_explain_why_settings_are_refused(tmp_path: Path) -> None:
    """It is printed before the error."""
    done = run(write_destination(tmp_path, {"token": "", "tokens": TOKEN}), body())
    warning, error = done.stderr.decode().splitlines()
    assert ("did you mean token?" in warning, "token: expected text" in error) == (True, True)
    assert done.returncode == 2


def test_file_needs_no_token(tmp_path: Path) -> None:
    """The exported settings of a stack have none: the requests show a text in its place."""
    settings = {name: value for name, value in config().items() if name != "token"}
    file = write_destination(tmp_path, settings)
    done = run(file, body())
    (line,) = lines(done)
    assert line["requests"][0]["payload"]["properties"]["token"] == "not-in-file"
    assert done.stderr.decode().splitlines()[0] == f"{file}: no token, shown as not-in-file"


def test_missing_destination_file_prints_one_line(tmp_path: Path) -> None:
    """With the reason, and with exit status 2."""
    done = run(tmp_path / "none.json", b"")
    expected = f"rudder-mixpanel: {tmp_path / 'none.json'}: No such file or directory\n"
    assert (done.returncode, done.stderr.decode()) == (2, expected)


@pytest.mark.parametrize("now", ["2027-01-01", "2027-01-01T00:00:00", "2027-01-01T01:00:00+01:00"])
def test_now_is_the_arrival_time_of_events(settings: Path, now: str) -> None:
    """Times without a time zone are UTC."""
    (line,) = lines(run(settings, body(timestamp=None), "--now", now))
    assert line["requests"][0]["payload"]["properties"]["time"] == 1_798_761_600_000


def test_now_that_is_not_a_time_prints_one_line(settings: Path) -> None:
    """With an example of a time."""
    done = run(settings, body(), "--now", "today")
    expected = (
        "rudder-mixpanel: --now: expected a date such as 2026-12-31, "
        "or a time such as 2026-12-31T12:00:00Z, got today\n"
    )
    assert (done.returncode, done.stderr.decode()) == (2, expected)


def test_now_is_the_current_time_by_default(settings: Path) -> None:
    """An event of the year 2999 is in the future whenever the test runs."""
    (line,) = lines(run(settings, body(timestamp="2999-01-01"), "--explain"))
    assert line["rejected"]["code"] == "IN_FUTURE"


def test_explain_shows_the_source_of_each_property(settings: Path) -> None:
    """In each request."""
    (line,) = lines(run(settings, body(), "--explain", *NOW))
    explanation = line["requests"][0]["explain"]
    assert explanation["properties"]["order_id"] == "properties.order_id"


def test_files_are_read_in_any_layout(settings: Path, tmp_path: Path) -> None:
    """An indented array, what SQS exports, what `rejected show --body` prints, and stdin."""
    event = track(messageId="a")
    sqs = {"Messages": [{"MessageId": "1", "ReceiptHandle": "r", "Body": json.dumps(event)}] * 2}
    shown = {"id": "1", "firstSentAt": "2027-01-01", "bytes": 9, "body": event}
    contents = {"array": [event], "sqs": sqs, "shown": shown}
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content, indent=2))
    files = (*(str(tmp_path / name) for name in contents), "-")
    done = run(settings, body(messageId="z"), *files, *NOW)
    assert [line["messageId"] for line in lines(done)] == ["a", "a", "a", "a", "z"]


def test_file_that_cannot_be_read_is_wrong_usage(settings: Path, tmp_path: Path) -> None:
    """With its name and the reason."""
    done = run(settings, b"", str(tmp_path / "none.json"))
    expected = f"rudder-mixpanel: {tmp_path / 'none.json'}: No such file or directory\n"
    assert (done.returncode, done.stderr.decode()) == (2, expected)


@pytest.mark.parametrize(
    ("stdin", "status", "last"),
    [
        (body(), 0, "requests  1 (import: 1)"),
        (body() + body(type="nope"), 1, "rudder-mixpanel: --strict: 1 of 2 are rejected"),
        (b"{", 1, "rudder-mixpanel: --strict: 1 of 1 are rejected"),
        (body(integrations={"All": False}), 0, "filtered  1 (integrations.All is false: 1)"),
    ],
    ids=["accepted", "rejected", "unreadable", "filtered"],
)
def test_strict_fails_when_an_event_is_rejected(
    settings: Path, stdin: bytes, status: int, last: str
) -> None:
    """After all events were shown."""
    done = run(settings, stdin, "--strict", *NOW)
    assert (done.returncode, done.stderr.decode().splitlines()[-1]) == (status, last)


def test_settings_must_be_named() -> None:
    """In a file or a stack."""
    environ = {name: text for name, text in os.environ.items() if name != "RUDDER_MIXPANEL_STACK"}
    done = subprocess.run(COMMAND, env=environ, input=b"", capture_output=True, check=False)  # noqa: S603 - our own command
    assert (done.returncode, done.stderr.decode()) == (
        2,
        (
            "rudder-mixpanel: expected --stack NAME, or the variable RUDDER_MIXPANEL_STACK, or "
            "--destination FILE\n"
        ),
    )


def test_destination_of_several_is_chosen_by_option(tmp_path: Path) -> None:
    """Which the error names."""
    both = [{"id": id_, "name": id_.upper(), "type": "MP", "config": config()} for id_ in "ab"]
    file = write_destination(tmp_path, {"destinations": both})
    unclear = run(file, body())
    chosen = run(file, body(), *NOW, "--destination-id", "b")
    assert (unclear.returncode, unclear.stderr.decode(), chosen.returncode) == (
        2,
        f"rudder-mixpanel: {file}: choose one by --destination-id ID: a (A), b (B)\n",
        0,
    )


def test_destination_is_chosen_in_a_file_only() -> None:
    """A stack has one."""
    command = [*COMMAND, "--stack", "any", "--destination-id", "b"]
    done = subprocess.run(command, input=b"", capture_output=True, check=False)  # noqa: S603 - our own command
    expected = "rudder-mixpanel: --destination-id: expected --destination FILE, in which to choose"
    assert (done.returncode, done.stderr.decode().strip()) == (2, expected)


def test_closed_pipe_ends_the_command_without_an_error(settings: Path) -> None:
    """A reader that stops early, as `head` does, causes no traceback."""
    command = [*COMMAND, "--destination", str(settings), *NOW]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.close()
        try:
            process.stdin.write(body() * 1000)
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_ctrl_c_ends_the_command_without_an_error(settings: Path) -> None:
    """With exit status 130, and without a traceback."""
    command = [*COMMAND, "--destination", str(settings), *NOW]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603
        assert process.stdin
        assert process.stderr
        # The event comes first, so that the interrupt finds all modules imported: Python exits by
        # the signal itself, which a shell cannot tell from 130, if one interrupts an exec of text.
        process.stdin.write(body() + b"no\n")
        process.stdin.flush()
        assert process.stderr.readline().startswith(b"stdin, line 2: not JSON")
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"rudder-mixpanel: interrupted\n"
        assert process.wait() == 130


@pytest.mark.parametrize(
    ("size", "bar"), [(6_000_000, True), (1000, False)], ids=["large", "small"]
)
def test_large_input_shows_a_progress_bar_on_a_terminal(
    settings: Path, tmp_path: Path, size: int, *, bar: bool
) -> None:
    """Small input shows none."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(body(properties={"a": "x" * 100_000}) * (size // 100_000 or 1))
    assert (b"previewing" in run_on_terminal(settings, file)) is bar


def run_on_terminal(settings: Path, events: Path) -> bytes:
    """Run the command on a terminal, and return what it shows."""
    terminal, child_end = pty.openpty()
    command = [*COMMAND, "--destination", str(settings), *NOW]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with (
        events.open("rb") as stdin,
        subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=child_end, env=environ
        ) as process,
    ):
        os.close(child_end)
        output = b""
        while select.select([terminal], [], [], 60)[0]:
            try:
                output += os.read(terminal, 65536)
            except OSError:  # the other end is closed
                break
        assert process.wait() == 0
    os.close(terminal)
    return output


def test_files_need_no_sdk(settings: Path) -> None:
    """The AWS SDK takes longer to load than everything else together."""
    command = [sys.executable, "-X", "importtime", *COMMAND[1:], "--destination", str(settings)]
    done = subprocess.run(command, input=body(), capture_output=True, check=True)  # noqa: S603 - our own command
    assert (b"orjson" in done.stderr, b"boto" in done.stderr) == (True, False)
