"""tools/parameters.py: the options that sam gets."""

import subprocess
import sys
from pathlib import Path

import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # brings no types

from tools.parameters import (
    InvalidArgument,
    configured_environments,
    sam_options,
    template_parameters,
)

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as the Makefile does."""
    command = [sys.executable, "-m", "tools.parameters", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own


def test_options_are_the_environment_and_its_parameters() -> None:
    """Without overrides, sam gets what samconfig.toml has."""
    options = sam_options("staging", [])
    own = ["Architecture=arm64", "DestinationId=staging"]
    assert options == ["--config-env", "staging", "--parameter-overrides", *own]


def test_overrides_follow_the_parameters_of_the_file() -> None:
    """Sam uses the last value of a name."""
    options = sam_options("default", ["Architecture=x86_64"])
    assert (options[3], options[-1]) == ("Architecture=arm64", "Architecture=x86_64")


def test_empty_value_is_quoted() -> None:
    """Sam rejects NAME= without quotes."""
    assert sam_options("default", ["AlarmEmail="])[-1] == 'AlarmEmail=""'


@pytest.mark.parametrize(
    ("environment", "override", "message"),
    [
        ("production", "AlarmEmail=", "ENVIRONMENT is one of: default staging prod"),
        ("prod", "AlarmEmial=", "NAME=VALUE of: DestinationId"),
        ("prod", "AlarmEmail", "NAME=VALUE of: DestinationId"),
        ("prod", "ReceiveEvents=true", "ReceiveEvents=yes ReceiveEvents=no"),
        ("prod", "LogRetentionDays=2", "LogRetentionDays=1 LogRetentionDays=3"),
    ],
)
def test_invalid_argument_is_rejected(environment: str, override: str, message: str) -> None:
    """The message lists what is valid."""
    with pytest.raises(InvalidArgument, match=message):
        sam_options(environment, [override])


def test_number_is_compared_with_allowed_numbers() -> None:
    """The template has numbers, the command line has text."""
    assert sam_options("default", ["LogRetentionDays=30"])[-1] == "LogRetentionDays=30"


def test_parameters_are_those_of_the_template() -> None:
    """The loader reads what cfn-lint's loader reads."""
    template = load(str(ROOT / "template.yaml"))
    assert template_parameters() == template["Parameters"]


def test_environments_are_those_of_the_file() -> None:
    """The version of the file's format is not an environment."""
    assert list(configured_environments()) == ["default", "staging", "prod"]


def test_command_prints_one_line_for_a_shell() -> None:
    """What it prints can stand in a recipe."""
    done = run("--environment=default", "--parameters=AlarmEmail=")
    line = "--config-env default --parameter-overrides Architecture=arm64 DestinationId=default"
    assert (done.returncode, done.stdout) == (0, f"{line} 'AlarmEmail=\"\"'\n")


def test_command_prints_one_line_of_error() -> None:
    """The Makefile stops on `error:`."""
    done = run("--environment=stagin")
    expected = "error: ENVIRONMENT is one of: default staging prod\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, expected, "")
