"""Runs story.mjs, for which it needs Node and npm."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
MODULES: Final = HERE / "node_modules"


def missing() -> list[str]:
    """The programs that are needed and not installed."""
    return [program for program in ("node", "npm") if shutil.which(program) is None]


def install() -> None:
    """Install exactly what package-lock.json says."""
    _run("npm", "ci", "--loglevel=error")


def tell(data_plane: str, write_key: str) -> None:
    """Make all six calls through the Node SDK, and return when the data plane has taken them."""
    _run("node", "story.mjs", data_plane, write_key)


def _run(*command: str) -> None:
    # Fixed programs of this folder; nothing in the command comes from outside.
    subprocess.run(command, cwd=HERE, check=True, timeout=300, stdout=subprocess.DEVNULL)  # noqa: S603
