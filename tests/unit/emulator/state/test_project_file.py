"""Projects defined by a file."""

import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from mixpanel_emulator.command import main
from mixpanel_emulator.state.project import GdprToken, Project, ServiceAccount
from mixpanel_emulator.state.project_file import FIELDS, parse_projects
from tests.unit.emulator.asgi_client import NOW, tracked

ONE = {"project_id": "7", "token": "beef"}


def test_every_field_can_be_said() -> None:
    """Whatever a project has can stand in the file."""
    assert set(FIELDS) == {each.name for each in fields(Project)}


def test_one_project() -> None:
    """A file holds one project, with defaults for what it does not say."""
    assert parse_projects(ONE) == (Project(project_id="7", token="beef"),)


def test_several_projects() -> None:
    """A file holds several projects, credentials included."""
    other = {
        "project_id": 8,
        "token": "feed",
        "api_secret": None,
        "service_accounts": [{"username": "a.mp-service-account", "secret": "s"}],
        "gdpr_tokens": [{"token": "g", "user": "me@example.com", "expires": "2026-02-01"}],
        "region": "eu",
        "id_mode": "simplified",
        "data_groups": ["company"],
        "deletion_stage_seconds": 0.5,
        "deletion_results_as_list": True,
        "unknown_deletion_status": 404,
    }
    assert parse_projects([ONE, other])[1] == Project(
        project_id="8",
        token="feed",
        service_accounts=(ServiceAccount(username="a.mp-service-account", secret="s"),),
        gdpr_tokens=(
            GdprToken(token="g", user="me@example.com", expires=datetime(2026, 2, 1, tzinfo=UTC)),
        ),
        region="eu",
        id_mode="simplified",
        data_groups=("company",),
        deletion_stage_seconds=0.5,
        deletion_results_as_list=True,
        unknown_deletion_status=404,
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (7, "a project must be an object"),
        ([], "at least one project"),
        ([ONE, ONE], "project_id must be unique"),
        ([ONE, ONE | {"project_id": 9}], "token must be unique"),
        ({"token": "beef"}, "project_id is missing"),
        ([ONE, {"project_id": 8}], r"\[1\]\.token is missing"),
        (ONE | {"tokens": []}, "tokens is not one of: project_id, token,"),
        (ONE | {"project_id": "x"}, "project_id must consist of digits"),
        (ONE | {"token": ""}, "token must be text"),
        (ONE | {"region": "asia"}, "region must be one of: us, eu, in"),
        (ONE | {"retention_days": -1}, "retention_days must be an integer"),
        (ONE | {"retention_days": True}, "retention_days must be an integer"),
        (ONE | {"deletion_rest_seconds": "1"}, "deletion_rest_seconds must be a number"),
        (ONE | {"deletion_results_as_list": 1}, "deletion_results_as_list must be true or false"),
        (ONE | {"data_groups": "company"}, "data_groups must be a list"),
        (ONE | {"data_groups": ["a", 7]}, r"data_groups\[1\] must be text"),
        (ONE | {"gdpr_tokens": [{"token": "g", "expires": "soon"}]}, "expires must be an ISO time"),
        (ONE | {"service_accounts": [{"username": "a"}]}, r"service_accounts\[0\]\.secret is miss"),
    ],
)
def test_wrong_project(raw: Any, message: str) -> None:
    """What is wrong is said with its place."""
    with pytest.raises(ValueError, match=message):
        parse_projects(raw)


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        (b"{", [], "project.json: "),
        (b'{"token":"beef"}', [], "project.json: project_id is missing"),
        (orjson.dumps(ONE), ["--token", "feed"], "leave out --token"),
    ],
)
def test_command_with_a_wrong_file(
    tmp_path: Path, content: bytes, more: list[str], message: str
) -> None:
    """The command says what is wrong in one line, and does not start."""
    path = tmp_path / "project.json"
    path.write_bytes(content)
    with pytest.raises(SystemExit, match=message):
        main(["--project", str(path), *more])


def test_command_without_the_file() -> None:
    """A file that is not there is said to be so."""
    with pytest.raises(SystemExit, match="No such file"):
        main(["--project", "/nowhere/project.json"])


def test_command_with_project_clock_and_journal(tmp_path: Path) -> None:
    """The command serves the projects of the file from the time on, and writes down what comes."""
    path, journal = tmp_path / "project.json", tmp_path / "journal.jsonl"
    path.write_bytes(orjson.dumps([ONE, ONE | {"project_id": 8, "token": "feed"}]))
    options = ["--project", path, "--clock", NOW.isoformat(), "--journal", journal]
    command = [sys.executable, "-m", "mixpanel_emulator.command", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        httpx.post(f"{url}/track", json=[tracked({"token": "feed"})], trust_env=False)
        lines = [orjson.loads(line) for line in journal.read_bytes().splitlines()]
        process.terminate()
    seen = [(line["kind"], line["project"], line["at"][:13]) for line in lines]
    assert seen == [("events", "8", "2026-01-15T12"), ("requests", "8", "2026-01-15T12")]
