"""`rudder-mixpanel` itself: version, help, and what a start loads."""

import re
import subprocess
import sys

import grimp
import pytest
from typer.testing import CliRunner

from rudder_mixpanel import __version__
from rudder_mixpanel_cli.command import app

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
