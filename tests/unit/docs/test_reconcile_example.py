"""The example of a nightly comparison: it holds no key, and changes nothing."""

import re
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
    assert re.search(r'reconcile --from "\$day" --to "\$day" \| tee', step["run"])
    assert (step["shell"], list(read("reconcile.yml")["on"])) == (
        "bash",
        ["schedule", "workflow_dispatch"],
    )


def test_secrets_reach_no_command(job: dict[str, Any]) -> None:
    """An expression in a command would be part of the script, and of its log."""
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []
