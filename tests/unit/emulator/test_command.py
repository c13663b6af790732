"""The options of `mixpanel-emulator`: each is explained, and a wrong value is one line."""

import subprocess
import sys
from datetime import date

import httpx
import pytest

from mixpanel_emulator.command import build_parser, main, read_projects
from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import ACCOUNT, tracked


@pytest.mark.parametrize(
    ("option", "value", "error"),
    [
        ("--port", "99999", "expected a number from 0 to 65535"),
        ("--port", "-1", "expected a number from 0 to 65535"),
        ("--port", "http", "expected a number from 0 to 65535"),
        ("--clock", "yesterday", "expected an ISO 8601 time"),
        ("--timezone", "Vienna", "expected a time zone as Europe/Vienna"),
        ("--created", "2023", "expected an ISO 8601 date"),
        ("--export-delay", "-1", "expected a number, 0 or more"),
        ("--export-delay", "soon", "expected a number, 0 or more"),
        ("--export-delay", "inf", "expected a number, 0 or more"),
        ("--limit", "0", "expected a number above 0"),
        ("--limit", "all", "expected a number above 0"),
    ],
)
def test_wrong_value_is_explained(
    option: str, value: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line names the option and what it expects, and the exit status is 2."""
    with pytest.raises(SystemExit, match="2"):
        main([option, value])
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"mixpanel-emulator: error: argument {option}: {error}"


def test_options_describe_the_project() -> None:
    """Each one sets a field."""
    command = (
        "--token beef --id-mode simplified --retention-days 0 --timezone Asia/Tokyo --created "
        "2022-12-31 --export-delay 1.5 --hidden-event A --hidden-event B --dropped-event C"
    )
    options = build_parser().parse_args(command.split())
    assert read_projects(options) == [
        Project(
            token="beef",
            id_mode="simplified",
            retention_days=0,
            timezone="Asia/Tokyo",
            created=date(2022, 12, 31),
            export_delay_seconds=1.5,
            hidden_events=("A", "B"),
            dropped_events=("C",),
        )
    ]


def test_limit_of_the_command() -> None:
    """It keeps only so many events, of which an export has no more."""
    options = ["--port", "0", "--limit", "1", "--export-delay", "0"]
    command = [sys.executable, "-m", "mixpanel_emulator.command", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        with httpx.Client(base_url=url, trust_env=False) as http:
            http.post("/track", json=[tracked({"time": None})] * 2)
            day = http.get("/_emulator/clock").json()["now"][:10]
            query = {"project_id": "1", "from_date": "2026-01-01", "to_date": day}
            response = http.get("/api/2.0/export", params=query, auth=ACCOUNT)
        process.terminate()
    assert (response.status_code, response.text.count("\n")) == (200, 1)


def test_every_option_is_explained() -> None:
    """`--help` says what each one means."""
    actions = build_parser()._actions
    assert [action.option_strings for action in actions if not action.help] == []
