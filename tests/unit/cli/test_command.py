"""`rudder-mixpanel` itself: version, help, and what a start loads."""

import os
import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
from typer.testing import CliRunner

from rudder_mixpanel import __version__
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.command_group import OTHERS, SECTIONS

SLOW_TO_LOAD = {"boto3", "botocore", "httpx", "orjson", "rich"}


def test_version_is_that_of_the_package() -> None:
    """One source for all distributions."""
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"rudder-mixpanel {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [(), ("preview",), ("rejected",), ("dead", "replay"), ("regulation", "create")],
    ids=" ".join,
)
def test_h_is_help(arguments: tuple[str, ...]) -> None:
    """For every command."""
    short, long = (CliRunner().invoke(app, [*arguments, option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.output[:6], short.output) == (0, "Usage:", long.output)


@pytest.mark.parametrize(
    "command",
    [
        "preview",
        *("rejected list", "rejected show", "rejected replay"),
        *("regulation create", "regulation list", "regulation show", "regulation report"),
    ],
)
def test_help_names_values_and_not_types(command: str) -> None:
    """An option shows what to give it, such as TIME, and not the type that reads it."""
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    types = [line for line in done.output.splitlines() if re.match(r" +--[\w-]+ <", line)]
    assert (done.exit_code, types) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("rejcted",),
            (
                "No such command 'rejcted'. Did you mean 'rejected', 'retained'? "
                "See rudder-mixpanel --help"
            ),
        ),
        (
            ("preview", "--destnation", "f"),
            (
                "No such option: --destnation (Possible options: --destination, "
                "--destination-id). "
                "See rudder-mixpanel preview --help"
            ),
        ),
        (
            ("regulation", "show"),
            "Missing argument 'ID'. See rudder-mixpanel regulation show --help",
        ),
    ],
    ids=["command", "option", "argument"],
)
def test_wrong_usage_prints_one_line(arguments: tuple[str, ...], message: str) -> None:
    """With the nearest name, and where help is."""
    done = CliRunner().invoke(app, arguments, prog_name="rudder-mixpanel")
    assert (done.exit_code, done.output) == (2, f"rudder-mixpanel: {message}\n")


@pytest.mark.parametrize("arguments", [(), ("rejected",)], ids=["command", "group"])
def test_command_alone_is_help(arguments: tuple[str, ...]) -> None:
    """A question, and not an error."""
    alone, asked = (CliRunner().invoke(app, [*arguments, *more]) for more in ((), ("--help",)))
    assert (alone.exit_code, alone.stdout) == (0, asked.stdout)


def test_help_has_every_command_in_a_section() -> None:
    """In the order in which a user needs them, and after them the exit statuses."""
    lines = CliRunner().invoke(app, ["--help"]).stdout.splitlines()
    titles = [line.rstrip(":") for line in lines if line.endswith(":")]
    expected = [title for title in SECTIONS if title in titles]
    assert (titles, OTHERS in titles) == (["Options", *expected, "Exit status"], False)


def test_completion_names_commands() -> None:
    """As the shell's script asks for them."""
    variables = {"_RUDDER_MIXPANEL_COMPLETE": "complete_bash", "COMP_CWORD": "1"}
    environ = {**os.environ, **variables, "COMP_WORDS": "rudder-mixpanel re"}
    command = [str(Path(sys.executable).with_name("rudder-mixpanel"))]
    done = subprocess.run(command, env=environ, capture_output=True, check=True, text=True)  # noqa: S603 - ours
    assert done.stdout.split() == ["reconcile", "retained", "rejected", "regulation"]


def test_help_loads_no_slow_library() -> None:
    """Only the commands that need one load it."""
    script = (
        "import sys; from rudder_mixpanel_cli.command import app; "
        "app(['--help'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - ours
    loaded = set(done.stderr.split())
    assert (SLOW_TO_LOAD & loaded, "rudder_mixpanel_cli.command" in loaded) == (set(), True)


def test_no_module_imports_itself_in_a_circle() -> None:
    """Neither at the start, nor inside a function."""
    graph = grimp.build_graph("rudder_mixpanel_cli")
    circles = [
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if graph.chain_exists(importer=imported, imported=module)
    ]
    assert circles == []
