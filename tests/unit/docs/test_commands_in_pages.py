"""Commands that a page tells its reader to run: each exists, with the options that it gives."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from rudder_mixpanel_cli.command import app
from tools.parameters import configured_environments, template_parameters

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "docs/examples/*.yml")
    for page in ROOT.glob(pattern)
    if page.name != "CHANGELOG.md"  # which tells of commands that are gone
)
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# A command begins a line, or follows what a shell lets a command follow.
START = r"(?:^|[|&;(])[ \t]*(?:- )?(?:run: )?(?:[A-Z_]+=\S+[ \t]+)*"
OPERATOR = re.compile(START + r"(?:\.venv/bin/)?rudder-mixpanel[ \t]+([^|;&#>\n)]*)", re.MULTILINE)
MAKE = re.compile(START + r"make[ \t]+([^|;&#>\n)]*)", re.MULTILINE)
OPTION = re.compile(r"(?<!\S)(--?[a-z][a-z-]*)")
VARIABLE = re.compile(r"([A-Z_]+)=(?:\"([^\"]*)\"|(\S*))")
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
VARIABLES = set(re.findall(r"\(([A-Z]+)\)", (ROOT / "Makefile").read_text()))
# Environments that a page tells its reader to add.
ADDED = {"apps"}


def code(page: Path) -> str:
    """The code of a page, with the lines of each command in one."""
    text = page.read_text()
    blocks = (
        "\n".join(block for language, block in FENCED.findall(text) if language == "sh")
        if page.suffix == ".md"
        else text
    )
    return re.sub(r" *\\\n *|\n +(?=--)", " ", blocks)


def wrong_options(line: str) -> list[str]:
    """What a command line of the operator's command has that the command does not know."""
    command: Any = get_command(app)
    for word in line.split():
        if not hasattr(command, "commands") or word.startswith("-"):
            break
        if word not in command.commands:
            return [word]
        command = command.commands[word]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return [name for name in OPTION.findall(line) if name not in {*known, "--help", "-h"}]


def wrong_names(line: str) -> Iterator[str]:
    """What the arguments of make name that does not exist."""
    target, _, arguments = line.partition(" ")
    if target and target not in TARGETS:
        yield target
    for variable, quoted, plain in VARIABLE.findall(arguments):
        if variable not in VARIABLES:
            yield variable
        elif variable == "PARAMETERS":
            given = re.findall(r"(\w+)=", quoted or plain)
            yield from (name for name in given if name not in template_parameters())
        elif variable == "ENVIRONMENT" and plain not in {*configured_environments(), *ADDED}:
            yield plain


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_exist(page: Path) -> None:
    """Of rudder-mixpanel, wherever a block of code calls it."""
    lines = OPERATOR.findall(code(page))
    assert [(line, wrong) for line in lines if (wrong := wrong_options(line))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_targets_and_parameters_exist(page: Path) -> None:
    """Of make: its target, its variables, the stack's parameters and the environment."""
    lines = MAKE.findall(code(page))
    assert [(line, wrong) for line in lines if (wrong := list(wrong_names(line)))] == []


def test_wrong_commands_are_found() -> None:
    """An unknown command, option, target, variable, parameter and environment."""
    operator = ["setup --yess", "regulation lst", "doctor --send"]
    make = ["deplo", "bench EVENT=1", 'deploy PARAMETERS="Nothing=1"', "deploy ENVIRONMENT=none"]
    assert [wrong_options(line) for line in operator] == [["--yess"], ["lst"], []]
    assert [list(wrong_names(line)) for line in make] == [
        ["deplo"],
        ["EVENT"],
        ["Nothing"],
        ["none"],
    ]
