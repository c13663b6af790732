"""`make build` and `make deploy`: which parameters arrive, and what is said of wrong ones."""

import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from samcli.cli.types import CfnParameterOverridesType  # type: ignore[import-untyped]  # brings no types

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
ENVIRONMENTS = sorted(set(CONFIG) - {"version"})


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """What make would run, and nothing of it done."""
    return subprocess.run(  # noqa: S603 - our own
        ["make", "--dry-run", "--no-print-directory", "--old-file", ".venv/.ready", *arguments],  # noqa: S607 - the one on the path
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def told(*arguments: str) -> list[tuple[str, str, dict[str, str]]]:
    """The commands of sam that make runs, each with its environment and its parameters."""
    commands = [shlex.split(line) for line in make(*arguments).stdout.splitlines()]
    return [read(command[command.index(".venv/bin/sam") + 1 :]) for command in commands]


def read(command: list[str]) -> tuple[str, str, dict[str, str]]:
    """A command of sam, taken apart."""
    name, option, environment, overrides, *parameters = command
    assert (option, overrides) == ("--config-env", "--parameter-overrides")
    return name, environment, CfnParameterOverridesType().convert(tuple(parameters), None, None)


def in_file(environment: str) -> dict[str, str]:
    """What samconfig.toml says of an environment's parameters, as sam reads it."""
    said: dict[str, Any] = CONFIG[environment]["global"]["parameters"]
    read: dict[str, str] = CfnParameterOverridesType().convert(
        said["parameter_overrides"], None, None
    )
    return read


def test_every_environment_says_which_processor_and_which_destination() -> None:
    """None leaves to chance what build and deploy must agree on."""
    found = {name: sorted(in_file(name)) for name in ENVIRONMENTS}
    both = ["Architecture", "DestinationId"]
    assert found == {"default": both, "prod": both, "staging": both}


def test_no_two_environments_share_metrics_or_a_name() -> None:
    """Two stacks in one account are told apart, and so are their alarms."""
    ids = {in_file(name)["DestinationId"] for name in ENVIRONMENTS}
    names = {CONFIG[name]["global"]["parameters"]["stack_name"] for name in ENVIRONMENTS}
    assert (len(ids), len(names)) == (len(ENVIRONMENTS), len(ENVIRONMENTS))


def test_every_parameter_in_the_file_is_one_of_the_template(template: dict[str, Any]) -> None:
    """Sam passes over a misspelt one in silence."""
    said = {parameter for name in ENVIRONMENTS for parameter in in_file(name)}
    assert said - template["Parameters"].keys() == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_build_and_deploy_are_told_what_the_file_says(environment: str) -> None:
    """Both alike, so that the layer is built for the processor that it runs on."""
    assert told("deploy", f"ENVIRONMENT={environment}") == [
        ("build", environment, in_file(environment)),
        ("deploy", environment, in_file(environment)),
    ]


def test_what_is_built_by_default_is_what_is_deployed_by_default() -> None:
    """Without a word it is arm64."""
    (built,), (_, deployed) = told("build"), told("deploy")
    assert (built[2]["Architecture"], deployed[2]["Architecture"]) == ("arm64", "arm64")


def test_parameters_come_over_those_of_the_file() -> None:
    """What is said on the command line differs, what is not said stays."""
    given = "AlarmEmail=oncall@example.com EventBusName= Architecture=x86_64"
    parameters = {
        "Architecture": "x86_64",
        "DestinationId": "staging",
        "AlarmEmail": "oncall@example.com",
        "EventBusName": "",
    }
    assert told("deploy", "ENVIRONMENT=staging", f"PARAMETERS={given}") == [
        ("build", "staging", parameters),
        ("deploy", "staging", parameters),
    ]


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("ENVIRONMENT=stagin", "ENVIRONMENT is one of: default staging prod"),
        ("ARCHITECTURE=x86_64", 'Say PARAMETERS="Architecture=x86_64"'),
        ("PARAMETERS=Architecture=arm", "Architecture=arm64 Architecture=x86_64"),
        ("PARAMETERS=AlarmEmial=a@example.com", "DestinationId Architecture AlarmEmail"),
        ("PARAMETERS=x86_64", "DestinationId Architecture AlarmEmail"),
    ],
)
@pytest.mark.parametrize("target", ["build", "deploy"])
def test_mistyped_argument_is_said_in_one_line(target: str, argument: str, said: str) -> None:
    """Nothing is built or deployed."""
    done = make(target, argument)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines), said in lines[0]) == (2, "", 1, True)
