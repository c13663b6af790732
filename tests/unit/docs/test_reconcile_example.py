"""The example of a nightly comparison: it holds no key, and changes nothing."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def read(name: str) -> dict[str, Any]:
    """A workflow; in YAML 1.2, as GitHub reads it, `on` is a name."""
    parsed: dict[str, Any] = YAML(typ="safe", pure=True).load(EXAMPLES / name)
    return parsed


@pytest.fixture
def job() -> dict[str, Any]:
    """The only job of the workflow."""
    (only,) = read("reconcile.yml")["jobs"].values()
    return dict(only)


def test_nothing_is_permitted_that_the_job_does_not_name(job: dict[str, Any]) -> None:
    """It reads the repository, and gets a token that AWS exchanges for credentials."""
    permitted = {"contents": "read", "id-token": "write"}
    assert (read("reconcile.yml")["permissions"], job["permissions"]) == ({}, permitted)


def test_actions_are_those_of_the_deployment(job: dict[str, Any]) -> None:
    """In the same versions."""
    (deployment,) = read("deploy.yml")["jobs"].values()
    used, own = ({s["uses"] for s in each["steps"] if "uses" in s} for each in (job, deployment))
    assert used == own


def test_each_night_one_day_is_compared(job: dict[str, Any]) -> None:
    """And a report that is not complete fails the job, in spite of the pipe."""
    (step,) = [step for step in job["steps"] if "reconcile" in step.get("run", "")]
    assert re.search(r'reconcile --from "\$day" --to "\$day" 2>&1 \| tee', step["run"])
    assert (step["shell"], list(read("reconcile.yml")["on"])) == (
        "bash",
        ["schedule", "workflow_dispatch"],
    )


@pytest.mark.parametrize("status", [0, 1, 2])
def test_summary_has_the_report_whatever_it_says(
    job: dict[str, Any], tmp_path: Path, status: int
) -> None:
    """And what the command says of an error; the step ends as the command did."""
    (step,) = [step for step in job["steps"] if "reconcile" in step.get("run", "")]
    command = tmp_path / "rudder-mixpanel"
    command.write_text(f"#!/bin/sh\necho 75 % complete\necho why >&2\nexit {status}\n")
    command.chmod(0o755)
    summary = tmp_path / "summary"
    # As GitHub runs a step with `shell: bash`
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(summary),
    }
    done = subprocess.run(words, cwd=tmp_path, env=environment, check=False)  # noqa: S603 - the example
    assert (done.returncode, sorted(summary.read_text().split("\n"))) == (
        status,
        ["", "75 % complete", "```", "```", "why"],
    )


def test_secrets_reach_no_command(job: dict[str, Any]) -> None:
    """An expression in a command would be part of the script, and of its log."""
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []
