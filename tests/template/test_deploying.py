"""`make build` and `make deploy`: the parameters that sam gets, and the errors for wrong ones."""

import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from samcli.cli.types import CfnParameterOverridesType  # type: ignore[import-untyped]  # brings no types

from tools.deployment.__main__ import argument_parser, deployment_of
from tools.deployment.plan import Plan
from tools.deployment.run import options_of

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = sorted(set(CONFIG) - {"version"})


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Print what make would run, without running it."""
    return subprocess.run(  # noqa: S603 - our own
        ["make", "--dry-run", "--no-print-directory", "--old-file", ".venv/.demo", *arguments],  # noqa: S607 - the one on the path
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def sam_commands(*arguments: str) -> list[tuple[str, str, dict[str, str]]]:
    """Return the sam commands that make runs, each with its environment and its parameters."""
    text = make(*arguments).stdout.replace("\\\n", " ")
    return [parse(shlex.split(line)) for line in text.splitlines()]


def parse(command: list[str]) -> tuple[str, str, dict[str, str]]:
    """Split a command into that of sam which it runs, its environment and its parameters."""
    if "tools.deployment" in command:
        given = argument_parser().parse_args(command[command.index("tools.deployment") + 1 :])
        deployment = deployment_of(given, Console())
        command = ["deploy", *options_of(deployment, Plan(creates=True))]
    else:
        command = command[command.index(".venv/bin/sam") + 1 :]
    name, option, environment, overrides, *parameters = command
    assert (option, overrides) == ("--config-env", "--parameter-overrides")
    return name, environment, CfnParameterOverridesType().convert(tuple(parameters), None, None)


def in_file(environment: str) -> dict[str, str]:
    """Return an environment's parameters in samconfig.toml, as sam reads them."""
    settings: dict[str, Any] = CONFIG[environment]["global"]["parameters"]
    parameters: dict[str, str] = CfnParameterOverridesType().convert(
        settings["parameter_overrides"], None, None
    )
    return parameters


def test_every_environment_sets_architecture_and_destination() -> None:
    """Build and deploy must agree on both; a user may add parameters and environments."""
    needed = {"Architecture", "DestinationId"}
    missing = {environment: needed - in_file(environment).keys() for environment in ENVIRONMENTS}
    assert missing == {environment: set() for environment in ENVIRONMENTS}


def test_no_two_environments_share_metrics_or_a_name() -> None:
    """Two stacks in one account keep their metrics and alarms apart."""
    ids = {in_file(name)["DestinationId"] for name in ENVIRONMENTS}
    names = {CONFIG[name]["global"]["parameters"]["stack_name"] for name in ENVIRONMENTS}
    assert (len(ids), len(names)) == (len(ENVIRONMENTS), len(ENVIRONMENTS))


def test_every_parameter_in_the_file_is_one_of_the_template(template: dict[str, Any]) -> None:
    """Sam ignores a misspelled one without a warning."""
    names = {parameter for environment in ENVIRONMENTS for parameter in in_file(environment)}
    assert names - template["Parameters"].keys() == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_build_and_deploy_get_the_parameters_of_the_file(environment: str) -> None:
    """Both get the same, so the layer is built for the processor that it runs on."""
    assert sam_commands("deploy", f"ENVIRONMENT={environment}") == [
        ("build", environment, in_file(environment)),
        ("deploy", environment, in_file(environment)),
    ]


def test_what_is_built_by_default_is_what_is_deployed_by_default() -> None:
    """Without arguments, both use arm64."""
    (built,), (_, deployed) = sam_commands("build"), sam_commands("deploy")
    assert (built[2]["Architecture"], deployed[2]["Architecture"]) == ("arm64", "arm64")


def test_parameters_override_those_of_the_file() -> None:
    """Parameters that the command line does not name keep the value of the file."""
    overrides = "AlarmEmail=oncall@example.com EventBusName= Architecture=x86_64"
    parameters = {
        "Architecture": "x86_64",
        "DestinationId": "staging",
        "AlarmEmail": "oncall@example.com",
        "EventBusName": "",
    }
    assert sam_commands("deploy", "ENVIRONMENT=staging", f"PARAMETERS={overrides}") == [
        ("build", "staging", parameters),
        ("deploy", "staging", parameters),
    ]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("ENVIRONMENT=stagin", "ENVIRONMENT is one of: default staging prod"),
        ("ARCHITECTURE=x86_64", 'Use PARAMETERS="Architecture=x86_64"'),
        ("PARAMETERS=Architecture=arm", "Architecture=arm64 Architecture=x86_64"),
        ("PARAMETERS=AlarmEmial=a@example.com", "DestinationId Architecture AlarmEmail"),
        ("PARAMETERS=x86_64", "DestinationId Architecture AlarmEmail"),
    ],
)
@pytest.mark.parametrize("target", ["build", "deploy"])
def test_mistyped_argument_is_one_line_of_error(target: str, argument: str, message: str) -> None:
    """Nothing is built or deployed."""
    done = make(target, argument)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines), message in lines[0]) == (2, "", 1, True)
