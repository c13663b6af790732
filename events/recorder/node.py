"""Sends the scenario through RudderStack's Node SDK, which needs Node and npm."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"


def missing() -> list[str]:
    """The required programs that are not installed."""
    return [program for program in ("node", "npm") if shutil.which(program) is None]


def install() -> None:
    """Install the versions of package-lock.json."""
    _run("npm", "ci", "--loglevel=error")


def send(data_plane: str, write_key: str) -> None:
    """Make all six calls, and return when the data plane has accepted them."""
    _run("node", "scenario.mjs", data_plane, write_key)


def _run(*command: str) -> None:
    # Only fixed programs of this folder are run.
    subprocess.run(command, cwd=HERE, check=True, timeout=300, stdout=subprocess.DEVNULL)  # noqa: S603
