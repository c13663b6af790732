"""The example of a pipeline: it holds no key, and gives no more rights than it needs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def workflow() -> dict[str, Any]:
    """The workflow; in YAML 1.2, as GitHub reads it, `on` is a name."""
    parsed: dict[str, Any] = YAML(typ="safe", pure=True).load(EXAMPLES / "deploy.yml")
    return parsed


@pytest.fixture
def job(workflow: dict[str, Any]) -> dict[str, Any]:
    """The only job of the workflow."""
    (only,) = workflow["jobs"].values()
    return dict(only)


def test_nothing_is_permitted_that_the_job_does_not_name(
    workflow: dict[str, Any], job: dict[str, Any]
) -> None:
    """It reads the repository, and gets a token that AWS exchanges for credentials."""
    permitted = {"contents": "read", "id-token": "write"}
    assert (workflow["permissions"], job["permissions"]) == ({}, permitted)


def test_two_deployments_never_run_at_once(workflow: dict[str, Any]) -> None:
    """The second waits, and the first one is not broken off."""
    assert workflow["concurrency"] == {"group": "deploy", "cancel-in-progress": False}


def test_actions_have_an_exact_version(job: dict[str, Any]) -> None:
    """Those that the project's own workflow uses, too, in the same version."""
    used = dict(step["uses"].split("@") for step in job["steps"] if "uses" in step)
    own = dict(re.findall(r"uses: (\S+)@(\S+)", (ROOT / ".github/workflows/check.yml").read_text()))
    assert [
        version for version in used.values() if not re.fullmatch(r"v\d+\.\d+\.\d+", version)
    ] == []
    assert {name: own[name] for name in used.keys() & own} == {
        name: used[name] for name in used.keys() & own
    }


def test_it_deploys_sets_up_and_checks_in_this_order(job: dict[str, Any]) -> None:
    """Everything that the page promises, with the environment of the stack."""
    commands = [
        re.findall(r"make deploy|setup|doctor", step["run"])[0]
        for step in job["steps"]
        if "run" in step
    ]
    assert commands == ["make deploy", "setup", "doctor"]
    assert job["env"]["RUDDER_MIXPANEL_STACK"] == f"rudder-mixpanel-{job['environment']}"


def test_secrets_reach_a_command_by_its_environment_only(job: dict[str, Any]) -> None:
    """An expression in a command would be part of the script, and of its log."""
    assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_only_the_environment_may_take_the_role(job: dict[str, Any]) -> None:
    """The policy trusts one repository and one environment, without wildcards."""
    policy = json.loads((EXAMPLES / "trust-policy.json").read_text())
    ((condition, subject),) = [
        (list(statement["Condition"]), statement["Condition"]["StringEquals"])
        for statement in policy["Statement"]
    ]
    provider = "token.actions.githubusercontent.com"
    assert condition == ["StringEquals"]
    assert subject[f"{provider}:aud"] == "sts.amazonaws.com"
    assert re.fullmatch(
        rf"repo:[^:*]+@\d+/[^:*]+@\d+:environment:{job['environment']}", subject[f"{provider}:sub"]
    )
