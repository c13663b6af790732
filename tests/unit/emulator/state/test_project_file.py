"""Projects defined in a file."""

import subprocess
import sys
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from mixpanel_emulator.command import main
from mixpanel_emulator.state.project import GdprToken, Project, ServiceAccount
from mixpanel_emulator.state.project_file import FIELDS, parse_projects
from tests.unit.emulator.asgi_client import NOW, tracked

MINIMAL = {"project_id": "7", "token": "beef"}


def test_every_field_can_be_set() -> None:
    """The file can hold every field of a project."""
    assert set(FIELDS) == {each.name for each in fields(Project)}


def test_one_project() -> None:
    """A file holds one project, with defaults for missing fields."""
    assert parse_projects(MINIMAL) == (Project(project_id="7", token="beef"),)


def test_several_projects() -> None:
    """A file holds several projects, including credentials."""
    other = {
        "project_id": 8,
        "token": "feed",
        "api_secret": None,
        "service_accounts": [{"username": "a.mp-service-account", "secret": "s"}],
        "gdpr_tokens": [{"token": "g", "user": "me@example.com", "expires": "2026-02-01"}],
        "region": "eu",
        "id_mode": "simplified",
        "data_groups": ["company"],
        "timezone": "Europe/Vienna",
        "created": "2022-12-31",
        "hidden_events": ["Secret"],
        "deletion_stage_seconds": 0.5,
        "deletion_results_as_list": True,
        "unknown_deletion_status": 404,
    }
    assert parse_projects([MINIMAL, other])[1] == Project(
        project_id="8",
        token="feed",
        service_accounts=(ServiceAccount(username="a.mp-service-account", secret="s"),),
        gdpr_tokens=(
            GdprToken(token="g", user="me@example.com", expires=datetime(2026, 2, 1, tzinfo=UTC)),
        ),
        region="eu",
        id_mode="simplified",
        data_groups=("company",),
        timezone="Europe/Vienna",
        created=date(2022, 12, 31),
        hidden_events=("Secret",),
        deletion_stage_seconds=0.5,
        deletion_results_as_list=True,
        unknown_deletion_status=404,
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (7, "a project must be an object"),
        ([], "at least one project"),
        ([MINIMAL, MINIMAL], "project_id must be unique"),
        ([MINIMAL, MINIMAL | {"project_id": 9}], "token must be unique"),
        ({"token": "beef"}, "project_id is missing"),
        ([MINIMAL, {"project_id": 8}], r"\[1\]\.token is missing"),
        (MINIMAL | {"tokens": []}, "tokens is not one of: project_id, token,"),
        (MINIMAL | {"project_id": "x"}, "project_id must consist of digits"),
        (MINIMAL | {"token": ""}, "token must be text"),
        (MINIMAL | {"region": "asia"}, "region must be one of: us, eu, in"),
        (MINIMAL | {"timezone": "Vienna"}, "timezone must be a time zone as Europe/Vienna"),
        (MINIMAL | {"timezone": "Europe"}, "timezone must be a time zone as Europe/Vienna"),
        (MINIMAL | {"timezone": "../UTC"}, "timezone must be a time zone as Europe/Vienna"),
        (MINIMAL | {"created": "2022-13-01"}, "created must be an ISO date"),
        (MINIMAL | {"retention_days": -1}, "retention_days must be an integer"),
        (MINIMAL | {"retention_days": True}, "retention_days must be an integer"),
        (MINIMAL | {"deletion_rest_seconds": "1"}, "deletion_rest_seconds must be a number"),
        (
            MINIMAL | {"deletion_results_as_list": 1},
            "deletion_results_as_list must be true or false",
        ),
        (MINIMAL | {"data_groups": "company"}, "data_groups must be a list"),
        (MINIMAL | {"data_groups": ["a", 7]}, r"data_groups\[1\] must be text"),
        (
            MINIMAL | {"gdpr_tokens": [{"token": "g", "expires": "soon"}]},
            "expires must be an ISO time",
        ),
        (
            MINIMAL | {"service_accounts": [{"username": "a"}]},
            r"service_accounts\[0\]\.secret is miss",
        ),
    ],
)
def test_wrong_project(raw: Any, message: str) -> None:
    """An error names the place of the wrong value."""
    with pytest.raises(ValueError, match=message):
        parse_projects(raw)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"{", [], "project.json: "),
        (b'{"token":"beef"}', [], "project.json: project_id is missing"),
        (orjson.dumps(MINIMAL), ["--token", "feed"], "leave out --token"),
        (
            orjson.dumps(MINIMAL),
            ["--export-delay", "0", "--hidden-event", "A"],
            "leave out --export-delay, --hidden-event",
        ),
    ],
)
def test_command_with_a_wrong_file(
    tmp_path: Path, content: bytes, options: list[str], message: str
) -> None:
    """The command exits with the error in one line."""
    path = tmp_path / "project.json"
    path.write_bytes(content)
    with pytest.raises(SystemExit, match=message):
        main(["--project", str(path), *options])


def test_command_without_the_file() -> None:
    """The command exits when the file does not exist."""
    with pytest.raises(SystemExit, match="No such file"):
        main(["--project", "/nowhere/project.json"])


def test_command_with_project_clock_and_journal(tmp_path: Path) -> None:
    """The command serves the file's projects, from the given time, with a journal."""
    path, journal = tmp_path / "project.json", tmp_path / "journal.jsonl"
    path.write_bytes(orjson.dumps([MINIMAL, MINIMAL | {"project_id": 8, "token": "feed"}]))
    options = ["--project", path, "--clock", NOW.isoformat(), "--journal", journal]
    command = [sys.executable, "-m", "mixpanel_emulator.command", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        httpx.post(f"{url}/track", json=[tracked({"token": "feed"})], trust_env=False)
        lines = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
        process.terminate()
    entries = [(line["kind"], line["project"], line["at"][:13]) for line in lines]
    assert entries == [("events", "8", "2026-01-15T12"), ("requests", "8", "2026-01-15T12")]
